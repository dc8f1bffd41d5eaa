import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError, type TranscriptStore } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import type { ImportStep } from '@faircopy/store-core/operator'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { newPlace } from './subject.ts'

type Play = (store: TranscriptStore) => Promise<unknown>

const DAY_MS = 24 * 60 * 60 * 1000

/** Few names, so that calls meet. */
const id = fc.constantFrom('a', 'b', 'c')
const key = fc.constantFrom('k1', 'k2', 'k3')
const origin = fc.record({ platform: fc.constant('p'), chat: fc.constantFrom('1', '2') })
const entry = fc.record(
  {
    record: fc.constantFrom({ content: 'a' }, { content: 'a secret' }),
    kind: fc.constantFrom('message', 'delivery'),
    idempotencyKey: key,
  },
  { requiredKeys: ['record'] },
)
const entries = fc.array(entry, { maxLength: 3 })
const place = fc.integer({ min: 1, max: 5 })
const step: fc.Arbitrary<ImportStep> = fc.oneof(
  entry.map((one) => ({ live: { ...one, provenance: { importId: 'r', witness: 'file' as const } } })),
  entry.map((one) => ({ history: { ...one, provenance: { importId: 'r', witness: 'file' as const } } })),
  place.map((to) => ({ keep: { from: 1, to } })),
)

const call: fc.Arbitrary<Play> = fc.oneof(
  fc.tuple(id, entries).map(
    ([to, said]): Play =>
      (store) =>
        store.append(to, said, { create: {} }),
  ),
  fc.tuple(origin, entries).map(([to, said]): Play => {
    return (store) => store.append({ origin: to, whenAbsent: 'hold' }, said)
  }),
  fc.tuple(id, origin).map(
    ([to, at]): Play =>
      (store) =>
        store.create(to, { origin: at }),
  ),
  fc.tuple(id, id, origin).map(([to, of, at]): Play => {
    const session = { fork: { id: to, of } }
    return (store) => store.open({ origins: [at] }, { session, end: { session: of, at: 5, reason: null } })
  }),
  fc.tuple(id, place, entries).map(([to, from, said]): Play => {
    return (store) => store.replace(to, { from, entries: said }, { operationKey: 'o' })
  }),
  fc.tuple(id, id, place).map(
    ([of, to, through]): Play =>
      (store) =>
        store.fork(of, { id: to, through }),
  ),
  fc.tuple(origin, id).map(
    ([from, to]): Play =>
      (store) =>
        store.route(from, to),
  ),
  id.map(
    (to): Play =>
      (store) =>
        store.update(to, { title: 'one', endedAt: 5 }),
  ),
  id.map(
    (to): Play =>
      (store) =>
        store.delete(to),
  ),
  id.map(
    (to): Play =>
      (store) =>
        store.undelete(to),
  ),
  fc.tuple(id, place).map(
    ([to, entryId]): Play =>
      (store) =>
        store.redact(to, entryId, 'secret'),
  ),
  fc.boolean().map((dryRun): Play => {
    return (store) => store.prune({ historyOlderThan: DAY_MS, endedOlderThan: DAY_MS, dryRun })
  }),
  fc.tuple(id, fc.array(step, { maxLength: 4 })).map(([to, steps]): Play => {
    return async (store) => {
      const expectedHead = (await store.get(to))?.head ?? null
      const note = {
        key: `n ${to} ${expectedHead}`,
        verdict: 'imported',
        reason: null,
        report: {},
        certificate: null,
      }
      const run = { id: 'r', at: 1, about: {} }
      return store.import({ session: to, run, about: {}, note, expectedHead, steps: streamOf(steps) })
    }
  }),
  id.map((to): Play => {
    return (store) => store.undoImport({ importId: 'r', session: to, run: { id: 'u', at: 2, about: {} } })
  }),
)

test('S28 any history of calls gets the answers that the store in memory gives', async () => {
  const histories = fc.array(fc.tuple(call, fc.constantFrom(0, 0, 1, 40)), { maxLength: 25, size: 'max' })
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      let time = 1
      const path = newPlace()
      const store = openStore({ path, now: () => time })
      const memory = createMemoryStore({ now: () => time })
      for (const [play, days] of history) {
        time += days * DAY_MS
        expect(await answerOf(play(store))).toEqual(await answerOf(play(memory)))
      }
      expect(await contentsOf(store)).toEqual(await contentsOf(memory))
      expect((await store.verify()).findings).toEqual([])
      await store.close()
      rmSync(dirname(path), { recursive: true })
    }),
    { numRuns: 60 },
  )
})

async function* streamOf<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}

test('S9 an import that is staged is seen all at once, and leaves nothing staged', async () => {
  const path = newPlace()
  const store = openStore({ path })
  const memory = createMemoryStore()
  const steps = Array.from({ length: 1200 }, (_, n): ImportStep => {
    if (n % 10 === 0)
      return { quarantine: { reason: 'torn-tail', line: n, offset: n, length: 1, bytes: null } }
    const one = {
      record: { n },
      provenance: { importId: 'r', witness: 'file' as const },
      idempotencyKey: `${n}`,
    }
    return n % 10 === 1 ? { history: one } : { live: one }
  })
  const plan = {
    session: 's',
    run: { id: 'r', at: 1, about: {} },
    about: { title: 'one' },
    note: { key: 'n', verdict: 'imported', reason: null, report: {}, certificate: null },
    expectedHead: null,
  }
  const answers = []
  for (const one of [store, memory]) {
    const { session, ...receipt } = await one.import({ ...plan, steps: streamOf(steps) })
    const lines = await Array.fromAsync(one.quarantined('s'))
    const live = await Array.fromAsync(one.read('s'))
    const { stagedEntries } = await one.facts()
    const undo = { importId: 'r', session: 's', run: { id: 'u', at: 2, about: {} } }
    const imported = { ...receipt, head: session?.head, lines, live, stagedEntries }
    answers.push({ ...imported, undone: await one.undoImport(undo), after: await one.get('s') })
  }
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]).toMatchObject({ added: 960, stagedEntries: 0, after: null })
  await store.close()
  rmSync(dirname(path), { recursive: true })
})

test('S5 what is appended is last, also where the newest entry before it is not', async () => {
  const path = newPlace()
  const store = openStore({ path })
  await store.append('s', [{ record: { n: 1 } }, { record: { n: 2 } }], { create: {} })
  const steps: ImportStep[] = [
    { live: { record: { n: 0 }, provenance: { importId: 'r', witness: 'file' } } },
    { keep: { from: 1, to: 2 } },
  ]
  const note = { key: 'n', verdict: 'imported', reason: null, report: {}, certificate: null }
  const expectedHead = (await store.get('s'))?.head ?? null
  const run = { id: 'r', at: 1, about: {} }
  await store.import({ session: 's', run, about: {}, note, expectedHead, steps: streamOf(steps) })
  await store.append('s', { record: { n: 3 } })
  const { entries } = await store.page('s')
  expect(entries.map(({ record }) => record)).toEqual(['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}'])
  expect((await store.verify()).findings).toEqual([])
  await store.close()
  rmSync(dirname(path), { recursive: true })
})

/** What a call came to, or the code of its refusal. */
async function answerOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return error.code
  }
}

/** Everything that sessions say and said. */
async function contentsOf(store: TranscriptStore): Promise<unknown> {
  const sessions = await Array.fromAsync(store.sessions())
  const each = sessions.map(async (session) => ({
    session,
    live: await Array.fromAsync(store.read(session)),
    history: await Array.fromAsync(store.history(session)),
    generations: await store.generations(session),
    routes: await store.routes(session),
  }))
  const { changes } = await store.changes()
  return { each: await Promise.all(each), changes, ledger: await Array.fromAsync(store.ledger()) }
}
