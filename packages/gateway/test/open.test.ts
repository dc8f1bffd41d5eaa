import { GatewayError, openingOrigins } from '@faircopy/gateway'
import { createMirror } from '@faircopy/mirror'
import { InvalidArgument, StoreError } from '@faircopy/store-core'
import { describe, expect, it, test } from 'vitest'
import { assistant, converse, delivery, dm, fixture, group, MINUTE, said, shown, user } from './fixture.ts'

describe('open', () => {
  it('gives a new session, then the same one, in whichever process', async () => {
    const { gateway, another, store } = fixture()
    const first = await gateway.open(dm)
    expect(first).toMatchObject({ what: 'created', interrupted: null, session: { id: 's1', origin: dm } })
    const again = await another().open(dm)
    expect(again).toMatchObject({ what: 'continued', session: { id: 's1' } })
    expect((await store.list()).sessions).toHaveLength(1)
  })

  it('goes on with a chat by another name of its kind, wherever the session comes from', async () => {
    const { gateway, another, store } = fixture()
    const asked = { ...dm, chatType: 'private' }
    await store.create('imported', { origin: dm })
    expect(await gateway.open(asked)).toMatchObject({ what: 'continued', session: { id: 'imported' } })
    const mirror = createMirror({ store: store.appender({ writer: 'mirror', kinds: ['delivery'] }) })
    const told = await mirror.record({
      deliveryId: 'cron-1',
      target: { origin: asked },
      text: 'The loaf has cooled.',
      deliveredFrom: 'cron',
      at: 1,
    })
    expect(told).toMatchObject({ outcome: 'written', session: { id: 'imported' } })
    const { session, what } = await another().open(asked, { forceNew: true })
    expect(what).toBe('reset')
    expect(await gateway.open(dm)).toMatchObject({ what: 'continued', session: { id: session.id } })
    expect(await gateway.resume(asked, 'imported')).toMatchObject({ what: 'resumed' })
  })

  it('keeps chats, threads and the people of a group apart', async () => {
    const { gateway } = fixture()
    const origins = [
      dm,
      { ...dm, chat: '1002' },
      { ...dm, thread: 't' },
      { ...dm, account: 'other bot' },
      { ...dm, platform: 'slack' },
      group,
      { ...group, user: '8' },
      { ...group, thread: '1' },
      { ...group, chatType: 'channel' },
    ]
    const ids: string[] = []
    for (const origin of origins) ids.push((await gateway.open(origin)).session.id)
    expect(new Set(ids).size).toBe(origins.length)
    for (const [i, origin] of origins.entries()) {
      expect(await gateway.open(origin)).toMatchObject({ what: 'continued', session: { id: ids[i] } })
    }
  })

  it('gives a thread of a group to all, and a shared group too', async () => {
    const { gateway, another } = fixture()
    const thread = { ...group, thread: '1' }
    const { session } = await gateway.open(thread)
    expect((await gateway.open({ ...thread, user: '8' })).session.id).toBe(session.id)
    expect(session.origin).toEqual({ platform: 'telegram', chatType: 'group', chat: '-5', thread: '1' })
    const sharing = another({ keys: { groups: 'shared' } })
    const shared = await sharing.open({ ...group, chat: '-6' })
    expect((await sharing.open({ ...group, chat: '-6', user: '8' })).session.id).toBe(shared.session.id)
  })

  it('knows a person by either id', async () => {
    const { gateway, store } = fixture()
    const signal = { platform: 'signal', chatType: 'group', chat: 'g' }
    const both = await gateway.open({ ...signal, user: '+49', userAlt: 'uuid-1' })
    for (const origin of [
      { ...signal, user: '+49' },
      { ...signal, userAlt: 'uuid-1' },
      { ...signal, user: '+4', userAlt: 'uuid-1' },
    ]) {
      expect((await gateway.open(origin)).session.id).toBe(both.session.id)
    }
    expect((await gateway.open({ ...signal, user: '+50' })).session.id).not.toBe(both.session.id)
    expect((await store.list()).sessions).toHaveLength(2)
  })

  it('goes on with a session that an import or a mirror left for the origin', async () => {
    const { gateway, store, another } = fixture()
    await store.create('20260415_120000_ab12cd34', {
      origin: dm,
      meta: { hermes: { sessionKey: 'agent:main:telegram:dm:1001' } },
    })
    const { user: _, ...chat } = dm
    expect(await gateway.open(dm)).toMatchObject({
      what: 'continued',
      session: { id: '20260415_120000_ab12cd34' },
    })
    expect((await gateway.open(chat)).session.id).toBe('20260415_120000_ab12cd34')
    const topic = { ...group, thread: '17', user: '42' }
    await store.create('a shared thread, as Hermes has it', { origin: topic })
    expect((await another().open({ ...topic, user: '43' })).session.id).toBe(
      'a shared thread, as Hermes has it',
    )
  })

  it('fails for two sessions that nobody opened, until one is resumed', async () => {
    const { gateway, store } = fixture()
    await store.create('a', { origin: dm })
    await store.create('b', { origin: dm })
    await expect(gateway.open(dm)).rejects.toMatchObject({ code: 'AMBIGUOUS_ORIGIN' })
    expect(await gateway.resume(dm, 'b')).toMatchObject({ what: 'resumed', session: { id: 'b' } })
    expect(await gateway.open(dm)).toMatchObject({ what: 'continued', session: { id: 'b' } })
  })

  it('makes a new one when told to, once for all who were told to replace the same', async () => {
    const { gateway } = fixture()
    const { session } = await gateway.open(dm)
    const opened = await gateway.open(dm, { forceNew: true })
    expect(opened).toMatchObject({
      what: 'reset',
      reason: 'requested',
      hadActivity: false,
      previous: { id: session.id, endReason: 'reset' },
      session: { parent: { id: session.id, why: 'reset' } },
    })
    expect(await gateway.open({ ...dm, chat: 'new' }, { forceNew: true })).toMatchObject({ what: 'created' })
  })

  it('places what was held for the origin first, and what comes later in the session by its route', async () => {
    const { gateway, store } = fixture()
    const mirror = createMirror({ store: store.appender({ writer: 'mirror', kinds: ['delivery'] }) })
    const [target] = openingOrigins(group)
    const deliver = (deliveryId: string, text: string) =>
      mirror.record({
        deliveryId,
        text,
        deliveredFrom: 'cron',
        at: 1,
        target: { origin: target, whenAbsent: 'hold' },
      })
    expect(await deliver('d1', 'early')).toMatchObject({ outcome: 'held' })
    const opened = await gateway.open(group)
    expect(opened.route).toEqual(target)
    await gateway.beginTurn(opened, { idempotencyKey: 'm1', record: user('hello') })
    expect(await deliver('d2', 'late')).toMatchObject({ outcome: 'written' })
    expect(await said(store, opened.session.id)).toEqual(['early', 'hello', 'late'])
  })

  it('refuses what is no origin', async () => {
    const { gateway } = fixture()
    await expect(gateway.open({ platform: '' })).rejects.toThrow(InvalidArgument)
    await expect(gateway.open({ ...dm, chat: 'a\0b' })).rejects.toThrow(InvalidArgument)
  })
})

describe('a rule that has a session end', () => {
  const idle = { reset: { default: { idleMinutes: 30 } } }

  it('replaces one that was idle, once, and says why', async () => {
    const { gateway, another, clock, store } = fixture(idle)
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'hello')
    clock.now += 30 * MINUTE
    expect((await gateway.open(dm)).what).toBe('continued')
    clock.now += 1
    const all = await Promise.all([1, 2, 3, 4].map(() => another().open(dm)))
    expect(all.map(({ what }) => what).sort()).toEqual(['continued', 'continued', 'continued', 'reset'])
    expect(new Set(all.map((opened) => opened.session.id)).size).toBe(1)
    expect(all.find(({ what }) => what === 'reset')).toMatchObject({
      reason: 'idle',
      hadActivity: true,
      previous: { id: session.id, endReason: 'reset: idle', endedAt: clock.now },
      session: { parent: { id: session.id, entry: 3, why: 'reset' }, startedAt: clock.now },
    })
    expect(await said(store, session.id)).toEqual(['hello', 're hello'])
  })

  it('does not count a delivery as a word', async () => {
    const { gateway, clock, store } = fixture(idle)
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'hello')
    clock.now += 29 * MINUTE
    await store.append(
      session,
      Array.from({ length: 50 }, (_, i) => delivery('ding', `d${i}`)),
    )
    clock.now += 2 * MINUTE
    expect(await gateway.open(dm)).toMatchObject({ what: 'reset', reason: 'idle', hadActivity: true })
  })

  it('counts from the start where nothing was said', async () => {
    const { gateway, clock, store } = fixture(idle)
    const { session } = await gateway.open(dm)
    clock.now += 20 * MINUTE
    await store.append(session, delivery('ding', 'd'))
    clock.now += 11 * MINUTE
    expect(await gateway.open(dm)).toMatchObject({ what: 'reset', hadActivity: false })
  })

  it('counts from when it was last taken up, though nothing was ever said', async () => {
    const { gateway, clock } = fixture(idle)
    const { session } = await gateway.open(dm)
    clock.now += 31 * MINUTE
    expect(await gateway.open(dm)).toMatchObject({ what: 'reset', hadActivity: false })
    await gateway.resume(dm, session)
    clock.now += 30 * MINUTE
    expect(await gateway.open(dm)).toMatchObject({ what: 'continued', session: { id: session.id } })
    clock.now += 1
    expect(await gateway.open(dm)).toMatchObject({ what: 'reset', reason: 'idle', hadActivity: false })
  })

  it('is that of the platform or chat type', async () => {
    const { gateway, clock } = fixture({ reset: { ...idle.reset, byPlatform: { cli: 'never' } } })
    await gateway.open({ platform: 'cli' })
    await gateway.open(dm)
    clock.now += 31 * MINUTE
    expect((await gateway.open({ platform: 'cli' })).what).toBe('continued')
    expect((await gateway.open(dm)).what).toBe('reset')
  })

  it('waits for work that runs, but not for a suspended session', async () => {
    const asked: string[] = []
    const isBusy = async ({ id }: { id: string }) => asked.push(id) > 0
    const { gateway, clock } = fixture({ ...idle, isBusy })
    const { session } = await gateway.open(dm)
    await gateway.open(dm)
    expect(asked).toEqual([])
    clock.now += 31 * MINUTE
    expect((await gateway.open(dm)).what).toBe('continued')
    expect(asked).toEqual([session.id])
    await gateway.suspend(session)
    expect(await gateway.open(dm)).toMatchObject({ what: 'reset', reason: 'suspended' })
  })

  it('daily: after the hour in that zone, once', async () => {
    const daily = { hour: 4, timeZone: 'America/New_York' }
    const { gateway, clock } = fixture({ reset: { default: { daily } } })
    clock.now = Date.parse('2026-04-15T03:59-04:00')
    await gateway.open(dm)
    clock.now = Date.parse('2026-04-15T04:00-04:00')
    expect(await gateway.open(dm)).toMatchObject({ what: 'reset', reason: 'daily' })
    expect((await gateway.open(dm)).what).toBe('continued')
  })
})

describe('suspended', () => {
  it('is replaced at the next access, and never again once resumed', async () => {
    const { gateway, store, clock } = fixture({ reset: { default: { idleMinutes: 30 } } })
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'hello')
    await gateway.suspend(session, 'stuck')
    await store.append(session, delivery('ding', 'd'))
    expect((await store.get(session))?.endedAt).toBeNull()
    expect(await said(store, session.id)).toEqual(['hello', 're hello', 'ding'])
    const fresh = await gateway.open(dm)
    expect(fresh).toMatchObject({
      what: 'reset',
      reason: 'suspended',
      previous: { endReason: 'reset: suspended' },
    })
    clock.now += 60 * MINUTE
    await gateway.resume(dm, session)
    expect(await gateway.open(dm)).toMatchObject({ what: 'continued', session: { id: session.id } })
  })

  it('all that were lately active, each once', async () => {
    const { gateway, clock, store } = fixture()
    const old = await gateway.open({ ...dm, chat: 'old' })
    clock.now += 10 * MINUTE
    const [a, b] = [await gateway.open(dm), await gateway.open(group)]
    await store.create({ namespace: 'other', id: 'x' }, { origin: dm })
    const ended = await gateway.open({ ...dm, chat: 'ended' })
    await store.update(ended.session, { endedAt: 1 })
    clock.now += MINUTE
    const suspended = await gateway.suspendRecentlyActive(2 * MINUTE)
    expect(suspended.map(({ id }) => id).sort()).toEqual([a.session.id, b.session.id].sort())
    expect(await gateway.suspendRecentlyActive(2 * MINUTE)).toEqual([])
    expect((await gateway.open({ ...dm, chat: 'old' })).session.id).toBe(old.session.id)
    expect((await gateway.open(group)).what).toBe('reset')
  })
})

describe('reset', () => {
  it('replaces the session that lives, or does nothing', async () => {
    const { gateway } = fixture()
    expect(await gateway.reset(dm)).toBeNull()
    const { session } = await gateway.open(dm)
    const fresh = await gateway.reset(dm)
    expect(fresh).toMatchObject({ what: 'reset', reason: 'requested', previous: { id: session.id } })
    expect((await gateway.open(dm)).session.id).toBe(fresh?.session.id)
  })

  it('is made once under its key, also delivered again after another, and by whichever call', async () => {
    const { gateway, another, store, clock } = fixture()
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'hello')
    const request = { idempotencyKey: 'update-7' }
    const fresh = await gateway.reset(dm, request)
    expect(fresh).toMatchObject({ what: 'reset', previous: { id: session.id }, interrupted: null })
    const again = { what: 'continued', session: { id: fresh?.session.id } }
    expect(await another().reset(dm, request)).toMatchObject(again)
    expect(await another().open(dm, { forceNew: true, ...request })).toMatchObject(again)
    const id = fresh?.session.id ?? ''
    expect([await said(store, id), await shown(store, id)]).toEqual([[], []])
    await converse(gateway, id, 'more')
    expect(await gateway.reset(dm, request)).toMatchObject(again)
    clock.now += MINUTE
    const next = await gateway.reset(dm, { idempotencyKey: 'update-8' })
    expect(next).toMatchObject({ what: 'reset', previous: { id }, hadActivity: true })
    expect(await gateway.reset(dm, request)).toMatchObject({ what: 'continued', session: next?.session })
    expect((await gateway.reset(dm))?.what).toBe('reset')
  })

  it('asked for where nobody was is made once too, behind what was held', async () => {
    const { gateway, store } = fixture()
    const mirror = store.appender({ writer: 'mirror', kinds: ['delivery'] })
    const held = { ...delivery('early', 'd1'), kind: 'delivery' } as const
    const [origin] = openingOrigins(dm)
    await mirror.append({ origin, whenAbsent: 'hold' }, held)
    const asked = { forceNew: true, idempotencyKey: 'update-1' }
    const first = await gateway.open(dm, asked)
    expect(first.what).toBe('created')
    expect(await gateway.open(dm, asked)).toMatchObject({ what: 'continued', session: first.session })
    expect(await said(store, first.session.id)).toEqual(['early'])
  })

  it('asked for is made once in a compacted session, and anew where the one before is gone', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const fresh = await gateway.reset(dm, { idempotencyKey: 'r1' })
    const made = fresh?.session.id ?? ''
    await converse(gateway, made, 'hello')
    const child = await gateway.compact(made, { summary: user('so far'), rotate: true })
    expect(await gateway.reset(dm, { idempotencyKey: 'r1' })).toMatchObject({
      what: 'continued',
      session: { id: child.id },
    })
    const next = await gateway.reset(dm, { idempotencyKey: 'r2' })
    await store.delete(child)
    expect(await gateway.reset(dm, { idempotencyKey: 'r1' })).toMatchObject({
      what: 'reset',
      previous: { id: next?.session.id },
    })
    expect((await store.get(session))?.endReason).toBe('reset')
  })

  it('under one key at once makes one', async () => {
    const { gateway, another, store } = fixture()
    await gateway.open(dm)
    const all = await Promise.all([1, 2, 3].map(() => another().reset(dm, { idempotencyKey: 'r' })))
    expect(all.map((opened) => opened?.what).sort()).toEqual(['continued', 'continued', 'reset'])
    expect((await store.list({ state: 'live' })).sessions).toHaveLength(1)
  })

  it('takes all that led to the session along', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    await store.route({ platform: 'cli', user: 'ann' }, session)
    const fresh = await gateway.reset(dm)
    expect((await store.resolve({ platform: 'cli', user: 'ann' }))?.id).toBe(fresh?.session.id)
  })
})

describe('resume', () => {
  it('reopens the one and ends the other in its place', async () => {
    const { gateway, store, clock } = fixture()
    const { session: first } = await gateway.open(dm)
    await converse(gateway, first.id, 'hello')
    const second = (await gateway.reset(dm))?.session
    clock.now += 5
    const back = await gateway.resume(dm, first.id)
    expect(back).toMatchObject({
      what: 'resumed',
      session: { id: first.id, endedAt: null, endReason: null },
      previous: { id: second?.id, endReason: 'switch', endedAt: clock.now },
    })
    expect(await said(store, first.id)).toEqual(['hello', 're hello'])
    expect((await gateway.open(dm)).session.id).toBe(first.id)
  })

  it('leaves the one that lives there alone', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const before = await store.get(session)
    expect(await gateway.resume(dm, session)).toMatchObject({
      what: 'continued',
      session: { id: session.id },
    })
    expect(await store.get(session)).toEqual(before)
  })

  it('takes no session of somebody else, unless asked', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(group)
    const { session: own } = await gateway.open(dm)
    const other = { ...group, user: '8' }
    for (const origin of [dm, other, { ...group, thread: '1' }]) {
      await expect(gateway.resume(origin, session)).rejects.toMatchObject({ code: 'OTHER_ORIGIN' })
    }
    await store.create('of nowhere')
    await expect(gateway.resume(dm, 'of nowhere')).rejects.toThrow(GatewayError)
    expect((await gateway.open(dm)).session.id).toBe(own.id)
    expect(await gateway.resume(dm, session, { fromElsewhere: true })).toMatchObject({
      what: 'resumed',
      previous: { id: own.id },
    })
    expect((await gateway.open(group)).session.id).toBe(session.id)
    expect((await gateway.resume(dm, own)).what).toBe('resumed')
  })

  it('fails for one that is not there, or of another namespace', async () => {
    const { gateway, store } = fixture()
    await expect(gateway.resume(dm, 'nobody')).rejects.toMatchObject({ code: 'NO_SESSION' })
    await store.create({ namespace: 'work', id: 'x' }, { origin: dm })
    await expect(gateway.resume(dm, { namespace: 'work', id: 'x' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('one of several that race for it lives in the end', async () => {
    const { gateway, another, store } = fixture()
    const ids: string[] = []
    for (let i = 0; i < 4; i++) ids.push((await gateway.open(dm, { forceNew: true })).session.id)
    await Promise.all(ids.map((id) => another().resume(dm, id)))
    const live = (await store.list({ state: 'live' })).sessions.map(({ id }) => id)
    expect(live).toHaveLength(1)
    expect((await gateway.open(dm)).session.id).toBe(live[0])
  })
})

describe('threads', () => {
  it.each(['slack', 'telegram', 'discord'])(
    '%s: a thread starts empty, and its parent stays as it is',
    async (platform) => {
      const { gateway, store } = fixture()
      for (const parent of [
        { ...dm, platform },
        { ...group, platform },
      ]) {
        const { session } = await gateway.open(parent)
        await converse(gateway, session.id, 'hello')
        const before = await store.get(session)
        const [one, two] = [
          await gateway.open({ ...parent, thread: '1' }),
          await gateway.open({ ...parent, thread: '2' }),
        ]
        expect([one.what, one.session.entryCount, one.session.parent]).toEqual(['created', 0, null])
        await converse(gateway, one.session.id, 'in the thread')
        expect(await said(store, two.session.id)).toEqual([])
        expect(await said(store, (await gateway.open({ ...parent, thread: '1' })).session.id)).toHaveLength(2)
        expect(await store.get(session)).toEqual(before)
      }
    },
  )

  it('begins with the past of its parent when asked', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'hello', 'more')
    const before = await store.get(session)
    const thread = { ...dm, thread: '1' }
    const forked = await gateway.fork(thread, session, { through: 3 })
    expect(forked).toMatchObject({
      what: 'created',
      session: { origin: thread, parent: { id: session.id, why: 'fork' } },
    })
    await converse(gateway, forked.session.id, 'in the thread')
    expect(await said(store, forked.session.id)).toEqual([
      'hello',
      're hello',
      'in the thread',
      're in the thread',
    ])
    expect(await store.get(session)).toEqual(before)
    expect(await gateway.fork(thread, session)).toMatchObject({
      what: 'continued',
      session: { id: forked.session.id },
    })
    await expect(gateway.fork({ ...dm, thread: '2' }, 'nobody')).rejects.toMatchObject({ code: 'NO_SESSION' })
  })
})

describe('what there is', () => {
  it('lists the last written first, by activity and origin, and tells whether anybody was here', async () => {
    const { gateway, clock, store } = fixture()
    expect(await gateway.hasHistory()).toBe(false)
    const first = await gateway.open(dm)
    expect(await gateway.hasHistory()).toBe(false)
    await converse(gateway, first.session.id, 'hello')
    expect(await gateway.hasHistory(first.session)).toBe(false)
    expect(await gateway.hasHistory()).toBe(true)
    clock.now += 10 * MINUTE
    const second = await gateway.open(group)
    await store.create({ namespace: 'other', id: 'x' })
    const ids = async (options?: Parameters<typeof gateway.list>[0]) =>
      (await gateway.list(options)).sessions.map(({ id }) => id)
    expect(await ids()).toEqual([second.session.id, first.session.id])
    expect(await ids({ activeWithinMs: MINUTE })).toEqual([second.session.id])
    expect(await ids({ origin: { chat: dm.chat } })).toEqual([first.session.id])
    const page = await gateway.list({ limit: 1 })
    expect(await ids({ limit: 1, cursor: page.next ?? '' })).toEqual([first.session.id])
    await gateway.reset(dm)
    expect(await ids({ state: 'ended' })).toEqual([first.session.id])
    expect(await gateway.hasHistory(second.session)).toBe(true)
  })
})

test('everything fails with the store’s typed error, at once', async () => {
  const { gateway, store } = fixture()
  const opened = await gateway.open(dm)
  const turn = await gateway.beginTurn(opened, { idempotencyKey: 'm', record: user('hello') })
  await store.close()
  const calls = [
    () => gateway.open(dm),
    () => gateway.reset(dm),
    () => gateway.resume(dm, 'x'),
    () => gateway.fork(dm, 'x'),
    () => gateway.list(),
    () => gateway.hasHistory(),
    () => gateway.suspend('x'),
    () => gateway.suspendRecentlyActive(1),
    () => gateway.beginTurn(opened, { idempotencyKey: 'n', record: user('x') }),
    () => gateway.beginTurn('x', { idempotencyKey: 'n', record: user('x') }),
    () => gateway.resumeTurn('x', 'm'),
    () => gateway.openTurns('x'),
    () => gateway.openTurns(),
    () => gateway.retry('x', { idempotencyKey: 'r' }),
    () => gateway.edit('x', { idempotencyKey: 'r', record: user('y') }),
    () => gateway.undo('x'),
    () => gateway.compact('x', { summary: assistant('s') }),
    () => turn.append(assistant('x')),
    () => turn.commit(),
    () => turn.abandon(),
    () => turn.abandon({ drop: true }),
  ]
  for (const call of calls) {
    const error: unknown = await call().then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(StoreError.is(error) && error.code, String(call)).toBe('STORE_CLOSED')
  }
})
