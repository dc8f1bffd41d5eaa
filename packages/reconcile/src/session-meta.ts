import { each, type InSteps } from './terms/in-steps.ts'
import type { WitnessEntry } from './terms/witness.ts'

/** A `session_meta` of the merge, by its indices in the witnesses; where both have it, `stands` names whose record. */
export interface MergedMeta {
  readonly canonical?: number
  readonly legacy?: number
  readonly stands: 'canonical' | 'legacy'
}

/** What becomes of the `session_meta` of two witnesses. */
export interface MergedMetas {
  /** Those whose canonical record stands, in canonical order: each keeps its place. */
  readonly canonical: readonly MergedMeta[]
  /** Those whose legacy record stands, in legacy order: each stands before the message that follows it there. */
  readonly legacy: readonly MergedMeta[]
  /** Legacy indices of payloads the legacy witness had told already. */
  readonly absorbed: readonly number[]
  /** How many payloads only the legacy witness has. */
  readonly payloads: number
}

/**
 * Pairs `session_meta` wherever it stands. Equal payloads are one. The k-th flattened one of a witness is absorbed by
 * the k-th payload that only the other has, and flattened ones that find none by each other. Every distinct payload of
 * the legacy witness stands once.
 */
export function* mergeMetas(
  canonical: readonly WitnessEntry[],
  legacy: readonly WitnessEntry[],
): InSteps<MergedMetas> {
  const mine = yield* metasOf(canonical)
  const theirs = yield* metasOf(legacy)
  const byPayload = new Map<string, number>()
  const absorbed: number[] = []
  const partners = new Map<number, number>()
  const paired = new Set<number>()
  for (const j of theirs.payloads) {
    const payload = legacy[j]?.fingerprint as string
    if (byPayload.has(payload)) absorbed.push(j)
    else byPayload.set(payload, j)
  }
  for (const i of mine.payloads) {
    const j = byPayload.get(canonical[i]?.fingerprint as string)
    if (j === undefined || paired.has(j)) continue
    paired.add(j)
    partners.set(i, j)
  }
  const onlyMine = mine.payloads.filter((i) => !partners.has(i))
  const onlyTheirs = [...byPayload.values()].filter((j) => !paired.has(j))
  const pair = (ours: readonly number[], others: readonly number[]) => {
    for (let k = 0; k < ours.length && k < others.length; k++)
      partners.set(ours[k] as number, others[k] as number)
  }
  pair(mine.flattened, onlyTheirs)
  pair(onlyMine, theirs.flattened)
  pair(mine.flattened.slice(onlyTheirs.length), theirs.flattened.slice(onlyMine.length))

  const restored = new Set(onlyTheirs)
  const stays: MergedMeta[] = []
  const joins: MergedMeta[] = []
  for (const i of [...mine.payloads, ...mine.flattened].sort((one, two) => one - two)) {
    const j = partners.get(i)
    if (j === undefined) stays.push({ canonical: i, stands: 'canonical' })
    else if (restored.has(j)) joins.push({ canonical: i, legacy: j, stands: 'legacy' })
    else stays.push({ canonical: i, legacy: j, stands: 'canonical' })
  }
  const told = new Set(partners.values())
  for (const j of [...onlyTheirs, ...theirs.flattened])
    if (!told.has(j)) joins.push({ legacy: j, stands: 'legacy' })
  joins.sort((one, two) => (one.legacy as number) - (two.legacy as number))
  return { canonical: stays, legacy: joins, absorbed, payloads: onlyTheirs.length }
}

function* metasOf(entries: readonly WitnessEntry[]): InSteps<{ payloads: number[]; flattened: number[] }> {
  const payloads: number[] = []
  const flattened: number[] = []
  yield* each(entries, ({ meta }, index) => {
    if (meta === 'payload') payloads.push(index)
    else if (meta === 'flattened') flattened.push(index)
  })
  return { payloads, flattened }
}
