import type { Need } from './facility.ts'
import type { StoreSettings } from './subject.ts'
import type { StoreNeeding, Trial } from './trial.ts'

/** One thing that the contract promises, shown on a store. */
export interface ConformanceCase {
  /** What holds, as a sentence. Its title in a report begins with the number of the invariant. */
  readonly name: string
  /** Without these the case cannot be carried out. */
  readonly needs: readonly Need[]
  readonly settings: StoreSettings
  run(trial: Trial<never>): Promise<void>
}

/** Writes a case: `run` gets a store that has what the case needs, and no more. */
export function conformanceCase<const N extends readonly Need[]>(
  name: string,
  needs: N,
  run: (trial: Trial<StoreNeeding<N[number]>>) => Promise<void>,
  settings: StoreSettings = {},
): ConformanceCase {
  return { name, needs, settings, run: run as ConformanceCase['run'] }
}
