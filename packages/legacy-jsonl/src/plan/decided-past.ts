import { createHash } from 'node:crypto'
import { giveWay, isHeldLately } from '@faircopy/store-core/backend'
import type { DecisionContent, Note, RecordedDecision, WitnessPast, Written } from '../ledger/note.ts'
import { leavesLines } from '../ledger/session-standing.ts'
import type { ScannedWitness } from '../witness/scanned-witness.ts'
import type { StoreWitness } from './store-witness.ts'

/**
 * What was there when a person decided, cut off from what came later. A source that still begins as it did then tells
 * nothing new in that part, and whatever it has told since comes after all that the session said then: only what is new
 * on either side has still to be put in order.
 */
export interface DecidedPast {
  readonly decision: RecordedDecision
  /** Live entries of the store that belong to it; the first ones. */
  readonly live: number
  /** Entries of each witness that belong to it, withdrawn ones among them; the first ones. */
  readonly database: number
  readonly file: number
}

/**
 * The last decision in a session's ledger that something can be built upon; null where there is none. One whose import
 * was undone since, or undone and made again, says nothing about what the store has now.
 */
export function lastDecision(notes: readonly Note[]): (Written & DecisionContent) | null {
  const seen = new Set<string>()
  let last: (Written & DecisionContent) | null = null
  for (const note of notes) {
    if (note.as === 'import') seen.add(note.about)
    else if (note.as === 'decision' && seen.has(note.about)) last = note
  }
  return last
}

/** What a witness tells now, to be recognised later: all of it, or its first entries. */
export async function pastOf(
  witness: ScannedWitness,
  entries: number = witness.places.length,
): Promise<WitnessPast> {
  const sha256 = createHash('sha256')
  let live = 0
  let withdrawn = 0
  for (let position = 0; position < entries; position++) {
    if (isHeldLately()) await giveWay()
    const isLive = witness.positions[live] === position
    const entry = isLive ? witness.entries[live++] : witness.history[withdrawn++]
    sha256.update(`${witness.places[position]} ${isLive ? 'said' : 'withdrawn'} ${entry?.fingerprint}\n`)
  }
  return { entries, digest: sha256.digest('hex') }
}

/**
 * Where to cut after a decision.
 *
 * @returns null where nothing proves that only something new was added: a witness tells otherwise what it told then, or
 * was not there then, or the store's entries of before and after are no longer one behind the other
 */
export async function cutAfter(
  decision: RecordedDecision,
  store: StoreWitness,
  database: ScannedWitness | null,
  file: ScannedWitness | null,
): Promise<DecidedPast | null> {
  if (!(await goesOn(decision.database, database)) || !(await goesOn(decision.file, file))) return null
  const through = Math.max(decision.entry - 1, store.lastOfDecision)
  const first = store.ids.findIndex((id) => id > through)
  const live = first === -1 ? store.ids.length : first
  if (store.ids.subarray(live).some((id) => id <= through)) return null
  return {
    decision,
    live,
    database: database ? (decision.database?.entries ?? 0) : 0,
    file: file ? (decision.file?.entries ?? 0) : 0,
  }
}

/** How many of the file's first entries a decision, or one before it, left in the file. */
export function leftLines(past: DecidedPast | null): number {
  return past && (leavesLines(past.decision) || past.decision.withheld > 0) ? past.file : 0
}

/** What a witness tells behind its first entries. Positions and places stay those of the whole pass. */
export function behind(witness: ScannedWitness | null, entries: number): ScannedWitness | null {
  if (!witness || entries === 0) return witness
  const live = witness.positions.filter((position) => position < entries).length
  const withdrawn = witness.historyPositions.filter((position) => position < entries).length
  return {
    ...witness,
    entries: witness.entries.slice(live),
    positions: witness.positions.slice(live),
    history: witness.history.slice(withdrawn),
    historyPositions: witness.historyPositions.slice(withdrawn),
  }
}

/** What the store says, and has withdrawn, since a decision. */
export function storeSince(store: StoreWitness, past: DecidedPast): StoreWitness {
  const through = Math.max(past.decision.entry - 1, store.lastOfDecision)
  const { live } = past
  const isSince = (_: unknown, i: number): boolean => (store.historyIds[i] ?? 0) > through
  return {
    entries: store.entries.slice(live),
    ids: store.ids.subarray(live),
    combinable: store.combinable.subarray(live),
    redacted: store.redacted.subarray(live),
    dated: store.dated.subarray(live),
    offsets: store.offsets.subarray(live),
    rows: store.rows.subarray(live),
    written: store.written.subarray(live),
    history: store.history.filter(isSince),
    historyIds: store.historyIds.filter(isSince),
    historyWritten: store.historyWritten.filter(isSince),
    historyOffsets: store.historyOffsets.filter(isSince),
    historyRows: store.historyRows.filter(isSince),
    historyRedacted: store.historyRedacted.filter(isSince),
    lastId: store.lastId,
    lastOfDecision: store.lastOfDecision,
    lastOfImport: store.lastOfImport,
  }
}

async function goesOn(then: WitnessPast | null, now: ScannedWitness | null): Promise<boolean> {
  if (!now) return true
  if (!then) return false
  return now.places.length >= then.entries && (await pastOf(now, then.entries)).digest === then.digest
}
