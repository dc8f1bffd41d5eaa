import type { CertifiedMeta } from '../certificate.ts'
import type { WitnessEntry } from '../witness.ts'

/** What is wrong with what a certificate says of `session_meta`; `undefined` where nothing is. */
export function metasFault(
  metas: readonly CertifiedMeta[],
  absorbed: readonly number[],
  canonical: readonly WitnessEntry[],
  legacy: readonly WitnessEntry[],
): string | undefined {
  const mine = metas.flatMap((meta) => (meta.canonical === null ? [] : [meta.canonical]))
  const theirs = metas.flatMap((meta) => (meta.legacy === null ? [] : [meta.legacy]))
  if (!areAll(mine, canonical)) return 'the canonical ones are not each named once'
  if (!areAll([...theirs, ...absorbed], legacy)) return 'the legacy ones are not each named once'

  const isPayload = (entry: WitnessEntry | undefined) => entry?.meta === 'payload'
  const says = (entries: readonly WitnessEntry[], i: number | null) => entries[i ?? -1]?.fingerprint
  for (const j of absorbed) {
    const first = legacy.findIndex(
      (entry) => isPayload(entry) && entry.fingerprint === legacy[j]?.fingerprint,
    )
    if (!isPayload(legacy[j]) || first === j || absorbed.includes(first))
      return `legacy ${j} is absorbed by nothing`
  }
  const alone = { mine: new Set<string>(), theirs: new Set<string>() }
  const absorbing: { canonical: number; legacy: number; by: string }[] = []
  for (const meta of metas) {
    const [one, two] = [canonical[meta.canonical ?? -1], legacy[meta.legacy ?? -1]]
    if (one && two) {
      if (isPayload(one) && isPayload(two) && says(canonical, meta.canonical) !== says(legacy, meta.legacy))
        return `canonical ${meta.canonical} and legacy ${meta.legacy} carry different payloads`
      if (one.meta !== two.meta || one.meta === 'flattened')
        absorbing.push({
          canonical: meta.canonical as number,
          legacy: meta.legacy as number,
          by: `${one.meta} ${two.meta}`,
        })
    } else (one ? alone.mine : alone.theirs).add((one ?? two)?.meta as string)
    const stands = two && (!one || (isPayload(two) && !isPayload(one))) ? 'legacy' : 'canonical'
    if (meta.stands !== stands) return 'the wrong record stands'
    if (
      !one &&
      isPayload(two) &&
      canonical.some((other) => isPayload(other) && other.fingerprint === two?.fingerprint)
    )
      return `legacy ${meta.legacy} is a payload that the canonical witness tells`
  }
  if (alone.mine.has('flattened') && alone.theirs.size > 0)
    return 'a flattened canonical one found no partner'
  if (alone.theirs.has('flattened') && alone.mine.size > 0) return 'a flattened legacy one found no partner'
  for (const one of absorbing)
    for (const two of absorbing)
      if (one.by === two.by && one.canonical < two.canonical !== one.legacy < two.legacy && one !== two)
        return 'flattened ones are not absorbed in their order'
  return undefined
}

/** Whether indices are those of every `session_meta` of a witness, each once. */
function areAll(indices: readonly number[], entries: readonly WitnessEntry[]): boolean {
  const named = new Set(indices)
  const all = [...entries.keys()].filter((i) => entries[i]?.meta !== undefined)
  return named.size === indices.length && all.length === named.size && all.every((i) => named.has(i))
}
