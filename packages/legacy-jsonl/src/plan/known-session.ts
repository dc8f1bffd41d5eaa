import type { HistoryReader, Session, TranscriptReader } from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import type { Note } from '../ledger/note.ts'
import { notesOf } from '../ledger/session-standing.ts'
import { type FileLineage, fileLineage } from '../witness/file-lineage.ts'
import type { ScannedSession } from '../witness/scan-session.ts'
import { cutAfter, type DecidedPast, lastDecision, storeSince } from './decided-past.ts'
import { readStoreWitness, type StoreWitness } from './store-witness.ts'

/** What the store has of a session, and what of it was decided before. */
export interface KnownSession {
  readonly whole: StoreWitness
  /** What it says and withdrew since the last decision; all of it where there was none that holds. */
  readonly since: StoreWitness
  /** What was there when something was decided; null where nothing was, or it says nothing about these witnesses. */
  readonly past: DecidedPast | null
  /** Something was decided that says nothing about these witnesses. */
  readonly outdated: boolean
  /** The session's, in the order of the ledger. */
  readonly notes: readonly Note[]
  readonly lineage: FileLineage
}

/** Reads what the store has of a session; null where that is nothing, live or history. */
export async function readKnownSession(
  store: TranscriptReader & HistoryReader & TranscriptImporter,
  session: Session,
  { database, file }: Pick<ScannedSession, 'database' | 'file'>,
): Promise<KnownSession | null> {
  const notes = await notesOf(store, session)
  const last = lastDecision(notes)
  const lineage = await fileLineage(notes, file)
  const whole = await readStoreWitness(store, session, last?.importId, lineage)
  if (whole.entries.length + whole.history.length === 0) return null
  const past = last ? await cutAfter(last.decision, whole, database, file) : null
  return {
    whole,
    since: past ? storeSince(whole, past) : whole,
    past,
    outdated: last !== null && past === null,
    notes,
    lineage,
  }
}
