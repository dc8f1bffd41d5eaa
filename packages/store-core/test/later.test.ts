import { type Receipt, StoreError, type TranscriptStore } from '@faircopy/store-core'
import type { ImportStep } from '@faircopy/store-core/operator'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { runNow } from '../src/kernel/drive.ts'
import { written } from '../src/memory/effects.ts'
import { emptyState } from '../src/memory/state.ts'
import { type Call, type GivenStep, histories, rareHistories } from './kernel-histories.ts'
import { versionedLookUps } from './later-grounds.ts'
import { meetings } from './later-meetings.ts'
import { LaterPlace, type Step, type Write } from './later-place.ts'
import { createLaterStore, type LaterStoreOptions } from './later-store.ts'
import { Turns } from './later-turns.ts'

const CALLERS = 4

/** So many calls are under way at once, some of them of the same caller. */
const AT_ONCE = 6

/** What is the same for all callers of a place. Time passes while they wait. */
function sharedBy(place: LaterPlace, seed: number): Omit<LaterStoreOptions, 'onLoss' | 'losing'> {
  const turns = new Turns(seed)
  let time = 1000
  const now = (): number => {
    time += turns.pick(30) === 0 ? 40 : turns.pick(2)
    return time
  }
  return { place, turns, now, batch: 1 }
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })

test('what callers do at once comes to what their rules come to one after the other, as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(histories, seeds, (calls, seed) =>
      expectInOrder(seed, async (stores) => {
        for (let i = 0; i < calls.length; i += AT_ONCE) {
          const atOnce = calls.slice(i, i + AT_ONCE).map((call, n) => {
            return endOf(callOf(stores[n % CALLERS] as TranscriptStore, call))
          })
          await Promise.all(atOnce)
        }
      }),
    ),
    { numRuns: 60, examples: rareHistories.map((calls) => [calls, 1]) },
  )
})

for (const { name, before, atOnce } of meetings) {
  test(`${name}, whoever is first`, async () => {
    for (let seed = 1; seed <= 100; seed++) {
      await expectInOrder(seed, async (stores) => {
        const [first] = stores
        for (const call of before) if (first) await callOf(first, call)
        await Promise.all(
          atOnce.map(async (calls, n) => {
            for (const call of calls) await endOf(callOf(stores[n] as TranscriptStore, call))
          }),
        )
      })
    }
  })
}

/** What is done with stores of one place comes to what the rules come to one after the other, in the order of their writes. */
async function expectInOrder(
  seed: number,
  act: (stores: readonly TranscriptStore[]) => Promise<void>,
): Promise<void> {
  const place = new LaterPlace()
  const steps: Step[] = []
  place.onStep = (step) => void steps.push(step)
  const policy = { heldPerOrigin: 2, heldForMs: 60, undeleteForMs: 60 }
  const options = { ...sharedBy(place, seed), policy, losing: 5, onLoss: 'ask' } as const
  await act(Array.from({ length: CALLERS }, () => createLaterStore(options)))
  let state = emptyState(place.state.storeId)
  for (const step of steps) {
    if ('change' in step) state = step.change(state).state
    else {
      const again = ranNow(step.rule, state)
      expect(again).toEqual(ranOf(step.ran))
      if ('decision' in again) state = again.decision.effects.reduce(written, state)
    }
  }
  expect(place.state).toEqual(state)
}

type Done = { readonly decision: unknown } | { readonly refusal: unknown }

function ranOf(ran: Write['ran']): Done {
  return 'decision' in ran ? { decision: ran.decision } : { refusal: toldOf(ran.refusal) }
}

function ranNow(rule: Write['rule'], state: LaterPlace['state']) {
  try {
    return { decision: runNow(rule(), versionedLookUps(state)) }
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return { refusal: toldOf(error) }
  }
}

function toldOf(error: StoreError): unknown {
  return { ...error, message: error.message }
}

/** Resolves when a call is answered or refused. */
async function endOf(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!StoreError.is(error)) throw error
  })
}

/** A call of a history, by the store's own methods. */
async function callOf(store: TranscriptStore, call: Call): Promise<unknown> {
  const { name, given } = call
  switch (name) {
    case 'create':
      return store.create(given.session, given.about)
    case 'append':
      return store.append(given.target, given.entries, given.options)
    case 'appendToOrigin':
      return store.append(given.target, given.entries, given.options)
    case 'update':
      return store.update(given.session, given.patch, given.condition)
    case 'delete':
      return store.delete(given.session, given.condition)
    case 'undelete':
      return store.undelete(given.session)
    case 'route':
      return store.route(given.origin, given.session)
    case 'resolve':
      return store.resolve(given.origin, given.namespace)
    case 'opened':
      return store.opened(given)
    case 'fork':
      return store.fork(given.session, given.fork, given.options)
    case 'open': {
      const { target, opened: session, end, entries, options } = given
      return store.open(target, { session, entries, ...(end && { end }) }, options)
    }
    case 'replace': {
      const { session, options, ...replacement } = given
      return store.replace(session, replacement, options)
    }
    case 'prune':
      return store.prune({ ...given.policy, hold: given.hold })
    case 'pruneSession':
      return store.prune({ ...given.policy, dryRun: false })
    case 'redact':
      return store.redact(given.session, given.entryId, given.text)
    case 'import':
      return importOf(store, given)
    case 'undo': {
      const { session, importId, by } = given
      return store.undoImport({ session, importId, run: { id: by, at: 600, about: {} } })
    }
    case 'claim': {
      const claiming = await store.claimImport(given.session)
      return 'claim' in claiming ? claiming.claim.release() : claiming
    }
    case 'release':
      return undefined
  }
}

/** An import as it is planned on what the session says now. */
async function importOf(
  store: TranscriptStore,
  given: Extract<Call, { readonly name: 'import' }>['given'],
): Promise<unknown> {
  const { session, about, importId, key, verdict, on, steps, also } = given
  const before = await store.get(session)
  const noteOf = (name: string, said: string) => {
    return { key: name, verdict: said, reason: null, report: {}, certificate: null }
  }
  return store.import({
    run: { id: importId, at: 500, about: {} },
    session,
    about,
    expectedHead: on === 'now' && before ? before.head : null,
    steps: steps && stepsOf(steps, before?.entryCount ?? 1),
    note: noteOf(key, verdict),
    alsoNote: also.map((one) => ({ session: one.session, note: noteOf(one.key, one.verdict) })),
  })
}

const provenance = { importId: 'r1', witness: 'file' } as const

async function* stepsOf(steps: readonly GivenStep[], last: number): AsyncGenerator<ImportStep> {
  for (const step of steps) {
    if ('live' in step) yield { live: { ...step.live, provenance } }
    else if ('history' in step) yield { history: { ...step.history, provenance } }
    else if ('keep' in step) {
      const { from, to } = step.keep
      yield { keep: { from, to: Math.max(from, to ?? last) } }
    } else {
      const bytes = new TextEncoder().encode(step.line)
      yield { quarantine: { reason: 'invalid-json', line: 1, offset: 0, length: 1, bytes } }
    }
  }
}

test('who is told that nobody knows what became of a write asks again under its key, and it is there once', async () => {
  let unknown = 0
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const place = new LaterPlace()
      const shared = sharedBy(place, seed)
      const told = new Map<string, string | null>()
      const callers = Array.from({ length: CALLERS }, async (_, caller) => {
        const store = createLaterStore({ ...shared, losing: 3, onLoss: 'tell' })
        const known = async <T>(call: () => Promise<T>): Promise<T> => {
          for (;;) {
            try {
              return await call()
            } catch (error) {
              if (!StoreError.is(error) || error.code !== 'STORE_IO') throw error
              if (error.outcome === 'unknown') unknown++
            }
          }
        }
        for (let n = 1; n <= 5; n++) {
          const entry = { record: `{"said":"${caller}-${n}"}`, idempotencyKey: `${caller}-${n}` }
          const receipt = await known(() => store.append('s', entry, { create: {} }))
          told.set(entry.idempotencyKey, entryOf(receipt))
        }
        const operationKey = `fork ${caller}`
        await known(() => store.fork('s', { id: `f${caller}` }, { operationKey }))
        const delivery = { kind: 'delivery', record: '{"said":"late"}', idempotencyKey: 'late' }
        const origin = { platform: 'p' }
        await known(() => store.append({ origin, whenAbsent: 'hold' }, delivery))
      })
      await Promise.all(callers)
      const store = createLaterStore({ ...shared, losing: 0, onLoss: 'ask' })
      await store.create('later', { origin: { platform: 'p' } })
      const said = await saidIn(store, 's')
      expect(new Map(said)).toEqual(told)
      expect(said).toHaveLength(told.size)
      for (let caller = 0; caller < CALLERS; caller++) {
        const own = said.map(([key]) => key).filter((key) => key.startsWith(`${caller}-`))
        expect(own).toEqual([1, 2, 3, 4, 5].map((n) => `${caller}-${n}`))
      }
      expect((await saidIn(store, 'later')).map(([key]) => key)).toEqual(['late'])
      const { sessions } = await store.list()
      expect(sessions.map(({ id }) => id).sort()).toEqual(['f0', 'f1', 'f2', 'f3', 'later', 's'])
      expect((await store.verify()).findings).toEqual([])
    }),
    { numRuns: 40 },
  )
  expect(unknown).toBeGreaterThan(100)
})

/** Where a receipt says that its entry is. */
function entryOf({ entries: [entry] }: Receipt): string {
  return `${entry?.id} at ${entry?.seq}`
}

/** What a session says, by key, and where. */
async function saidIn(store: TranscriptStore, session: string): Promise<[string, string][]> {
  const said: [string, string][] = []
  for await (const { id, seq, idempotencyKey } of store.read(session)) {
    said.push([idempotencyKey ?? '', `${id} at ${seq}`])
  }
  return said
}
