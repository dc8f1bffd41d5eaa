import type {
  HistoryReader,
  ImportStep,
  SessionAppender,
  SessionCreator,
  TranscriptImporter,
  TranscriptReader,
} from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { all, said, temporaryStore } from './temporary.ts'

type Store = TranscriptReader & HistoryReader & SessionAppender & SessionCreator & TranscriptImporter

const session = fc.constantFrom('s', 't')
const entry = fc.record(
  {
    record: fc.constantFrom('a', 'b', 'c').map(said),
    kind: fc.constantFrom('message', 'delivery', 'note'),
    at: fc.constantFrom(null, 1),
    idempotencyKey: fc.constantFrom('k1', 'k2', 'k3'),
  },
  { requiredKeys: ['record'] },
)

const step = fc.oneof(
  fc.record({ type: fc.constant('create' as const), session }),
  fc.record({
    type: fc.constant('append' as const),
    session,
    entries: fc.array(entry, { maxLength: 4 }),
    create: fc.boolean(),
    first: fc.boolean(),
    revision: fc.option(fc.nat(4), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant('import' as const),
    session,
    key: fc.constantFrom('x', 'y', 'z'),
    picks: fc.array(fc.tuple(fc.constantFrom('keep', 'live', 'history'), fc.nat(6), fc.nat(6)), {
      maxLength: 6,
    }),
    noSteps: fc.boolean(),
    stale: fc.boolean(),
  }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function carryOut(store: Store, action: Step): Promise<unknown> {
  const { session } = action
  if (action.type === 'create') return store.create(session)
  if (action.type === 'append') {
    return store.append(session, action.entries, {
      ...(action.create && { create: {} }),
      ...(action.first && { onConflict: 'first' as const }),
      ...(action.revision !== undefined && { expectedRevision: action.revision }),
    })
  }
  const before = await store.get(session)
  const count = before?.entryCount ?? 0
  const steps = action.picks.flatMap(([what, a, b]): ImportStep[] => {
    const provenance = { importId: 'run', witness: 'file', line: a } as const
    if (what === 'live') return [{ live: { record: said(`live ${a}`), provenance } }]
    if (what === 'history') return [{ history: { record: said(`past ${a}`), provenance } }]
    const [from, to] = [Math.min(a, b) + 1, Math.max(a, b) + 1]
    return to <= count ? [{ keep: { from, to } }] : []
  })
  return store.import({
    run: { id: 'run', at: 5, about: {} },
    session,
    about: {},
    expectedHead: action.stale ? 'f'.repeat(64) : (before?.head ?? null),
    steps: action.noSteps
      ? null
      : (async function* () {
          yield* steps
        })(),
    note: { key: action.key, verdict: 'v', reason: null, report: {}, certificate: null },
  })
}

/** What a store says of everything, in a form that two stores can be compared by. */
async function seen(store: Store): Promise<unknown> {
  const sessions = await all(store.sessions())
  return Promise.all(
    sessions.map(async ({ id, updatedAt: _u, generation: _g, ...rest }) => ({
      id,
      ...rest,
      live: (await all(store.read(id))).map(({ id: _, ...said }) => said),
      past: (await all(store.history(id))).map(({ record }) => record).toSorted(),
      reasons: (await store.generations(id)).map(({ reason, entryCount }) => [reason, entryCount]),
      ledger: (await all(store.ledger({ session: id }))).map(({ key, headBefore, headAfter }) => [
        key,
        headBefore,
        headAfter,
      ]),
    })),
  )
}

async function outcome(work: Promise<unknown>): Promise<unknown> {
  try {
    return { did: await work }
  } catch (error) {
    return { code: (error as { code?: string }).code }
  }
}

describe('S28 against the reference in memory', () => {
  it('any sequence of writes leaves the same sessions, histories and ledgers', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (actions) => {
        const store = await temporaryStore({ now: () => 1 })
        const model = createMemoryStore({ now: () => 1 })
        for (const action of actions) {
          const [got, expected] = [
            await outcome(carryOut(store, action)),
            await outcome(carryOut(model, action)),
          ]
          expect(Object.keys(got as object)).toEqual(Object.keys(expected as object))
          if ('code' in (got as object)) expect(got).toEqual(expected)
          expect(await seen(store)).toEqual(await seen(model))
        }
        const { findings } = await store.verify()
        expect(findings).toEqual([])
        await store.close()
      }),
      { numRuns: process.env['LONG'] === '1' ? 1000 : 60 },
    )
  })

  it('S4 S5 appends and their receipts are those of the reference', { timeout: 120_000 }, async () => {
    const appends = fc.array(fc.record({ entries: fc.array(entry, { maxLength: 5 }), first: fc.boolean() }), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(appends, async (calls) => {
        const store = await temporaryStore({ now: () => 1 })
        const model = createMemoryStore({ now: () => 1 })
        const call = (on: Store) =>
          calls.map(({ entries, first }) =>
            outcome(on.append('s', entries, { create: {}, ...(first && { onConflict: 'first' as const }) })),
          )
        expect(await Promise.all(call(store))).toEqual(await Promise.all(call(model)))
        expect(await seen(store)).toEqual(await seen(model))
        await store.close()
      }),
      { numRuns: process.env['LONG'] === '1' ? 1000 : 60 },
    )
  })
})
