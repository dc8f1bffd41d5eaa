import type { CertifiedMeta } from '../terms/certificate.ts'
import { each, type InSteps, STRIDE } from '../terms/in-steps.ts'
import type { WitnessEntry } from '../terms/witness.ts'

/** What is wrong with what a certificate says of `session_meta`; `undefined` where nothing is. */
export function* metasFault(
  metas: readonly CertifiedMeta[],
  absorbed: readonly number[],
  canonical: readonly WitnessEntry[],
  legacy: readonly WitnessEntry[],
): InSteps<string | undefined> {
  const mine = metas.flatMap((meta) => (meta.canonical === null ? [] : [meta.canonical]))
  const theirs = metas.flatMap((meta) => (meta.legacy === null ? [] : [meta.legacy]))
  if (!(yield* areAll(mine, canonical))) return 'the canonical ones are not each named once'
  if (!(yield* areAll([...theirs, ...absorbed], legacy))) return 'the legacy ones are not each named once'

  const isPayload = (entry: WitnessEntry | undefined) => entry?.meta === 'payload'
  const firstOfCanonical = yield* firstPayloads(canonical)
  const firstOfLegacy = yield* firstPayloads(legacy)
  const isAbsorbed = new Set(absorbed)
  for (const j of absorbed) {
    const first = firstOfLegacy.get(legacy[j]?.fingerprint as string) ?? -1
    if (!isPayload(legacy[j]) || first === j || isAbsorbed.has(first))
      return `legacy ${j} is absorbed by nothing`
  }
  const alone = { mine: new Set<string>(), theirs: new Set<string>() }
  const absorbing = new Map<string, [number, number][]>()
  for (const [i, meta] of metas.entries()) {
    if (i % STRIDE === 0) yield
    const [one, two] = [canonical[meta.canonical ?? -1], legacy[meta.legacy ?? -1]]
    if (one && two) {
      if (isPayload(one) && isPayload(two) && one.fingerprint !== two.fingerprint)
        return `canonical ${meta.canonical} and legacy ${meta.legacy} carry different payloads`
      if (one.meta !== two.meta || one.meta === 'flattened') {
        const by = `${one.meta} ${two.meta}`
        const pair: [number, number] = [meta.canonical as number, meta.legacy as number]
        const alike = absorbing.get(by)
        if (alike) alike.push(pair)
        else absorbing.set(by, [pair])
      }
    } else (one ? alone.mine : alone.theirs).add((one ?? two)?.meta as string)
    const stands = two && (!one || (isPayload(two) && !isPayload(one))) ? 'legacy' : 'canonical'
    if (meta.stands !== stands) return 'the wrong record stands'
    if (!one && isPayload(two) && firstOfCanonical.has(two?.fingerprint as string))
      return `legacy ${meta.legacy} is a payload that the canonical witness tells`
  }
  if (alone.mine.has('flattened') && alone.theirs.size > 0)
    return 'a flattened canonical one found no partner'
  if (alone.theirs.has('flattened') && alone.mine.size > 0) return 'a flattened legacy one found no partner'
  for (const pairs of absorbing.values()) {
    pairs.sort(([one], [two]) => one - two)
    if (pairs.some(([, j], i) => j < (pairs[i - 1]?.[1] ?? 0)))
      return 'flattened ones are not absorbed in their order'
  }
  return undefined
}

/** Where each payload stands first. */
function* firstPayloads(entries: readonly WitnessEntry[]): InSteps<ReadonlyMap<string, number>> {
  const first = new Map<string, number>()
  yield* each(entries, ({ meta, fingerprint }, i) => {
    if (meta === 'payload' && !first.has(fingerprint)) first.set(fingerprint, i)
  })
  return first
}

/** Whether indices are those of every `session_meta` of a witness, each once. */
function* areAll(indices: readonly number[], entries: readonly WitnessEntry[]): InSteps<boolean> {
  const named = new Set(indices)
  let areNamed = named.size === indices.length
  let all = 0
  yield* each(entries, ({ meta }, i) => {
    if (meta === undefined) return
    all++
    areNamed &&= named.has(i)
  })
  return areNamed && all === named.size
}
