import { pairFields, reconciling, type WitnessEntry } from '@faircopy/reconcile'
import type { HistoryReader, TranscriptReader } from '@faircopy/store-core'
import { inTurns, sessionAddress } from '@faircopy/store-core/backend'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import { isBarred, notesOf, standingOf } from '../ledger/session-standing.ts'
import { readStoreWitness, type StoreWitness } from '../plan/store-witness.ts'
import { type Telling, tell } from '../plan/telling.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import { type ScannedWitness, scanWitness } from '../witness/scanned-witness.ts'
import type { DifferenceCode } from './difference-codes.ts'

/** One way in which the sides differ, and of how many messages that is true; 0 where nothing is counted. */
export interface Difference {
  readonly code: DifferenceCode
  readonly messages: number
}

/** Whether store and source say the same of a session. Holds no transcript text. */
export interface SessionComparison {
  readonly namespace: string
  readonly id: string
  readonly same: boolean
  /** Empty exactly where they say the same. */
  readonly differences: readonly Difference[]
  /** Messages of each side, `session_meta` aside. */
  readonly messages: { readonly source: number; readonly store: number }
}

/**
 * Compares a session of a source with the store, message by message: role, content, tool calls, then the members
 * beside them; `session_meta` and times aside. The source's witnesses are merged as an import merges them. Writes nothing.
 *
 * Cost: reads each side once; 200 bytes an entry.
 */
export async function compareSession(
  session: LegacySession,
  store: TranscriptReader & HistoryReader & Partial<Pick<TranscriptImporter, 'ledger'>>,
  signal?: AbortSignal,
): Promise<SessionComparison> {
  const { namespace, id } = session
  const compared = (
    differences: readonly Difference[],
    messages: SessionComparison['messages'],
  ): SessionComparison => ({ namespace, id, same: differences.length === 0, differences, messages })

  let told: Telling
  try {
    told = await tell(await scanned(session.database, signal), await scanned(session.file, signal))
  } catch (error) {
    if (!(error instanceof SourceUnreadable || error instanceof SourceChanged)) throw error
    return compared([{ code: 'unreadable', messages: 0 }], { source: 0, store: 0 })
  }
  const source = told.entries.filter(isMessage)
  const existing = await store.get(sessionAddress(session))
  if (!existing) {
    const code = isBarred(await notesOf(store, session)) ? 'deleted' : 'not-in-store'
    return compared([{ code, messages: source.length }], { source: source.length, store: 0 })
  }
  const known = await readStoreWitness(store, existing)
  const own = known.entries.filter(isMessage)
  const differences = [
    ...(await differencesOf(own, known, source)),
    ...(told.pairing?.verdict === 'ambiguous' && !(await isKnown(store, session))
      ? [{ code: 'undecided', messages: 0 } as const]
      : []),
  ]
  return compared(differences, { source: source.length, store: own.length })
}

/** Whether a person decided, or an import knew the order: then the store says more than the database alone. */
async function isKnown(
  store: Partial<Pick<TranscriptImporter, 'ledger'>>,
  session: LegacySession,
): Promise<boolean> {
  const { as } = standingOf(await notesOf(store, session))
  return as === 'known' || as === 'decided'
}

async function differencesOf(
  own: readonly WitnessEntry[],
  { history, redacted, historyRedacted }: StoreWitness,
  source: readonly WitnessEntry[],
): Promise<Difference[]> {
  if (own.length === source.length && own.every((entry, i) => entry.fingerprint === source[i]?.fingerprint)) {
    const differing = own.filter((entry, i) => {
      const { gains, conflicts } = pairFields(entry, source[i] as WitnessEntry)
      return gains.length + conflicts.length > 0
    })
    return counted('fields', differing.length)
  }
  const spare = countTexts(own)
  const withdrawn = countTexts(history)
  let sourceOnly = 0
  let undone = 0
  for (const { fingerprint } of source) {
    if (take(spare, fingerprint)) continue
    if (take(withdrawn, fingerprint)) undone++
    else sourceOnly++
  }
  const storeOnly = sumOf(spare.values())
  if (sourceOnly + undone + storeOnly === 0) return [{ code: 'order', messages: source.length }]
  const inBoth = source.length - sourceOnly - undone
  // What a redacted message said is not known: it may be any that only the source has.
  const live = sumOf(redacted)
  const masked = live + sumOf(historyRedacted)
  return [
    ...counted('source-only', Math.max(0, sourceOnly - masked)),
    ...counted('store-only', storeOnly - live),
    ...counted('redacted', masked),
    ...counted('withdrawn', undone),
    ...((await standsAlike(own, history, source, inBoth)) ? [] : counted('order', inBoth)),
  ]
}

/** Whether the messages that both sides have stand in the same order on both, as far as that can be told. */
async function standsAlike(
  own: readonly WitnessEntry[],
  history: readonly WitnessEntry[],
  source: readonly WitnessEntry[],
  inBoth: number,
): Promise<boolean> {
  if (inBoth === source.length) return isWithin(source, own)
  if (inBoth === own.length) return isWithin(own, source)
  const { merge } = await inTurns(reconciling({ entries: own, history }, { entries: source }))
  return !merge || merge.reduce((sum, run) => sum + (run.from === 'both' ? run.length : 0), 0) >= inBoth
}

function sumOf(counts: Iterable<number>): number {
  let sum = 0
  for (const count of counts) sum += count
  return sum
}

function isWithin(part: readonly WitnessEntry[], whole: readonly WitnessEntry[]): boolean {
  let at = 0
  for (const { fingerprint } of whole) if (part[at]?.fingerprint === fingerprint) at++
  return at === part.length
}

function countTexts(entries: readonly WitnessEntry[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { fingerprint } of entries) counts.set(fingerprint, (counts.get(fingerprint) ?? 0) + 1)
  return counts
}

function take(counts: Map<string, number>, fingerprint: string): boolean {
  const count = counts.get(fingerprint) ?? 0
  if (count > 0) counts.set(fingerprint, count - 1)
  return count > 0
}

function counted(code: DifferenceCode, messages: number): Difference[] {
  return messages > 0 ? [{ code, messages }] : []
}

async function scanned(witness: LegacyWitness | null, signal?: AbortSignal): Promise<ScannedWitness | null> {
  return witness && scanWitness(witness, signal)
}

function isMessage(entry: WitnessEntry): boolean {
  return entry.meta === undefined
}
