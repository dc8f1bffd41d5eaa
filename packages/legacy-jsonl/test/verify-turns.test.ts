import { planImport, runImport, verifySource } from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'
import { said, type ToldSession, toldSource } from './told-source.ts'

const LINES = 12_000

/** Counts the turns of the event loop until it is told that it is over. */
function countTurns(): { turns: number; isOver: boolean } {
  const loop = { turns: 0, isOver: false }
  const next = (): void => {
    loop.turns++
    if (!loop.isOver) setImmediate(next)
  }
  setImmediate(next)
  return loop
}

test('S20 verifySource gives the event loop its turns, also while it compares what it has read', {
  timeout: 60_000,
}, async () => {
  const file = Array.from({ length: LINES }, (_, i) =>
    said(i % 2 ? 'assistant' : 'user', `what line ${i} says`),
  )
  const session: ToldSession = { id: 's', file: [...file, { text: 'broken' }] }
  const store = createMemoryStore()
  await runImport(await planImport(toldSource([session]), store))
  const loop = countTurns()
  // What was set aside is read last; before that all else was, and is compared in between.
  let sinceRead = 0
  let compared = 0
  async function* toItsEnd(entries: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    yield* entries
    sinceRead = loop.turns
  }
  const watched: MemoryStore = new Proxy(store, {
    get(_, name) {
      const method: unknown = Reflect.get(store, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        if (name === 'quarantined') compared = loop.turns - sinceRead
        sinceRead = loop.turns
        const answer = method.apply(store, args)
        return name === 'readGeneration' ? toItsEnd(answer) : answer
      }
    },
  })
  const { findings } = await verifySource(toldSource([session]), watched)
  loop.isOver = true
  expect(findings).toEqual([])
  expect(compared).toBeGreaterThanOrEqual(2)
})

test('S20 planImport gives the event loop its turns while it decides on two witnesses', {
  timeout: 60_000,
}, async () => {
  const all = Array.from({ length: LINES }, (_, i) =>
    said(i % 2 ? 'assistant' : 'user', i % 3 ? `what ${i} says` : 'ok'),
  )
  const session: ToldSession = {
    id: 's',
    database: all.filter((_, i) => i % 40 !== 7),
    file: all.filter((_, i) => i % 40 !== 25),
  }
  const store = createMemoryStore()
  const loop = countTurns()
  // The last that is asked before it decides.
  let sinceRead = 0
  const watched: MemoryStore = new Proxy(store, {
    get(_, name) {
      if (name === 'ledgerNote') sinceRead = loop.turns
      const method: unknown = Reflect.get(store, name)
      return typeof method === 'function' ? method.bind(store) : method
    },
  })
  const { sessions } = await planImport(toldSource([session]), watched)
  loop.isOver = true
  expect(sessions[0]?.report).toMatchObject({ verdict: 'merged', entries: { merged: LINES } })
  expect(loop.turns - sinceRead).toBeGreaterThanOrEqual(3)
})
