import type { ImportRun, LedgerNote, LedgerRecord } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertSealed, insertStatement } from '../file/seal.ts'
import type { Address } from './session-row.ts'

interface LedgerRow {
  readonly number: number
  readonly namespace: string
  readonly session: string
  readonly key: string
  readonly run_id: string
  readonly at: number
  readonly verdict: string
  readonly reason: string | null
  readonly report: string
  readonly certificate: string | null
  readonly head_before: Buffer | null
  readonly head_after: Buffer | null
}

const ROW = `SELECT l.number, l.namespace, l.session, l.key, r.id AS run_id, l.at, l.verdict, l.reason, l.report, l.certificate,
    l.head_before, l.head_after
  FROM ledger AS l JOIN import_run AS r ON r.number = l.run`
/** A join would be compiled anew with every call: its plan is thought to depend on what is bound. */
const BY_KEY = `SELECT *, (SELECT id FROM import_run WHERE number = run) AS run_id
  FROM ledger WHERE namespace = ? AND session = ? AND key = ?`
const PAGE = `${ROW} WHERE l.number > ? ORDER BY l.number LIMIT ?`
const PAGE_OF_SESSION = `${ROW} WHERE l.namespace = ? AND l.session = ? AND l.number > ? ORDER BY l.number LIMIT ?`
const PAGE_OF_RUN = `${ROW} WHERE l.run = (SELECT number FROM import_run WHERE id = ?) AND l.number > ? ORDER BY l.number LIMIT ?`
const PAGE_OF_BOTH = `${ROW} WHERE l.namespace = ? AND l.session = ? AND r.id = ? AND l.number > ? ORDER BY l.number LIMIT ?`
const INSERT = insertStatement('ledger')
const ALL_OF_BOTH = `${ROW} WHERE l.namespace = ? AND l.session = ? AND r.id = ? ORDER BY l.number`
const DELETE = 'DELETE FROM ledger WHERE namespace = ? AND session = ? AND key = ?'
const INSERT_RUN = insertStatement('import_run')
const RUNS = 'SELECT number, id, at, about FROM import_run WHERE number > ? ORDER BY number LIMIT ?'

/** How many notes or runs are read at a time. */
export const LEDGER_PAGE = 200

/** A record with its place in the ledger. */
export interface Numbered<T> {
  readonly number: number
  readonly value: T
}

/** The note of a session under a key, or null. */
export function readNote(connection: Connection, address: Address, key: string): LedgerRecord | null {
  const row = connection.get<LedgerRow>(BY_KEY, address.namespace, address.id, key)
  return row ? recordOf(row) : null
}

/** Notes behind a place in the ledger, in the order they were written. */
export function readNotes(
  connection: Connection,
  query: { readonly session: Address | null; readonly importId: string | null },
  after: number,
): Numbered<LedgerRecord>[] {
  const { session, importId } = query
  const rows =
    session && importId !== null
      ? connection.all<LedgerRow>(PAGE_OF_BOTH, session.namespace, session.id, importId, after, LEDGER_PAGE)
      : session
        ? connection.all<LedgerRow>(PAGE_OF_SESSION, session.namespace, session.id, after, LEDGER_PAGE)
        : importId !== null
          ? connection.all<LedgerRow>(PAGE_OF_RUN, importId, after, LEDGER_PAGE)
          : connection.all<LedgerRow>(PAGE, after, LEDGER_PAGE)
  return rows.map((row) => ({ number: row.number, value: recordOf(row) }))
}

/** Runs behind a place, oldest first. */
export function readRuns(connection: Connection, after: number): Numbered<ImportRun>[] {
  return connection
    .all<{ number: number; id: string; at: number; about: string }>(RUNS, after, LEDGER_PAGE)
    .map(({ number, id, at, about }) => ({ number, value: { id, at, about: JSON.parse(about) } }))
}

/** The notes of a run about a session, in the order they were written. */
export function readNotesOf(connection: Connection, address: Address, importId: string): LedgerRecord[] {
  return connection.all<LedgerRow>(ALL_OF_BOTH, address.namespace, address.id, importId).map(recordOf)
}

/** Takes away the note of a session under a key. */
export function deleteNote(connection: Connection, address: Address, key: string): void {
  connection.run(DELETE, address.namespace, address.id, key)
}

/** The number of a run that wrote something, or null. */
export function readRunNumber(connection: Connection, id: string): number | null {
  return connection.get<{ number: number }>('SELECT number FROM import_run WHERE id = ?', id)?.number ?? null
}

/** The number of a run, which is noted if it is not yet. */
export function runNumber(connection: Connection, { id, at, about }: ImportRun): number {
  const known = readRunNumber(connection, id)
  if (known !== null) return known
  return insertSealed(connection, INSERT_RUN, id, at, JSON.stringify(about))
}

/** Writes a note, and its run if it is the run's first. */
export function insertNote(
  connection: Connection,
  note: {
    readonly run: ImportRun
    readonly address: Address
    readonly note: LedgerNote
    readonly at: number
    readonly headBefore: string | null
    readonly headAfter: string | null
  },
): void {
  const { run, address, at, headBefore, headAfter } = note
  const number = runNumber(connection, run)
  const { key, verdict, reason, report, certificate } = note.note
  insertSealed(
    connection,
    INSERT,
    address.namespace,
    address.id,
    key,
    number,
    at,
    verdict,
    reason,
    JSON.stringify(report),
    certificate === null ? null : JSON.stringify(certificate),
    bytesOf(headBefore),
    bytesOf(headAfter),
  )
}

function recordOf(row: LedgerRow): LedgerRecord {
  return {
    importId: row.run_id,
    session: { namespace: row.namespace, id: row.session },
    at: row.at,
    key: row.key,
    verdict: row.verdict,
    reason: row.reason,
    report: JSON.parse(row.report),
    certificate: row.certificate === null ? null : JSON.parse(row.certificate),
    headBefore: row.head_before?.toString('hex') ?? null,
    headAfter: row.head_after?.toString('hex') ?? null,
  }
}

function bytesOf(head: string | null): Buffer | null {
  return head === null ? null : Buffer.from(head, 'hex')
}
