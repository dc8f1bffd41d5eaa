// Several of what a test elsewhere has one of, and what is told of each besides its text.
import { modelView } from '@faircopy/gateway'
import { openaiChat, parseRecord } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, it } from 'vitest'
import { assistant, converse, dm, fixture, MINUTE, said, user } from './fixture.ts'

const metas = ['one', 'two', 'three'].map((model, i) => ({
  kind: 'session_meta',
  record: { role: 'session_meta', model },
  at: 1000 + i,
  ...(i === 1 ? {} : { idempotencyKey: `meta ${model}` }),
}))

describe('what is about the session, and not the turn', () => {
  /** A turn with several session_meta in it. */
  async function withMetas() {
    const all = fixture()
    const { session } = await all.gateway.open(dm)
    const turn = await all.gateway.beginTurn(session, { idempotencyKey: 'm1', record: user('hello') })
    await all.store.append(session, metas.slice(0, 2))
    await turn.append(assistant('hi'))
    await all.store.append(session, metas.slice(2))
    const kept = async () =>
      (await Array.fromAsync(all.store.read(session)))
        .filter(({ kind }) => kind === 'session_meta')
        .map(({ record, at, idempotencyKey }) => [parseRecord(record)['model'], at, idempotencyKey])
    const before = await kept()
    expect(before).toEqual([
      ['one', 1000, 'meta one'],
      ['two', 1001, null],
      ['three', 1002, 'meta three'],
    ])
    return { ...all, session, turn, kept, before }
  }

  it('is said again, all of it, in its order, with its times and keys: when a turn is undone', async () => {
    const { gateway, session, kept, before } = await withMetas()
    await gateway.undo(session)
    expect(await kept()).toEqual(before)
  })

  it('when it is begun anew', async () => {
    const { gateway, session, kept, before } = await withMetas()
    await gateway.retry(session, { idempotencyKey: 'again' })
    expect(await kept()).toEqual(before)
  })

  it('when it is dropped', async () => {
    const { turn, kept, before } = await withMetas()
    await turn.abandon({ drop: true })
    expect(await kept()).toEqual(before)
  })
})

it('what a person said has the time that is told, and none where none is known', async () => {
  const { gateway, store, clock } = fixture()
  const { session } = await gateway.open(dm)
  for (const [i, at] of [5, null, undefined].entries()) {
    const told = at === undefined ? {} : { at }
    await gateway.beginTurn(session, { idempotencyKey: `m${i}`, record: user(`${i}`), ...told })
  }
  const entries = await Array.fromAsync(store.read(session))
  expect(entries.map(({ at }) => at)).toEqual([5, null, clock.now])
})

it('a turn goes on in the session that took over, whatever else came of the old one since', async () => {
  const { gateway, store, clock } = fixture()
  const { session } = await gateway.open(dm)
  const turn = await gateway.beginTurn(session, { idempotencyKey: 'm1', record: user('hello') })
  const child = await gateway.compact(session, { summary: user('so far'), rotate: true })
  for (const chat of ['2', '3']) {
    clock.now += MINUTE
    await gateway.fork({ ...dm, chat }, session)
  }
  await turn.append(assistant('hi'))
  expect(turn.session.id).toBe(child.id)
  expect((await said(store, child.id)).at(-1)).toBe('hi')
  expect(await said(store, session.id)).toEqual(['hello'])
})

it('whatever a gateway writes has its writer', async () => {
  const { gateway, store } = fixture({ writer: 'telegram-1' })
  const { session } = await gateway.open(dm, { forceNew: true, idempotencyKey: 'n' })
  const begin = (idempotencyKey: string) =>
    gateway.beginTurn(session, { idempotencyKey, record: user(idempotencyKey) })
  const turn = await begin('m1')
  await turn.append(assistant('hi'))
  await turn.commit(assistant('there'))
  await (await begin('m2')).abandon({ drop: true })
  await (await begin('m3')).commit(assistant('three'))
  await gateway.undo(session)
  await gateway.edit(session, { idempotencyKey: 'e', record: user('said otherwise') })
  await gateway.compact(session, { summary: user('so far') })
  await gateway.suspend(session)
  await gateway.compact(session, { summary: user('so far'), rotate: true })
  await gateway.resume(dm, session)
  const entries: { readonly kind: string; readonly writer: string | null }[] = []
  for await (const each of store.sessions()) {
    entries.push(...(await Array.fromAsync(store.read(each))))
    entries.push(...(await Array.fromAsync(store.history(each))))
  }
  const kinds = ['compaction', 'message', 'reset', 'resumption', 'suspension', 'turn', 'undo']
  expect([...new Set(entries.map(({ kind }) => kind))].sort()).toEqual(kinds)
  expect(entries.filter(({ writer }) => writer !== 'telegram-1')).toEqual([])
})

it('an undo of several turns says of how many', async () => {
  const { gateway, store } = fixture()
  const { session } = await gateway.open(dm)
  await converse(gateway, session.id, 'one', 'two', 'three')
  await gateway.undo(session, { turns: 2 })
  const undone = (await Array.fromAsync(store.read(session))).filter(({ kind }) => kind === 'undo')
  expect(undone.map(({ record }) => record)).toEqual(['{"turns":2}'])
})

it('a busy session is asked about, and waited for: it is replaced where it is not busy', async () => {
  const { gateway, clock } = fixture({ reset: { default: { idleMinutes: 1 } }, isBusy: async () => false })
  const { session } = await gateway.open(dm)
  clock.now += 2 * MINUTE
  expect(await gateway.open(dm)).toMatchObject({
    what: 'reset',
    reason: 'idle',
    previous: { id: session.id },
  })
})

it('a session that lives is resumed by each of the ids that lead to it, not by its own origin alone', async () => {
  const { gateway, store } = fixture()
  const place = { platform: 'signal', chatType: 'dm' }
  const { session } = await gateway.open({ ...place, user: '7' })
  for (const userAlt of ['u7', 'v7']) await gateway.open({ ...place, user: '7', userAlt })
  expect((await store.routes(session)).map(({ origin }) => origin.user).sort()).toEqual(['7', 'u7', 'v7'])
  for (const id of ['7', 'u7', 'v7']) {
    const resumed = await gateway.resume({ ...place, user: id }, session)
    expect([resumed.what, resumed.session.id]).toEqual(['continued', session.id])
  }
  await expect(gateway.resume({ ...place, user: '8' }, session)).rejects.toMatchObject({
    code: 'OTHER_ORIGIN',
  })
})

it('of several results each says whether it is an error', async () => {
  const store = createMemoryStore()
  const calls = ['c', 'd'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } }))
  const records = [
    user('go'),
    { role: 'assistant', tool_calls: calls },
    { role: 'tool', tool_call_id: 'c', content: 'fine', is_error: false },
    { role: 'tool', tool_call_id: 'd', content: 'no such file', is_error: true },
  ]
  await store.append(
    'a',
    records.map((record) => ({ record })),
    { create: {} },
  )
  const view = modelView(await Array.fromAsync(store.read('a')), openaiChat, { provider: 'anthropic' })
  const told = view.messages.at(-1)?.content.map((block) => 'is_error' in block && block.is_error)
  expect(told).toEqual([false, true])
})

it('several results in one message each answer their call', async () => {
  const store = createMemoryStore()
  const use = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} })
  const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: `of ${id}` })
  const records = [
    user('go'),
    { role: 'assistant', content: [use('c'), use('d')] },
    { role: 'user', content: [result('d'), result('c')] },
  ]
  await store.append(
    'a',
    records.map((record) => ({ record })),
    { create: {} },
  )
  const { messages, mends } = modelView(await Array.fromAsync(store.read('a')), openaiChat, {
    provider: 'openai',
  })
  expect(messages.slice(2)).toEqual([
    { role: 'tool', tool_call_id: 'c', content: 'of c' },
    { role: 'tool', tool_call_id: 'd', content: 'of d' },
  ])
  expect(mends).toEqual([])
})

it('all system messages stand in the one that a template takes', async () => {
  const store = createMemoryStore()
  const records = [
    { role: 'system', content: 'be brief' },
    user('hello'),
    { role: 'system', content: 'be kind' },
  ]
  await store.append(
    'a',
    records.map((record) => ({ record })),
    { create: {} },
  )
  const entries = await Array.fromAsync(store.read('a'))
  const { messages } = modelView(entries, openaiChat, { provider: { style: 'openai', alternate: true } })
  expect(messages[0]).toEqual({ role: 'system', content: 'be brief\n\nbe kind' })
})

it('the least number that no double holds is shown as a text', async () => {
  const store = createMemoryStore()
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"id":9007199254740993}' } }
  await store.append('a', [{ record: user('go') }, { record: { role: 'assistant', tool_calls: [call] } }], {
    create: {},
  })
  const view = modelView(await Array.fromAsync(store.read('a')), openaiChat, { provider: 'anthropic' })
  expect(view.messages[1]?.content).toMatchObject([{ type: 'tool_use', input: { id: '9007199254740993' } }])
})
