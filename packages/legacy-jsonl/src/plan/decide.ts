import {
  type Certificate,
  type MergeRun,
  pairFields,
  type Reconciliation,
  type WitnessEntry,
} from '@faircopy/reconcile'
import { eachInTurn, giveWay, isHeldLately } from '@faircopy/store-core/backend'
import type { SessionReason } from '../ledger/session-reasons.ts'
import type { EntryCounts } from '../ledger/session-report.ts'
import type { Placement } from './import-plan.ts'
import { type Meeting, meet, type Terms } from './meeting.ts'
import { runSides } from './run-sides.ts'
import type { StoreWitness } from './store-witness.ts'
import type { Telling } from './telling.ts'

/** What was decided about a session's order, and what it means place by place. */
export interface Decision {
  readonly verdict: Reconciliation['verdict']
  readonly reason?: SessionReason
  readonly entries: EntryCounts
  /** Null: the store says what it shall say already. */
  readonly placement: Placement | null
  /** Whether the store's entries all stay in their places, new ones only following. */
  readonly onlyAppends: boolean
  /** Entries that take members from another witness. */
  readonly combined: number
  /** The file's lines that bring an entry which the canonical side did not have. */
  readonly imported: number
  readonly certificates: readonly Certificate[]
  /** What speaks against one of them, so that nothing may be written; null: nothing. */
  readonly fault: string | null
  /** Members that an entry of the store and what is told for it have with different values, and how many entries do. */
  readonly conflicts: ReadonlyMap<string, number>
}

/** What a telling means for a store that has nothing of the session. `hasFile`: a file takes part in it. */
export function decideAlone(telling: Telling, hasFile: boolean): Decision {
  const { pairing } = telling
  const count = countMessages(telling.entries)
  const entries: EntryCounts = pairing
    ? countsOf(pairing)
    : {
        canonical: hasFile ? 0 : count,
        legacy: hasFile ? count : 0,
        merged: count,
        added: hasFile ? count : 0,
      }
  return {
    verdict: pairing?.verdict ?? (hasFile ? 'imported' : 'kept'),
    ...(pairing?.reason ? { reason: pairing.reason } : {}),
    entries,
    placement: takeAll(telling.entries.length),
    onlyAppends: true,
    combined: telling.combined,
    imported: telling.file.reduce(
      (sum, line, i) => sum + (line !== -1 && telling.database[i] === -1 ? 1 : 0),
      0,
    ),
    certificates: pairing ? [pairing.certificate] : [],
    fault: pairing?.fault ?? null,
    conflicts: new Map(),
  }
}

/** What a telling means for a store that has something of the session. */
export async function decideWithStore(
  telling: Telling,
  store: StoreWitness,
  terms: Terms,
): Promise<Decision> {
  const { pairing } = telling
  const meeting = await meet(store, telling, terms)
  const contested = pairing?.verdict === 'ambiguous' ? pairing : meeting
  const placed = await place(meeting, store, telling)
  return {
    verdict: contested.verdict,
    ...(contested.reason ? { reason: contested.reason } : {}),
    entries: {
      ...countsOf(meeting),
      ...(contested.verdict === 'ambiguous'
        ? { legacy: contested.counts.legacy, merged: null, added: 0 }
        : {}),
    },
    ...placed,
    certificates: [...(pairing ? [pairing.certificate] : []), ...meeting.certificates],
    fault: pairing?.fault ?? meeting.fault,
  }
}

/**
 * What a telling means for a store in whose session something was decided before. `telling` and `since` are what both
 * have told since, `before` is what either had then: the first entries of the store stay as they are.
 */
export async function decideSince(
  telling: Telling,
  since: StoreWitness,
  terms: Terms,
  before: { readonly live: number; readonly canonical: number; readonly legacy: number },
): Promise<Decision> {
  const { live, canonical, legacy } = before
  const decision = await decideWithStore(telling, since, terms)
  const { entries, placement } = decision
  return {
    ...decision,
    verdict: verdictSince(decision.verdict, telling),
    entries: {
      canonical: entries.canonical + canonical,
      legacy: entries.legacy + legacy,
      merged: entries.merged === null ? null : entries.merged + canonical,
      added: entries.added,
    },
    placement: placement && placementBehind(placement, live),
  }
}

/** What a verdict about what was told since a decision says about the whole. */
export function verdictSince(verdict: Decision['verdict'], telling: Telling): Decision['verdict'] {
  if (verdict === 'imported') return telling.entries.length > 0 ? 'extended' : 'kept'
  return verdict === 'unreadable' || verdict === 'identical' ? 'kept' : verdict
}

/** Everything that a session says, as it stands. */
export function keepAll(length: number): Placement {
  return {
    store: rising(length, 1),
    told: new Int32Array(length).fill(-1),
    combine: new Uint8Array(length),
  }
}

/** All that is told, place by place, into a session that has nothing. */
export function takeAll(length: number): Placement {
  return {
    store: new Int32Array(length),
    told: rising(length, 0),
    combine: new Uint8Array(length),
  }
}

/** A placement of what follows a session's first entries, with these before it. */
export function placementBehind({ store, told, combine }: Placement, live: number): Placement {
  const whole = keepAll(live + store.length)
  whole.store.set(
    store.map((seq) => (seq > 0 ? seq + live : 0)),
    live,
  )
  whole.told.set(told, live)
  whole.combine.set(combine, live)
  return whole
}

/** Whether the store's entry may take members that the legacy side's has and it lacks. */
export function gains(store: StoreWitness, index: number, told: WitnessEntry | undefined): boolean {
  const own = store.entries[index]
  return (
    own !== undefined &&
    told !== undefined &&
    store.combinable[index] === 1 &&
    store.redacted[index] === 0 &&
    pairFields(own, told).gains.length > 0
  )
}

/** Members that the store's entry has with another value. What was redacted contradicts nothing. */
function contradictions(
  store: StoreWitness,
  index: number,
  told: WitnessEntry | undefined,
): readonly string[] {
  const own = store.entries[index]
  if (!own || !told || store.redacted[index] === 1) return []
  return pairFields(own, told).conflicts
}

/** So many numbers that follow one another. */
function rising(length: number, from: number): Int32Array {
  const numbers = new Int32Array(length)
  for (let i = 0; i < length; i++) numbers[i] = from + i
  return numbers
}

/** Entries that are not `session_meta`. */
export function countMessages(entries: readonly WitnessEntry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.meta === undefined ? 1 : 0), 0)
}

function countsOf({ counts, verdict }: Pick<Reconciliation, 'counts' | 'verdict'>): EntryCounts {
  const { canonical, legacy, merged, added } = counts
  return verdict === 'ambiguous'
    ? { canonical, legacy, merged: null, added: 0 }
    : { canonical, legacy, merged, added }
}

async function place(
  meeting: Pick<Meeting, 'merge'>,
  store: StoreWitness,
  telling: Telling,
): Promise<Pick<Decision, 'placement' | 'onlyAppends' | 'combined' | 'imported' | 'conflicts'>> {
  const conflicts = new Map<string, number>()
  if (!meeting.merge) return { placement: null, onlyAppends: true, combined: 0, imported: 0, conflicts }
  const places = await placesOf(meeting.merge, await repeatsOf(meeting.merge, store, telling))
  const { length } = places
  const placement = {
    store: new Int32Array(length),
    told: new Int32Array(length).fill(-1),
    combine: new Uint8Array(length),
  }
  let kept = 0
  let combined = 0
  let imported = 0
  for (const [at, { ofStore, ofTelling, isCertain }] of places.entries()) {
    if (isHeldLately()) await giveWay()
    placement.store[at] = ofStore + 1
    placement.told[at] = ofTelling
    if (ofStore === kept && kept === at) kept++
    if (ofStore === -1 && (telling.file[ofTelling] ?? -1) !== -1) imported++
    if (!isCertain) continue
    for (const name of contradictions(store, ofStore, telling.entries[ofTelling]))
      conflicts.set(name, (conflicts.get(name) ?? 0) + 1)
    if (gains(store, ofStore, telling.entries[ofTelling])) {
      placement.combine[at] = 1
      combined++
    }
  }
  const onlyAppends = kept === store.entries.length && combined === 0
  if (onlyAppends && kept === length) return { placement: null, onlyAppends, combined, imported, conflicts }
  return { placement, onlyAppends, combined, imported, conflicts }
}

/** What stands at one place of a merge: an entry of the store, of the telling, or of both. -1 for none. */
interface Place {
  readonly ofStore: number
  readonly ofTelling: number
  /** That both are one is certain. */
  readonly isCertain: boolean
}

/** The places of a merge, and of `repeats`: each stands before what the telling goes on with. */
async function placesOf(merge: readonly MergeRun[], repeats: readonly number[]): Promise<readonly Place[]> {
  const places: Place[] = []
  let next = 0
  const put = (before: number): void => {
    for (; (repeats[next] ?? before) < before; next++)
      places.push({ ofStore: -1, ofTelling: repeats[next] as number, isCertain: false })
  }
  for (const run of merge) {
    for (let i = 0; i < run.length; i++) {
      if (isHeldLately()) await giveWay()
      const { canonical: ofStore, legacy: ofTelling } = runSides(run, i)
      put(ofTelling)
      places.push({ ofStore, ofTelling, isCertain: run.from === 'both' && run.certain })
    }
  }
  put(Number.POSITIVE_INFINITY)
  return places
}

/**
 * Which `session_meta` a merge leaves out, since the telling has its like before, and the store does not have as often: an
 * import of the whole takes each of them.
 */
async function repeatsOf(
  merge: readonly MergeRun[],
  store: StoreWitness,
  { entries }: Telling,
): Promise<readonly number[]> {
  const merged = new Set<number>()
  for (const run of merge)
    for (let i = 0; run.from !== 'canonical' && i < run.length; i++) {
      if (isHeldLately()) await giveWay()
      merged.add(run.legacy + i)
    }
  if (merged.size === entries.length) return []
  const spare = new Map<string, number>()
  const count = ({ fingerprint }: WitnessEntry, by: number): number => {
    const sum = (spare.get(fingerprint) ?? 0) + by
    spare.set(fingerprint, sum)
    return sum
  }
  const repeats: number[] = []
  await eachInTurn([...store.entries, ...store.history], (entry) => {
    if (entry.meta !== undefined) count(entry, 1)
  })
  await eachInTurn(entries, (entry, i) => {
    if (entry.meta !== undefined && count(entry, -1) < 0 && !merged.has(i)) repeats.push(i)
  })
  return repeats
}
