import { describe, expect, it } from 'vitest'
import { assistant, contentOf, converse, delivery, dm, fixture, said, shown, user } from './fixture.ts'

const meta = { role: 'session_meta', tools: [], model: 'm' }

/** Two turns behind a session_meta, as a gateway has them. */
async function twoTurns() {
  const all = fixture()
  const opened = await all.gateway.open(dm)
  const { session } = opened
  await all.store.append(session, { kind: 'session_meta', record: meta })
  await converse(all.gateway, session.id, 'u1', 'u2')
  return { ...all, session, opened }
}

describe('retry', () => {
  it('gives what the person said, and says it again in the same transaction', async () => {
    const { gateway, store, session, clock } = await twoTurns()
    clock.now += 5
    const retried = await gateway.retry(session, { idempotencyKey: '/retry 1' })
    expect(retried).toMatchObject({ text: 'u2', record: JSON.stringify(user('u2')) })
    expect(retried?.turn).toMatchObject({ state: 'open', already: false })
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2'])
    await retried?.turn.commit(assistant('a new answer'))
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2', 'a new answer'])
    const history = (await Array.fromAsync(store.history(session.id))).map(contentOf)
    expect(history).toEqual(['u2', 're u2', undefined])
    expect(await gateway.openTurns(session)).toEqual([])
  })

  it('delivered twice is made once', async () => {
    const { gateway, another, store, session } = await twoTurns()
    const retried = await gateway.retry(session, { idempotencyKey: 'r' })
    const again = await another().retry(session, { idempotencyKey: 'r' })
    expect(again).toMatchObject({ text: 'u2', turn: { already: true, state: 'open' } })
    await retried?.turn.commit(assistant('new'))
    await converse(gateway, session.id, 'u3')
    expect((await gateway.retry(session, { idempotencyKey: 'r' }))?.turn.state).toBe('committed')
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2', 'new', 'u3', 're u3'])
    await gateway.undo(session, { turns: 2 })
    await expect(gateway.retry(session, { idempotencyKey: 'r' })).rejects.toMatchObject({
      code: 'TURN_DROPPED',
    })
  })

  it('keeps what was delivered, session_meta, and every member of a record', async () => {
    const { gateway, store, session } = await twoTurns()
    const rich = `{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url"}],"n":12345678901234567890}`
    await gateway.beginTurn(session, { idempotencyKey: 'm3', record: rich })
    await store.append(session, [
      delivery('ding', 'd1'),
      { record: { ...assistant('x'), reasoning: 'r', reasoning_details: [1], codex_reasoning_items: [2] } },
      { kind: 'session_meta', record: { ...meta, model: 'other' } },
    ])
    const retried = await gateway.retry(session, { idempotencyKey: 'r' })
    expect(retried?.record).toBe(rich)
    expect(retried?.text).toBe('look')
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2', 're u2', 'ding', 'look'])
    const models = (await Array.fromAsync(store.read(session)))
      .filter(({ kind }) => kind === 'session_meta')
      .map(({ record }) => JSON.parse(record).model)
    expect(models).toEqual(['m', 'other'])
    expect(await gateway.undo(session, { turns: 1 })).toMatchObject({ said: [{ record: rich }] })
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2', 're u2', 'ding'])
  })

  it('is nothing where nobody has said anything', async () => {
    const { gateway, store } = fixture()
    const { session } = await gateway.open(dm)
    expect(await gateway.retry(session, { idempotencyKey: 'r' })).toBeNull()
    await store.append(session, [delivery('ding', 'd'), { kind: 'session_meta', record: meta }])
    expect(await gateway.retry(session, { idempotencyKey: 'r' })).toBeNull()
    expect((await store.get(session))?.entryCount).toBe(2)
  })

  it('holds only for the revision that the caller read', async () => {
    const { gateway, store, session } = await twoTurns()
    const expectedRevision = (await store.get(session))?.revision ?? 0
    await store.append(session, delivery('ding', 'd'))
    await converse(gateway, session.id, 'u3')
    for (const call of [
      () => gateway.retry(session, { idempotencyKey: 'r', expectedRevision }),
      () => gateway.edit(session, { idempotencyKey: 'r', expectedRevision, record: user('x') }),
      () => gateway.undo(session, { expectedRevision }),
      () => gateway.compact(session, { summary: user('s'), expectedRevision }),
      () => gateway.compact(session, { summary: user('s'), expectedRevision, rotate: true }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
    }
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2', 're u2', 'ding', 'u3', 're u3'])
  })

  it('or undo at once: one of them', async () => {
    const { gateway, another, store, session } = await twoTurns()
    const revision = async () => ({ expectedRevision: (await store.get(session))?.revision ?? 0 })
    const before = await revision()
    const undone = await Promise.allSettled([1, 2, 3].map(() => another().undo(session, before)))
    expect(undone.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
    const then = await revision()
    const retried = await Promise.allSettled(
      ['r1', 'r2', 'r3'].map((idempotencyKey) => gateway.retry(session, { idempotencyKey, ...then })),
    )
    expect(retried.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await said(store, session.id)).toEqual(['u1'])
    expect((await store.generations(session.id)).length).toBe(3)
  })
})

describe('edit', () => {
  it('says something else in place of the last words, or of earlier ones', async () => {
    const { gateway, store, session } = await twoTurns()
    const edited = await gateway.edit(session, { idempotencyKey: 'e1', record: user('u2, rather') })
    expect(edited).toMatchObject({ text: 'u2, rather', turn: { state: 'open' } })
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2, rather'])
    const [first] = (await Array.fromAsync(store.read(session))).filter((entry) => contentOf(entry) === 'u1')
    const entry = first?.id ?? 0
    await gateway.edit(session, { idempotencyKey: 'e2', record: user('u1, rather'), entry })
    expect(await said(store, session.id)).toEqual(['u1, rather'])
    expect(await gateway.edit(session, { idempotencyKey: 'e3', record: user('x'), entry })).toBeNull()
    expect(await gateway.edit(session, { idempotencyKey: 'e4', record: user('x'), entry: 3 })).toBeNull()
  })

  it('that the store refuses changes nothing', async () => {
    const { gateway, store, session } = await twoTurns()
    const before = await store.get(session)
    await expect(gateway.edit(session, { idempotencyKey: 'e', record: '[]' })).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    })
    expect(await store.get(session)).toEqual(before)
  })
})

describe('undo', () => {
  it('takes back the last turn, or several, or all there are', async () => {
    const { gateway, store, session, clock } = await twoTurns()
    const markers = async () => {
      const entries = await Array.fromAsync(store.read(session))
      return entries.filter(({ kind }) => kind === 'undo').map(({ at, record }) => [at, JSON.parse(record)])
    }
    await converse(gateway, session.id, 'u3')
    clock.now += 5
    const one = await gateway.undo(session)
    expect(await markers()).toEqual([[clock.now, { turns: 1 }]])
    clock.now += 5
    expect(one.said.map(contentOf)).toEqual(['u3'])
    expect(one.revision).toBe((await store.get(session))?.revision)
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2', 're u2'])
    const all = await gateway.undo(session, { turns: 9 })
    expect(all.said.map(contentOf)).toEqual(['u1', 'u2'])
    expect(await markers()).toEqual([[clock.now, { turns: 2 }]])
    expect(await said(store, session.id)).toEqual([])
    expect((await Array.fromAsync(store.read(session))).map(({ kind }) => kind)).toEqual([
      'session_meta',
      'undo',
    ])
    expect(await gateway.undo(session)).toMatchObject({ said: [], already: false })
    expect((await Array.fromAsync(store.history(session.id))).map(contentOf)).toContain('re u3')
  })

  it('with a key is made once, whatever was said since', async () => {
    const { gateway, store, session } = await twoTurns()
    const key = { idempotencyKey: '/undo 1' }
    expect((await gateway.undo(session, key)).said.map(contentOf)).toEqual(['u2'])
    expect(await gateway.undo(session, key)).toMatchObject({ said: [], already: true })
    await converse(gateway, session.id, 'instead')
    expect(await gateway.undo(session, key)).toMatchObject({ said: [], already: true })
    await converse(gateway, session.id, 'and more')
    expect(await gateway.undo(session, key)).toMatchObject({ said: [], already: true })
    expect(await said(store, session.id)).toHaveLength(6)
  })

  it('works on what an import brought, without keys', async () => {
    const { gateway, store } = fixture()
    await store.append(
      'old',
      ['u1', 'a1', 'u2', 'a2'].map((text) => ({
        record: text.startsWith('u') ? user(text) : assistant(text),
      })),
      {
        create: { origin: dm },
      },
    )
    const { session } = await gateway.open(dm)
    await gateway.undo(session)
    expect(await said(store, 'old')).toEqual(['u1', 'a1'])
    expect((await gateway.retry(session, { idempotencyKey: 'r' }))?.text).toBe('u1')
  })
})

describe('compact', () => {
  it('has the model shown a summary and the last turns; nobody loses a word', async () => {
    const { gateway, store, session } = await twoTurns()
    const after = await gateway.compact(session, { summary: user('what was said before'), keepTurns: 1 })
    expect(after.id).toBe(session.id)
    expect(await shown(store, session.id)).toEqual(['what was said before', 'u2', 're u2'])
    expect(await said(store, session.id)).toEqual(['u1', 're u1', 'u2', 're u2', 'what was said before'])
    await converse(gateway, session.id, 'u3')
    await gateway.compact(session, { summary: user('all of it') })
    expect(await shown(store, session.id)).toEqual(['all of it'])
    await gateway.compact(session, { summary: { ...user('two kept'), first_kept: 1 }, keepTurns: 2 })
    expect(await shown(store, session.id)).toEqual(['two kept', 'u2', 're u2', 'u3', 're u3'])
    await gateway.compact(session, { summary: user('more than there are'), keepTurns: 99 })
    expect(await shown(store, session.id)).toHaveLength(7)
  })

  it('goes on in a child to which everything leads; the parent stays as it was', async () => {
    const { gateway, another, store, session, opened, clock } = await twoTurns()
    await store.update(session, { title: 'A talk', meta: { tokens: 5 } })
    await store.append(session, delivery('ding', 'd'))
    await store.route({ platform: 'cli', user: 'ann' }, session)
    const before = await store.get(session)
    clock.now += 5
    const child = await gateway.compact(session, { summary: user('before'), keepTurns: 1, rotate: true })
    expect(child).toMatchObject({
      origin: session.origin,
      title: 'A talk',
      meta: { tokens: 5 },
      parent: { id: session.id, entry: before?.entryCount, why: 'compaction' },
      startedAt: clock.now,
      endedAt: null,
    })
    expect(await store.get(session)).toMatchObject({
      head: before?.head,
      endReason: 'compaction',
      endedAt: clock.now,
    })
    expect((await another().open(dm)).session.id).toBe(child.id)
    expect((await store.resolve({ platform: 'cli', user: 'ann' }))?.id).toBe(child.id)
    expect(await shown(store, child.id)).toEqual(['before', 'u2', 're u2', '[Delivered from cron] ding'])
    expect(await said(store, child.id)).toEqual(['u1', 're u1', 'u2', 're u2', 'ding', 'before'])
    const turn = await gateway.beginTurn(opened, { idempotencyKey: 'm9', record: user('on') })
    expect(turn.session.id).toBe(child.id)
    await gateway.undo(child)
    expect((await gateway.retry(child, { idempotencyKey: 'r' }))?.text).toBe('u2')
    await expect(gateway.compact(session, { summary: user('again') })).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    })
  })

  it('is made once where several processes come to it', async () => {
    const { another, store, session } = await twoTurns()
    const calls = await Promise.allSettled(
      [1, 2, 3].map(() => another().compact(session, { summary: user('s'), rotate: true })),
    )
    expect(calls.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const call of calls) {
      if (call.status === 'rejected')
        expect(call.reason).toMatchObject({ code: /SESSION_ENDED|REVISION_CONFLICT/ })
    }
    expect((await store.list({ parent: session })).sessions).toHaveLength(1)
  })

  it('of a session that no origin leads to stays in it', async () => {
    const { gateway, store } = fixture()
    await store.create('alone')
    await converse(gateway, 'alone', 'u1')
    await expect(gateway.compact('alone', { summary: user('s'), rotate: true })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect((await gateway.compact('alone', { summary: user('s') })).id).toBe('alone')
    expect(await shown(store, 'alone')).toEqual(['s'])
  })
})
