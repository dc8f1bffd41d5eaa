import { planImport, runImport, type SourceFinding, verifySource } from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import type { ImportStep, SessionImport } from '@faircopy/store-core/operator'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource } from './told-source.ts'

const LONG = process.env['LONG'] !== undefined

const message = fc.oneof(
  fc.constantFrom('ok', 'yes').map((text) => said('user', text)),
  fc.nat(40).map((n) => said('user', `message number ${n} of this talk`)),
)
const talk = (minLength: number, maxLength: number): fc.Arbitrary<Told[]> =>
  fc.array(message, { minLength, maxLength })
const SIDES = ['store', 'file', 'database'] as const
type Side = (typeof SIDES)[number]

/** One talk in parts, and who has which of them. What is told last comes after a first import, where there is any. */
const scenario = fc.record({
  parts: fc.array(fc.record({ told: talk(1, 3), of: fc.subarray([...SIDES]) }), {
    minLength: 2,
    maxLength: 5,
  }),
  grown: talk(0, 2),
  since: talk(0, 2),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer S> ? S : never

const mistake = fc.record({
  kind: fc.constantFrom('lost', 'twice', 'history', 'metadata', 'swapped', 'kept-last', 'ends-swapped'),
  at: fc.nat(),
})
type Mistake = typeof mistake extends fc.Arbitrary<infer M> ? M : never

/** The same steps, each of one place. */
function singly(steps: readonly ImportStep[]): readonly ImportStep[] {
  return steps.flatMap((step): ImportStep[] => {
    if (!('keep' in step) || step.keep.to === undefined) return [step]
    const { from, to } = step.keep
    return Array.from({ length: to - from + 1 }, (_, i) => ({ keep: { from: from + i, to: from + i } }))
  })
}

/** What a planner that is wrong gives in the place of these steps. */
function mistaken(given: readonly ImportStep[], { kind, at }: Mistake): readonly ImportStep[] {
  const steps = singly(given)
  const places = steps.flatMap((step, i) => ('live' in step || 'keep' in step ? [i] : []))
  const place = places[at % Math.max(1, places.length)]
  const step = steps[place ?? -1]
  if (place === undefined || !step) return steps
  const exchanged = (one: number, other: number): readonly ImportStep[] =>
    steps.with(one, steps[other] as ImportStep).with(other, steps[one] as ImportStep)
  switch (kind) {
    case 'lost':
      return steps.toSpliced(place, 1)
    case 'twice':
      return 'live' in step ? steps.toSpliced(place, 0, step) : steps
    case 'history':
      return 'live' in step ? steps.with(place, { history: step.live }) : steps
    case 'metadata': {
      if (!('live' in step)) return steps
      const { line = 1, offset = 0 } = step.live.provenance
      const bytes = new TextEncoder().encode(String(step.live.record))
      return steps.with(place, {
        quarantine: { reason: 'metadata', line, offset, length: bytes.length, bytes },
      })
    }
    case 'swapped':
      return exchanged(place, places[(places.indexOf(place) + 1) % places.length] as number)
    case 'kept-last': {
      const keep = steps.findIndex((one) => 'keep' in one)
      return keep === -1 ? steps : [...steps.toSpliced(keep, 1), steps[keep] as ImportStep]
    }
    case 'ends-swapped':
      return exchanged(places[0] as number, places.at(-1) as number)
  }
}

/** A store whose imports get what a planner that is wrong gives. */
function misled(store: MemoryStore, by: Mistake): MemoryStore {
  const steps = async function* (right: AsyncIterable<ImportStep> | Iterable<ImportStep>) {
    yield* mistaken(await Array.fromAsync(right), by)
  }
  const given = (plan: SessionImport): SessionImport =>
    plan.steps === null ? plan : { ...plan, steps: steps(plan.steps) }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'import') return (plan: SessionImport) => target.import(given(plan))
      const own = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}

interface Outcome {
  readonly isProven: boolean
  readonly findings: readonly SourceFinding[]
  /** All that the store has of it, but for ids. */
  readonly stored: unknown
}

async function outcomeOf({ parts, grown, since }: Scenario, by: Mistake | null): Promise<Outcome> {
  const told = (side: Side): Told[] => parts.flatMap((part) => (part.of.includes(side) ? part.told : []))
  const store = createMemoryStore()
  const append = (list: readonly Told[]) =>
    store.append(
      's',
      list.map(({ text }) => ({ record: text })),
      { create: {} },
    )
  const session: ToldSession = { id: 's' }
  for (const side of ['file', 'database'] as const) if (told(side).length > 0) session[side] = told(side)
  if (told('store').length > 0) await append(told('store'))
  if (grown.length > 0) {
    await runImport(await planImport(toldSource([session]), store))
    if (session.file) session.file = [...session.file, ...grown]
    if (since.length > 0) await append(since)
  }
  await runImport(await planImport(toldSource([session]), by ? misled(store, by) : store))
  const { sessions, findings } = await verifySource(toldSource([session]), store)
  const all = async (list: AsyncIterable<{ readonly record: string }>) =>
    (await Array.fromAsync(list)).map(({ record }) => record)
  const stored = (await store.get('s')) && [
    await all(store.read('s')),
    (await all(store.history('s'))).sort(),
    (await Array.fromAsync(store.quarantined('s'))).length,
  ]
  return { isProven: sessions.every(({ proven }) => proven), findings, stored: JSON.stringify(stored) }
}

test('whatever a planner does wrong is found without its word, and without the ledger’s', async () => {
  let found = 0
  await fc.assert(
    fc.asyncProperty(scenario, mistake, async (given, by) => {
      const right = await outcomeOf(given, null)
      fc.pre(right.isProven)
      const wrong = await outcomeOf(given, by).catch(() => right)
      if (wrong.stored === right.stored) return
      // A planner that is wrong notes what it did, not what it should have done.
      const told = wrong.findings.filter(({ code }) => code !== 'note-differs')
      expect(told).not.toEqual([])
      expect(wrong.isProven).toBe(false)
      found++
    }),
    { numRuns: LONG ? 3_000 : 200 },
  )
  expect(found).toBeGreaterThan(50)
})
