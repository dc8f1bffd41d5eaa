// What others do between two steps of a call, at the very place where it would hurt.
import { createGateway, type Gateway, type GatewayStore } from '@faircopy/gateway'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'
import { assistant, converse, delivery, dm, said, user } from './fixture.ts'

type Method = keyof GatewayStore

interface Disturbed {
  readonly store: MemoryStore
  /** Undisturbed. */
  readonly other: Gateway
  /** A gateway whose store lets something else happen, once, right after a method's answer. */
  readonly gateway: Gateway
  readonly after: (method: Method, happens: () => Promise<unknown>) => void
}

function disturbed(): Disturbed {
  const store = createMemoryStore()
  const waiting = new Map<string | symbol, () => Promise<unknown>>()
  const slow = new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name)
      if (typeof own !== 'function') return own
      return waiting.has(name)
        ? async (...args: unknown[]) => {
            const answer: unknown = await own.apply(target, args)
            const happens = waiting.get(name)
            waiting.delete(name)
            await happens?.()
            return answer
          }
        : own.bind(target)
    },
  })
  return {
    store,
    other: createGateway({ store }),
    gateway: createGateway({ store: slow }),
    after: (method, happens) => waiting.set(method, happens),
  }
}

const hello = { idempotencyKey: 'm1', record: user('hello') }

test('an answer does not land behind a question that is undone as it is written', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  const turn = await gateway.beginTurn(session, hello)
  after('locate', () => other.undo(session))
  await expect(turn.append(assistant('hi'))).rejects.toMatchObject({ code: 'TURN_DROPPED' })
  expect(await said(store, session.id)).toEqual([])
})

test('an answer looks again where somebody else writes as it is written', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  const turn = await gateway.beginTurn(session, hello)
  after('locate', () => converse(other, session.id, 'meanwhile'))
  await turn.append(assistant('hi'))
  expect(await said(store, session.id)).toEqual(['hello', 'meanwhile', 're meanwhile', 'hi'])
})

test('an answer goes on in the session that takes over as it is written', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  const turn = await gateway.beginTurn(session, hello)
  after('locate', () => other.compact(session, { summary: user('so far'), rotate: true }))
  await turn.append(assistant('hi'))
  expect(await said(store, session.id)).toEqual(['hello'])
  expect(await said(store, turn.session.id)).toEqual(['hello', 'so far', 'hi'])
})

test.each(['get', 'page', 'routes'] as const)(
  'S10 a session that is compacted into another as it is compacted has that one only: after %s',
  async (method) => {
    for (const nth of [1, 2, 3]) {
      const { store, other, gateway, after } = disturbed()
      const { session } = await gateway.open(dm)
      await converse(other, session.id, 'one', 'two')
      const compact = () => other.compact(session, { summary: user('theirs'), rotate: true })
      const wait = (left: number): void =>
        after(method, async () => (left > 1 ? wait(left - 1) : await compact()))
      wait(nth)
      const told = await gateway
        .compact(session, { summary: user('ours'), rotate: true })
        .catch((error) => error)
      expect(told).toMatchObject(
        method === 'get' || nth === 1 ? { code: 'SESSION_ENDED' } : { parent: { id: session.id } },
      )
      expect((await store.list({ parent: session })).sessions).toHaveLength(1)
    }
  },
)

test('a turn does not begin in a session that ends as it begins', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  after('get', () => other.reset(dm))
  await expect(gateway.beginTurn(session, hello)).rejects.toMatchObject({ code: 'SESSION_ENDED' })
  expect(await said(store, session.id)).toEqual([])
})

test('a turn is not dropped from under one that begins', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  const turn = await gateway.beginTurn(session, hello)
  after('page', () => converse(other, session.id, 'meanwhile'))
  await expect(turn.abandon({ drop: true })).rejects.toMatchObject({ code: 'TURN_OVER' })
  expect(await said(store, session.id)).toEqual(['hello', 'meanwhile', 're meanwhile'])
})

test('a rewrite of what was said meanwhile is a conflict', async () => {
  for (const act of [
    (gateway: Gateway) => gateway.undo(dm.chat),
    (gateway: Gateway) => gateway.retry(dm.chat, { idempotencyKey: 'r' }),
    (gateway: Gateway) => gateway.compact(dm.chat, { summary: user('s'), keepTurns: 1 }),
    (gateway: Gateway) => gateway.compact(dm.chat, { summary: user('s'), keepTurns: 1, rotate: true }),
  ]) {
    const { store, other, gateway, after } = disturbed()
    await store.create(dm.chat, { origin: dm })
    await gateway.open(dm)
    await converse(other, dm.chat, 'one', 'two')
    after('page', () => converse(other, dm.chat, 'meanwhile'))
    await expect(act(gateway)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
    expect(await said(store, dm.chat)).toEqual([
      'one',
      're one',
      'two',
      're two',
      'meanwhile',
      're meanwhile',
    ])
  }
})

test('a delivery that comes meanwhile is no conflict, and stays', async () => {
  const { store, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  await converse(gateway, session.id, 'one', 'two')
  after('page', () => store.append(session.id, delivery('ding', 'd')))
  await gateway.undo(session)
  expect(await said(store, session.id)).toEqual(['one', 're one', 'ding'])
})

test('a session that is rewritten while its end is read is read anew', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  await converse(other, session.id, 'one', 'two')
  await store.append(
    session.id,
    Array.from({ length: 30 }, (_, i) => delivery('ding', `d${i}`)),
  )
  after('page', () => other.undo(session))
  expect((await gateway.open(dm)).what).toBe('continued')
  after('page', () => other.edit(session, { idempotencyKey: 'e', record: user('one, rather') }))
  await gateway.undo(session)
  expect((await said(store, session.id)).filter((text) => text !== 'ding')).toEqual([])
})

test('a session that is over is replaced once: by whoever is first', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  await gateway.suspend(session)
  after('page', () => other.open(dm))
  expect((await gateway.open(dm)).what).toBe('continued')
  expect((await store.list()).sessions).toHaveLength(2)
})

test('a session is resumed in place of whichever lives there by then', async () => {
  const { store, other, gateway, after } = disturbed()
  const { session: first } = await gateway.open(dm)
  const second = await gateway.reset(dm)
  after('opened', () => other.reset(dm))
  const resumed = await gateway.resume(dm, first)
  expect(resumed.what).toBe('resumed')
  expect((await store.list({ state: 'live' })).sessions.map(({ id }) => id)).toEqual([first.id])
  expect((await store.get(second?.session ?? ''))?.endedAt).not.toBeNull()
})

test('what comes while the end of a long session is read stays, and the undo is refused', async () => {
  const { store, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  const turns = Array.from({ length: 15 }, (_, i) => `${i}`)
  await converse(gateway, session.id, ...turns)
  after('page', () => store.append(session.id, { record: user('meanwhile') }))
  const undone = gateway.undo(session, { turns: 14 })
  await expect(undone).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
  expect((await said(store, session.id)).at(-1)).toBe('meanwhile')
})

test('a revision that comes only as it is read is not the one that was expected', async () => {
  const { store, gateway, after } = disturbed()
  const { session } = await gateway.open(dm)
  await converse(gateway, session.id, 'one', 'two')
  const { revision = 0 } = (await store.get(session.id)) ?? {}
  after('page', () => store.append(session.id, { record: user('meanwhile') }))
  const undone = gateway.undo(session, { expectedRevision: revision + 1 })
  await expect(undone).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
  expect((await store.get(session.id))?.revision).toBe(revision + 1)
  expect(await said(store, session.id)).toEqual(['one', 're one', 'two', 're two', 'meanwhile'])
})
