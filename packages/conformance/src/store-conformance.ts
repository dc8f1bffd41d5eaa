import type { Capability, Closable } from '@faircopy/store-core'
import { CAPABILITY_METHODS, isRefusal } from '@faircopy/store-core/backend'
import { holds } from './assert.ts'
import { CONFORMANCE_CASES, type Invariant } from './cases.ts'
import type { ConformanceCase } from './conformance-case.ts'
import { FAULTS, NEEDS, type Need } from './facility.ts'
import { type ConformanceSubject, checkSubject, type TestRunner } from './subject.ts'
import { conductTrial, type Trial } from './trial.ts'

/** A case as it is run against a subject. */
export interface ConformanceRun {
  /** Begins with the number of the invariant. */
  readonly title: string
  readonly invariant: Invariant
  /** Why it is not carried out; null where it is. */
  readonly skipped: string | null
  run(): Promise<void>
}

/**
 * Every case, bound to a subject: for a runner of your own. The first ones, of S28, say of each need whether it is there
 * or declined.
 */
export function conformanceRuns(subject: ConformanceSubject): readonly ConformanceRun[] {
  const declines = subject.declines ?? {}
  const honest = NEEDS.map((need): ConformanceRun => {
    const reason = declines[need]
    return {
      title: `S28 ${need} is ${reason === undefined ? 'there' : `declined, and is not there: ${reason}`}`,
      invariant: 'S28',
      skipped: null,
      run: () => conductTrial(subject, {}, async ({ store }) => checkNeed(subject, store, need)),
    }
  })
  const cases = [...CONFORMANCE_CASES].flatMap(([invariant, list]) =>
    list.map(
      (one): ConformanceRun => ({
        title: `${invariant} ${one.name}`,
        invariant,
        skipped: skippedBecause(one, declines),
        run: () => conductTrial(subject, one.settings, (trial) => runCase(one, subject, trial)),
      }),
    ),
  )
  return [...honest, ...cases]
}

/**
 * Holds a backend to the contract (S28): describes every case to a test runner, under the number of its invariant. What
 * the subject declines is reported as skipped, with the reason; what is missing and not declined fails.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test'
 * import { createMemoryPlace, createMemoryStore } from '@faircopy/store-core/memory'
 * import { storeConformance } from '@faircopy/conformance'
 *
 * const places = new Map<string, ReturnType<typeof createMemoryPlace>>()
 * storeConformance(
 *   { describe, it },
 *   {
 *     name: 'memory',
 *     newPlace: () => String(places.size),
 *     open: (name, settings) => {
 *       const place = places.get(name) ?? createMemoryPlace()
 *       places.set(name, place)
 *       return createMemoryStore({ place, ...settings })
 *     },
 *     declines: {
 *       backup: 'nothing to copy to',
 *       processes: 'memory belongs to one process',
 *       'private-file': 'there is no file',
 *       'fault:lock': 'there is no file',
 *       'fault:replace': 'there is no file',
 *       'fault:damage': 'there is no file',
 *       'fault:tamper': 'there is no file',
 *       'fault:wound': 'there is no file',
 *       'fault:newer': 'there is no file',
 *       'fault:fill': 'there is no file',
 *     },
 *   },
 * )
 * ```
 */
export function storeConformance(givenRunner: TestRunner, givenSubject: ConformanceSubject): void {
  const { runner, subject } = checkSubject(givenRunner, givenSubject)
  const { describe, it } = runner
  const runs = conformanceRuns(subject)
  describe(`${subject.name} keeps the contract`, () => {
    for (const invariant of new Set(runs.map((run) => run.invariant))) {
      describe(invariant, () => {
        for (const { title, skipped, run } of runs.filter((one) => one.invariant === invariant)) {
          if (skipped === null) it(title, () => run())
          else it.skip(`${title} (declined: ${skipped})`, () => run())
        }
      })
    }
  })
}

function skippedBecause(one: ConformanceCase, declines: Partial<Record<Need, string>>): string | null {
  for (const need of one.needs) {
    const reason = declines[need]
    if (reason !== undefined) return `${need}: ${reason}`
  }
  return null
}

async function runCase(
  one: ConformanceCase,
  subject: ConformanceSubject,
  trial: Trial<never>,
): Promise<void> {
  for (const need of one.needs) checkNeed(subject, trial.store, need)
  await one.run(trial)
}

/** Fails unless what is claimed is there, and what is declined is not. What can only be seen by using it is left to the cases. */
function checkNeed(subject: ConformanceSubject, store: Closable, need: Need): void {
  const isThere = hasNeed(subject, store, need)
  const isDeclined = subject.declines?.[need] !== undefined
  holds(isThere !== false || isDeclined, `${need} is missing, and not declined`)
  holds(isThere !== true || !isDeclined, `${need} is declined, and there`)
}

/** Whether it is there; null where that cannot be told from outside. */
function hasNeed(
  { startProcess, faults, tell }: ConformanceSubject,
  store: Closable,
  need: Need,
): boolean | null {
  const fault = FAULTS.find((name) => need === `fault:${name}`)
  if (fault) return faults?.[fault] !== undefined
  if (need === 'told') return tell !== undefined || hasMethods(store, ['append'])
  if (need === 'processes') return startProcess !== undefined
  if (need === 'reopen' || need === 'clock' || need === 'private-file') return null
  const methods: readonly string[] = CAPABILITY_METHODS[need as Capability]
  const isThere = hasMethods(store, methods)
  return isThere && need === 'append-to-origin' ? null : isThere
}

function hasMethods(store: object, methods: readonly string[]): boolean {
  return methods.every((name) => {
    const method: unknown = Reflect.get(store, name)
    return typeof method === 'function' && !isRefusal(method)
  })
}
