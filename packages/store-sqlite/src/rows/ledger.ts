import { StoreCorrupt } from '@faircopy/store-core'
import type { ImportRun, LedgerRecord } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { type Address, damaged, inOrder } from './damage.ts'
import { jsonOf } from './json-column.ts'

interface LedgerRow {
  readonly led_number: number
  readonly led_namespace: string
  readonly led_session: string
  readonly number: number | null
  readonly namespace: string
  readonly session: string
  readonly key: string
  readonly run: number
  readonly run_id: string | null
  readonly at: number
  readonly verdict: string
  readonly reason: string | null
  readonly report: string
  readonly certificate: string | null
  readonly head_before: Buffer | null
  readonly head_after: Buffer | null
  readonly seal: number | null
}

/** SQLite answers from an index where it can, so each row is looked up by its number once more. */
const COLUMNS = `f.number AS led_number, f.namespace AS led_namespace, f.session AS led_session, l.number, l.namespace, l.session,
    l.key, l.run, l.at, l.verdict, l.reason, l.report, l.certificate, l.head_before, l.head_after, l.seal, r.id AS run_id`
const OWN = 'LEFT JOIN ledger AS l ON l.number = f.number LEFT JOIN import_run AS r ON r.number = l.run'
const ROW = `SELECT ${COLUMNS} FROM ledger AS f ${OWN}`
/** A join would be compiled anew with every call: its plan is thought to depend on what is bound. */
const BY_KEY = `SELECT ${COLUMNS} FROM (SELECT number, namespace, session FROM ledger
    WHERE namespace = ? AND session = ? AND key = ? LIMIT 1) AS f ${OWN}`
const OF_RUN = 'f.run = (SELECT number FROM import_run WHERE id = ?)'
const PAGE = `${ROW} WHERE f.number > ? ORDER BY f.number LIMIT ?`
const PAGE_OF_SESSION = `${ROW} WHERE f.namespace = ? AND f.session = ? AND f.number > ? ORDER BY f.number LIMIT ?`
const PAGE_OF_RUN = `${ROW} WHERE ${OF_RUN} AND f.number > ? ORDER BY f.number LIMIT ?`
const PAGE_OF_BOTH = `${ROW} WHERE f.namespace = ? AND f.session = ? AND ${OF_RUN} AND f.number > ? ORDER BY f.number LIMIT ?`
const INSERT = insertStatement('ledger')
const ALL_OF_BOTH = `${ROW} WHERE f.namespace = ? AND f.session = ? AND ${OF_RUN} ORDER BY f.number`
const LAST = `${ROW} WHERE f.namespace = ? AND f.session = ? ORDER BY f.number DESC LIMIT 1`
const DELETE = 'DELETE FROM ledger WHERE namespace = ? AND session = ? AND key = ?'
const INSERT_RUN = insertStatement('import_run')
const RUN = `SELECT r.id, r.at, r.about, r.seal, f.number FROM (SELECT number FROM import_run WHERE id = ? LIMIT 1) AS f
  LEFT JOIN import_run AS r ON r.number = f.number`
const RUNS = 'SELECT number, id, at, about, seal FROM import_run WHERE number > ? ORDER BY number LIMIT ?'

/** How many notes or runs are read at a time. */
export const LEDGER_PAGE = 200

/** A record with its place among others of its kind, or what is told instead of it. */
export type Numbered<T> = { readonly number: number } & (
  | { readonly value: T }
  | { readonly damage: StoreCorrupt }
)

interface RunRow {
  readonly number: number
  readonly id: string
  readonly at: number
  readonly about: string
  readonly seal: number | null
}

/** The note of a session under a key, or null. Fails with `StoreCorrupt`. */
export function readNote(connection: Connection, address: Address, key: string): LedgerRecord | null {
  const row = connection.get<LedgerRow>(BY_KEY, address.namespace, address.id, key)
  return row ? recordOf(connection, row, { address, key }) : null
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
  const asked = { ...(session && { address: session }), ...(importId !== null && { importId }) }
  return inOrder(rows, after, ({ led_number }) => led_number).map((row) =>
    numbered(row.led_number, () => recordOf(connection, row, asked)),
  )
}

/** Runs behind a place, oldest first. */
export function readRuns(connection: Connection, after: number): Numbered<ImportRun>[] {
  return inOrder(connection.all<RunRow>(RUNS, after, LEDGER_PAGE), after, ({ number }) => number).map((row) =>
    numbered(row.number, () => runOf(connection, row)),
  )
}

/** The notes of a run about a session, in the order they were written. */
export function readNotesOf(connection: Connection, address: Address, importId: string): LedgerRecord[] {
  return connection
    .all<LedgerRow>(ALL_OF_BOTH, address.namespace, address.id, importId)
    .map((row) => recordOf(connection, row, { address, importId }))
}

/** The last note on a session, or null. Fails with `StoreCorrupt`. */
export function readLastNote(connection: Connection, address: Address): LedgerRecord | null {
  const row = connection.get<LedgerRow>(LAST, address.namespace, address.id)
  return row ? recordOf(connection, row, { address }) : null
}

/** Takes away the note of a session under a key. */
export function deleteNote(connection: Connection, address: Address, key: string): void {
  connection.run(DELETE, address.namespace, address.id, key)
}

/** The number of a run that wrote something, or null. Fails with `StoreCorrupt`. */
export function readRunNumber(connection: Connection, id: string): number | null {
  const row = connection.get<RunRow>(RUN, id)
  if (!row) return null
  if (runOf(connection, row).id !== id) throw damaged(connection, null, 'an import')
  return row.number
}

/** The number of a run, which is noted if it is not yet. */
function runNumber(connection: Connection, { id, at, about }: ImportRun): number {
  const known = readRunNumber(connection, id)
  if (known !== null) return known
  return insertSealed(connection, INSERT_RUN, id, at, JSON.stringify(about))
}

/** Writes a note, and its run if it is the run's first. */
export function insertNote(
  connection: Connection,
  run: ImportRun,
  { session, at, key, verdict, reason, report, certificate, headBefore, headAfter }: LedgerRecord,
): void {
  const number = runNumber(connection, run)
  insertSealed(
    connection,
    INSERT,
    session.namespace,
    session.id,
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

/** What a note was asked for by. */
interface AskedNote {
  readonly address?: Address
  readonly key?: string
  readonly importId?: string
}

function recordOf(connection: Connection, row: LedgerRow, asked: AskedNote): LedgerRecord {
  const { namespace, session, key, run, at, verdict, reason, head_before, head_after } = row
  const address = { namespace: row.led_namespace, id: row.led_session }
  const isMeant =
    namespace === (asked.address?.namespace ?? row.led_namespace) &&
    session === (asked.address?.id ?? row.led_session) &&
    key === (asked.key ?? key) &&
    row.run_id === (asked.importId ?? row.run_id)
  const told = [namespace, session, key, run, at, verdict, reason, row.report, row.certificate]
  const isWhole = isMeant && isSealed(connection, row.seal, ...told, head_before, head_after)
  if (!isWhole || row.run_id === null)
    throw damaged(connection, asked.address ?? address, 'what an import decided')
  const parse = <T extends object>(text: string, name: string): T =>
    jsonOf<T>(connection, text, { name, session: address })
  return {
    importId: row.run_id,
    session: address,
    at,
    key,
    verdict,
    reason,
    report: parse(row.report, 'report'),
    certificate: row.certificate === null ? null : parse(row.certificate, 'certificate'),
    headBefore: head_before?.toString('hex') ?? null,
    headAfter: head_after?.toString('hex') ?? null,
  }
}

function runOf(connection: Connection, { id, at, about, seal }: RunRow): ImportRun {
  if (!isSealed(connection, seal, id, at, about)) throw damaged(connection, null, 'an import')
  return { id, at, about: jsonOf(connection, about, { name: 'about', session: null }) }
}

function numbered<T>(number: number, read: () => T): Numbered<T> {
  try {
    return { number, value: read() }
  } catch (error) {
    if (error instanceof StoreCorrupt) return { number, damage: error }
    throw error
  }
}

function bytesOf(head: string | null): Buffer | null {
  return head === null ? null : Buffer.from(head, 'hex')
}
