import { turnKey } from '@faircopy/gateway'
import { sessionAddress } from '@faircopy/store-core/backend'
import { describe, expect, it, test, vi } from 'vitest'
import { assistant, contentOf, converse, delivery, dm, fixture, group, said, shown, user } from './fixture.ts'

const hello = { idempotencyKey: 'm1', record: user('hello') }

describe('what the person said', () => {
  it('is stored before anything is made of it, and told when it was there already', async () => {
    const { gateway, another, store, clock } = fixture()
    const opened = await gateway.open(dm)
    const turn = await gateway.beginTurn(opened, hello)
    expect(turn).toMatchObject({ already: false, differs: false, state: 'open', stored: [] })
    const [entry] = await Array.fromAsync(store.read(opened.session))
    expect(entry).toMatchObject({ idempotencyKey: turnKey('m1', 0), at: clock.now, writer: 'gateway' })

    const again = await another().beginTurn(opened, hello)
    expect(again).toMatchObject({ already: true, differs: false, state: 'open' })
    await turn.commit(assistant('hi'))
    const late = await another().beginTurn(opened.session, { ...hello, record: user('hello!') })
    expect(late).toMatchObject({ already: true, differs: true, state: 'committed' })
    expect(late.stored.map(contentOf)).toEqual(['hello', 'hi'])
    expect(await said(store, opened.session.id)).toEqual(['hello', 'hi'])
  })

  it('said three times is said three times', async () => {
    const { gateway, store } = fixture()
    const opened = await gateway.open(dm)
    for (const idempotencyKey of ['1', '2', '3']) {
      await (await gateway.beginTurn(opened, { idempotencyKey, record: user('ok') })).commit()
    }
    expect(await said(store, opened.session.id)).toEqual(['ok', 'ok', 'ok'])
  })

  it('goes to the session that lives by then', async () => {
    const { gateway, another, store } = fixture()
    const opened = await gateway.open(dm)
    const fresh = await another().reset(dm)
    const turn = await gateway.beginTurn(opened, hello)
    expect(turn.session.id).toBe(fresh?.session.id)
    expect(await said(store, opened.session.id)).toEqual([])
  })

  it('goes into no session that has ended, but is found there', async () => {
    const { gateway } = fixture()
    const { session } = await gateway.open(dm)
    await (await gateway.beginTurn(session, hello)).commit()
    await gateway.reset(dm)
    await expect(gateway.beginTurn(session, { ...hello, idempotencyKey: 'm2' })).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    })
    expect(await gateway.beginTurn(session, hello)).toMatchObject({ already: true, state: 'committed' })
  })

  it('delivered again after a reset is not said again', async () => {
    const { gateway, store } = fixture()
    const before = await gateway.open(dm)
    await (await gateway.beginTurn(before, hello)).commit(assistant('hi'))
    const after = await gateway.open(dm, { forceNew: true })
    const turn = await gateway.beginTurn(after, hello)
    expect(turn).toMatchObject({ already: true, state: 'committed', session: { id: before.session.id } })
    expect(await said(store, after.session.id)).toEqual([])
    expect((await gateway.beginTurn(after, { ...hello, idempotencyKey: 'm2' })).already).toBe(false)
  })

  it('is refused where there is no such session', async () => {
    const { gateway } = fixture()
    await expect(gateway.beginTurn('nobody', hello)).rejects.toMatchObject({ code: 'NO_SESSION' })
  })
})

describe('the gateway and its agent write the same messages', () => {
  /** An agent's own flush, with a handle of its own: everything that it has so far, as often as it likes. */
  const flush = (
    store: ReturnType<typeof fixture>['store'],
    session: string,
    turn: string,
    texts: string[],
  ) =>
    store.append(
      session,
      texts.map((text, i) => ({ record: assistant(text), idempotencyKey: turnKey(turn, i + 1) })),
      { onConflict: 'first', writer: 'agent' },
    )

  it('once each, whoever is first, however often', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const turn = await gateway.beginTurn(session, hello)
    await flush(store, session.id, 'm1', ['a'])
    await flush(store, session.id, 'm1', ['a', 'b', 'c'])
    const receipt = await turn.append([assistant('a'), assistant('b')])
    expect(receipt.entries.map(({ already }) => already)).toEqual([true, true])
    await turn.append([assistant('c'), assistant('d')])
    for (let i = 0; i < 5; i++) await flush(store, session.id, 'm1', ['a', 'b', 'c', 'd'])
    await turn.commit()
    expect(await said(store, session.id)).toEqual(['hello', 'a', 'b', 'c', 'd'])
    const writers = (await Array.fromAsync(store.read(session))).map(({ writer }) => writer)
    expect(writers).toEqual(['gateway', 'agent', 'agent', 'agent', 'gateway', 'gateway'])
  })

  it('and where they differ the first stands, and is told', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const turn = await gateway.beginTurn(session, hello)
    await flush(store, session.id, 'm1', ['as the agent has it'])
    const receipt = await turn.append(assistant('as the gateway has it'))
    expect(receipt.entries).toMatchObject([{ already: true, differs: true }])
    expect(await said(store, session.id)).toEqual(['hello', 'as the agent has it'])
  })

  it('also after the session was compacted into another: the old one keeps what it has', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const turn = await gateway.beginTurn(session, hello)
    await turn.append([assistant('a')])
    const child = await gateway.compact(session, { summary: user('so far: a'), rotate: true })
    await flush(store, child.id, 'm1', ['a', 'b'])
    await turn.append(assistant('b'))
    await turn.commit(assistant('c'))
    expect(turn.session.id).toBe(child.id)
    expect(await said(store, session.id)).toEqual(['hello', 'a'])
    expect(await said(store, child.id)).toEqual(['hello', 'a', 'so far: a', 'b', 'c'])
  })
})

describe('a turn that is cut off', () => {
  it('is told when its origin is opened, and goes on where it was', async () => {
    const { gateway, another, store, clock } = fixture()
    const opened = await gateway.open(dm)
    const turn = await gateway.beginTurn(opened, hello)
    const call = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', function: { name: 'f', arguments: '{}' } }],
    }
    await turn.append([call, { role: 'tool', tool_call_id: 'c1', content: 'done' }])
    await store.append(opened.session, delivery('ding', 'd'))

    const later = another()
    const { interrupted } = await later.open(dm)
    expect(interrupted).toEqual({
      session: { namespace: 'default', id: opened.session.id },
      origin: dm,
      firstKey: 'turn:0:m1',
      key: 'm1',
      messages: 3,
      lastAt: clock.now,
    })
    expect(await later.openTurns(opened.session)).toEqual([interrupted])
    const resumed = interrupted && (await later.resumeTurn(interrupted.session, interrupted))
    expect(resumed).toMatchObject({ already: true, state: 'open' })
    expect(resumed?.stored).toHaveLength(3)
    await resumed?.append(assistant('all done'))
    await resumed?.commit()
    expect(
      (await Array.fromAsync(store.read(opened.session))).map(({ idempotencyKey }) => idempotencyKey),
    ).toEqual([turnKey('m1', 0), turnKey('m1', 1), turnKey('m1', 2), 'd', turnKey('m1', 3), 'turn:end:m1'])
    expect((await later.open(dm)).interrupted).toBeNull()
    expect(await later.openTurns(opened.session)).toEqual([])
  })

  it('with a key too long to be kept is resumed as it was told', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const idempotencyKey = 'x'.repeat(1000)
    await gateway.beginTurn(session, { ...hello, idempotencyKey })
    const [open] = await gateway.openTurns(session)
    expect(open).toMatchObject({ key: null, messages: 1 })
    await (open && (await gateway.resumeTurn(session, open)))?.commit(assistant('hi'))
    expect((await gateway.resumeTurn(session, idempotencyKey))?.state).toBe('committed')
    expect(await said(store, session.id)).toEqual(['hello', 'hi'])
  })

  it('is one of several, and only those without an end are told', async () => {
    const { gateway } = fixture()
    const { session } = await gateway.open(dm)
    const turns = []
    for (const idempotencyKey of ['1', '2', '3', '4']) {
      turns.push(await gateway.beginTurn(session, { idempotencyKey, record: user(idempotencyKey) }))
    }
    await turns[2]?.append(assistant('re 3'))
    await turns[0]?.commit()
    await turns[3]?.abandon()
    expect((await gateway.openTurns(session)).map(({ key, messages }) => [key, messages])).toEqual([
      ['2', 1],
      ['3', 2],
    ])
  })

  it('is told of every living session, by origin and activity', async () => {
    const { gateway, clock, store } = fixture()
    const [one, two] = [await gateway.open(dm), await gateway.open({ ...dm, platform: 'slack' })]
    const ended = await gateway.open({ ...dm, chat: 'ended' })
    for (const { session } of [one, two, ended]) await gateway.beginTurn(session, hello)
    await gateway.reset({ ...dm, chat: 'ended' })
    await store.append(
      { namespace: 'other', id: 'x' },
      { record: user('hello'), idempotencyKey: turnKey('m1', 0) },
      { create: {} },
    )
    clock.now += 60_000
    const late = await gateway.beginTurn(one.session, { ...hello, idempotencyKey: 'm2' })
    const told = async (where?: Parameters<typeof gateway.openTurns>[0]) =>
      (await gateway.openTurns(where)).map(({ session, key }) => `${session.id} ${key}`).toSorted()
    const [a, b] = [one.session.id, two.session.id]
    expect(await told()).toEqual([`${a} m1`, `${a} m2`, `${b} m1`].toSorted())
    const read = vi.spyOn(store, 'read')
    await gateway.openTurns()
    expect(read.mock.calls.map(([session]) => sessionAddress(session).id).toSorted()).toEqual(
      [a, b].toSorted(),
    )
    expect(await told({ origin: { platform: 'slack' } })).toEqual([`${b} m1`])
    expect(await told({ activeWithinMs: 1000 })).toEqual([`${a} m1`, `${a} m2`])
    await late.commit()
    expect(await told({ id: a })).toEqual([`${a} m1`])
  })

  it('is none where the session has no such turn', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    expect(await gateway.resumeTurn(session, 'never')).toBeNull()
    expect(await gateway.resumeTurn('nobody', 'never')).toBeNull()
    await store.append(session, { record: user('not a turn'), idempotencyKey: 'turn:x' })
    expect((await gateway.open(dm)).interrupted).toBeNull()
    expect((await store.get(session))?.entryCount).toBe(1)
  })
})

describe('the end of a turn', () => {
  it('is stored with its last messages, and once', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const turn = await gateway.beginTurn(session, hello)
    await turn.commit([assistant('a'), assistant('b')])
    const { revision } = (await store.get(session)) ?? {}
    expect(revision).toBe(2)
    await turn.commit(assistant('late'))
    expect((await store.get(session))?.revision).toBe(revision)
    const calls = [
      () => turn.append(assistant('late')),
      () => turn.abandon(),
      () => turn.abandon({ drop: true }),
    ]
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ code: 'TURN_OVER' })
    }
    expect(await said(store, session.id)).toEqual(['hello', 'a', 'b'])
  })

  it('is what the first of two holders says', async () => {
    const { gateway, another } = fixture()
    const { session } = await gateway.open(dm)
    const one = await gateway.beginTurn(session, hello)
    const other = await another().beginTurn(session, hello)
    await other.abandon()
    await expect(one.commit()).rejects.toMatchObject({ code: 'TURN_OVER' })
    expect(one.state).toBe('abandoned')
    expect(await gateway.beginTurn(session, hello)).toMatchObject({ state: 'abandoned' })
  })

  it('is shown to nobody but an auditor', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'hello')
    await gateway.suspend(session)
    const again = await gateway.beginTurn(session, { idempotencyKey: 'x', record: user('more') })
    await again.abandon()
    expect(await said(store, session.id)).toEqual(['hello', 're hello', 'more'])
    expect(await shown(store, session.id)).toEqual(['hello', 're hello', 'more'])
  })

  it('a failed append is made good by the next', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const turn = await gateway.beginTurn(session, hello)
    await expect(turn.append([assistant('a'), 'no json'])).rejects.toMatchObject({ code: 'INVALID_RECORD' })
    await turn.append([assistant('a'), assistant('b')])
    await Promise.all([turn.append(assistant('c')), turn.append(assistant('d')), turn.commit()])
    expect(await said(store, session.id)).toEqual(['hello', 'a', 'b', 'c', 'd'])
    const { stored } = await gateway.beginTurn(session, hello)
    expect(stored.map(({ idempotencyKey }) => idempotencyKey)).toEqual(
      [0, 1, 2, 3, 4].map((i) => turnKey('m1', i)),
    )
  })
})

describe('a turn that is dropped', () => {
  it('leaves the session for its history; deliveries and session_meta stay', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'before')
    const turn = await gateway.beginTurn(session, hello)
    const meta = '{"role":"session_meta","tools":[{"name":"f"}]}'
    await store.append(session, [delivery('ding', 'd'), { kind: 'session_meta', record: meta }])
    await turn.append(assistant('half an ans'))
    await turn.abandon({ drop: true })
    await turn.abandon({ drop: true })
    expect(turn.state).toBe('dropped')
    expect(await said(store, session.id)).toEqual(['before', 're before', 'ding'])
    const records = (await Array.fromAsync(store.read(session))).map(({ record }) => record)
    expect(records).toContain(meta)
    const history = await Array.fromAsync(store.history(session.id))
    expect(history.map(contentOf)).toContain('half an ans')
    expect((await gateway.open(dm)).interrupted).toBeNull()
    await expect(turn.append(assistant('wer'))).rejects.toMatchObject({ code: 'TURN_DROPPED' })
    expect(await gateway.beginTurn(session, hello)).toMatchObject({ already: true, state: 'dropped' })
  })

  it('is refused behind the back of a later one', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    const turn = await gateway.beginTurn(session, hello)
    await converse(gateway, session.id, 'later')
    await expect(turn.abandon({ drop: true })).rejects.toMatchObject({ code: 'TURN_OVER' })
    expect(await said(store, session.id)).toEqual(['hello', 'later', 're later'])
    expect(turn.state).toBe('open')
  })

  it('by an undo in another process gets no answer any more', async () => {
    const { gateway, another, store } = fixture()
    const { session } = await gateway.open(dm)
    const turn = await gateway.beginTurn(session, hello)
    await another().undo(session)
    for (const call of [() => turn.append(assistant('hi')), () => turn.commit(), () => turn.abandon()]) {
      await expect(call()).rejects.toMatchObject({ code: 'TURN_DROPPED' })
    }
    expect(turn.state).toBe('dropped')
    expect(await said(store, session.id)).toEqual([])
  })
})

test('a turn of which a part was undone, with another that it was told among, is not gone on with', async () => {
  const { gateway, another, store } = fixture()
  const { session } = await gateway.open(dm)
  const turn = await gateway.beginTurn(session, hello)
  const other = await another().beginTurn(session, hello)
  await gateway.beginTurn(session, { idempotencyKey: 'm2', record: user('wait') })
  await turn.append(assistant('a'))
  await gateway.undo(session)
  const calls = [() => turn.append(assistant('b')), () => turn.commit(), () => other.append(assistant('a'))]
  for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'TURN_DROPPED' })
  expect(await said(store, session.id)).toEqual(['hello'])
  expect(turn.state).toBe('open')
  await turn.abandon()
  expect(await gateway.openTurns(session)).toEqual([])
})

describe('a turn under way while its session', () => {
  it('is rewritten by others loses nothing of theirs', async () => {
    const { gateway, another, store } = fixture()
    const { session } = await gateway.open(dm)
    const turns = await Promise.all(
      ['1', '2', '3'].map((idempotencyKey) =>
        another().beginTurn(session, { idempotencyKey, record: user(idempotencyKey) }),
      ),
    )
    await Promise.all(
      turns.flatMap((turn, i) => [
        turn.append(assistant(`a${i}`)),
        turn.append(assistant(`b${i}`)),
        turn.commit(),
      ]),
    )
    expect((await said(store, session.id)).toSorted()).toEqual([
      '1',
      '2',
      '3',
      'a0',
      'a1',
      'a2',
      'b0',
      'b1',
      'b2',
    ])
    expect(await gateway.openTurns(session)).toEqual([])
  })

  it('is reset ends where it began', async () => {
    const { gateway, another, store } = fixture()
    const opened = await gateway.open(dm)
    const turn = await gateway.beginTurn(opened, hello)
    const fresh = await another().reset(dm)
    await turn.commit(assistant('hi'))
    expect(await said(store, opened.session.id)).toEqual(['hello', 'hi'])
    expect(await said(store, fresh?.session.id ?? '')).toEqual([])
  })

  it('was compacted before it began does not follow', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    await converse(gateway, session.id, 'before')
    const child = await gateway.compact(session, { summary: user('so far'), rotate: true })
    await converse(gateway, child.id, 'elsewhere', 'and more')
    await gateway.resume(dm, session)
    const turn = await gateway.beginTurn(session, hello)
    await gateway.reset(dm)
    await turn.commit(assistant('hi'))
    expect(turn.session.id).toBe(session.id)
    expect(await said(store, session.id)).toEqual(['before', 're before', 'hello', 'hi'])
    expect(await said(store, child.id)).toHaveLength(7)
  })

  it('is compacted twice follows', async () => {
    const { gateway, store } = fixture()
    const opened = await gateway.open(group)
    const turn = await gateway.beginTurn(opened, hello)
    const child = await gateway.compact(opened.session, { summary: user('one'), rotate: true })
    const grandchild = await gateway.compact(child, { summary: user('two'), rotate: true })
    await turn.commit(assistant('hi'))
    expect(turn.session.id).toBe(grandchild.id)
    expect(await said(store, child.id)).toEqual(['hello', 'one'])
    expect(await said(store, grandchild.id)).toEqual(['hello', 'one', 'two', 'hi'])
    expect((await gateway.beginTurn(opened, hello)).session.id).toBe(grandchild.id)
  })
})

test('a turn’s own session may be named with or without its namespace', async () => {
  const { another, store } = fixture()
  const gateway = another({ namespace: 'work' })
  const { session } = await gateway.open(dm)
  const turn = await gateway.beginTurn(session.id, hello)
  expect(turn.session).toEqual({ namespace: 'work', id: session.id })
  await turn.commit(assistant('hi'))
  expect((await store.get({ namespace: 'work', id: session.id }))?.entryCount).toBe(3)
  await expect(gateway.beginTurn({ namespace: 'home', id: 'x' }, hello)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  })
})
