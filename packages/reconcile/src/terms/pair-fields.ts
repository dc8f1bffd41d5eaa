import type { WitnessEntry } from './witness.ts'

/** How the members beside the fingerprint of a matched pair compare. Names only, in the order they were given. */
export interface PairFields {
  /** Members the canonical entry lacks. */
  readonly gains: readonly string[]
  /** Members the legacy entry lacks. */
  readonly lacks: readonly string[]
  /** Members both have, with different values. */
  readonly conflicts: readonly string[]
  /** One native id, two texts: the canonical text stands and the other is reported. */
  readonly rewritten: boolean
}

/** Compares the members of a matched pair. To be asked of certain pairs only: see `BothRun.certain`. */
export function pairFields(canonical: WitnessEntry, legacy: WitnessEntry): PairFields {
  const gains: string[] = []
  const lacks: string[] = []
  const conflicts: string[] = []
  for (const [name, value] of legacy.fields ?? []) {
    const own = canonical.fields?.get(name)
    if (own === undefined) gains.push(name)
    else if (own !== value) conflicts.push(name)
  }
  for (const name of canonical.fields?.keys() ?? []) if (!legacy.fields?.has(name)) lacks.push(name)
  return { gains, lacks, conflicts, rewritten: canonical.fingerprint !== legacy.fingerprint }
}
