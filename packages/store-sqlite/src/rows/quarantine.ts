import type { QuarantinedLine } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { insertStatement, sealSql } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged, inOrder } from './damage.ts'
import type { Numbered } from './ledger.ts'

const INSERT = insertStatement('quarantine')
const SHOWN_SEAL = sealSql('quarantine', { run: 'shown.number', token: 'NULL' })
const SHOW = `UPDATE quarantine SET run = shown.number, token = NULL, seal = ${SHOWN_SEAL}
  FROM (SELECT ? AS number) AS shown WHERE token = ?`
const COUNT = 'SELECT count(*) AS count FROM quarantine WHERE session = ? AND run = ?'
const PAGE = `SELECT f.number, q.session, q.run, q.token, q.reason, q.line, q.offset, q.length, q.bytes, q.seal, r.id AS importId
  FROM quarantine AS f LEFT JOIN quarantine AS q ON q.number = f.number LEFT JOIN import_run AS r ON r.number = q.run
  WHERE f.session = ? AND f.number > ? AND q.run IS NOT NULL ORDER BY f.number LIMIT ?`
const BESIDE = 'FROM quarantine WHERE session = ? AND token IS NULL AND bytes IS NOT NULL'
const NUMBERS = `SELECT number ${BESIDE} ORDER BY number`
const BYTES = `SELECT bytes ${BESIDE} AND number = ?`
const CLEAR = `UPDATE quarantine SET bytes = NULL, seal = ${sealSql('quarantine', { bytes: 'NULL' })} WHERE number = ?`

/** Lines are kept with their bytes, so few are read at a time. */
export const QUARANTINE_PAGE = 16

/** Writes a line beside a session: one of a run, or, under a token, one that nobody sees yet. */
export function insertLine(
  connection: Connection,
  session: number,
  by: { readonly run: number } | { readonly token: string },
  { reason, line, offset, length, bytes }: QuarantinedLine,
): void {
  const [run, token] = 'run' in by ? [by.run, null] : [null, by.token]
  insertSealed(connection, INSERT, session, run, token, reason, line, offset, length, bytes)
}

/** Makes the lines of a finished import visible, under its run. */
export function showLines(connection: Connection, token: string, run: number): void {
  connection.run(SHOW, run, token)
}

/** How many lines a run keeps beside a session. */
export function countLines(connection: Connection, session: number, run: number): number {
  return connection.get<{ count: number }>(COUNT, session, run)?.count ?? 0
}

/** Forgets the lines that a run keeps beside a session. */
export function deleteLines(connection: Connection, session: number, run: number): void {
  connection.run('DELETE FROM quarantine WHERE session = ? AND run = ?', session, run)
}

/** Takes away the lines of a failed import. */
export function discardLines(connection: Connection, token: string): void {
  connection.run('DELETE FROM quarantine WHERE token = ?', token)
}

interface Row extends QuarantinedLine {
  readonly number: number
  readonly session: number
  readonly run: number
  readonly token: string | null
  readonly importId: string | null
  readonly seal: number | null
}

/** Lines of a session behind a place, in the order they were written. */
export function readLines(
  connection: Connection,
  session: number,
  after: number,
): Numbered<QuarantinedLine & { readonly importId: string }>[] {
  const rows = connection.all<Row>(PAGE, session, after, QUARANTINE_PAGE)
  return inOrder(rows, after, ({ number }) => number).map((row) => {
    const { number, run, token, importId, reason, line, offset, length, bytes, seal } = row
    const told = [row.session, run, token, reason, line, offset, length, bytes]
    if (row.session !== session || importId === null || !isSealed(connection, seal, ...told))
      return { number, damage: damaged(connection, session, 'a quarantined line') }
    const given = bytes && Uint8Array.from(bytes)
    return { number, value: { importId, reason, line, offset, length, bytes: given } }
  })
}

/** The numbers of the lines beside a session that have their bytes still, in the order they were written. */
export function readLineNumbers(connection: Connection, session: number): number[] {
  return connection.values<number>(NUMBERS).all(session)
}

/** The bytes of a line beside a session, or null where it has none any more. */
export function readBytes(connection: Connection, session: number, number: number): Buffer | null {
  return connection.get<{ bytes: Buffer }>(BYTES, session, number)?.bytes ?? null
}

/** Lines lose their bytes (S27). */
export function clearLines(connection: Connection, numbers: readonly number[]): void {
  for (const number of numbers) connection.run(CLEAR, number)
}
