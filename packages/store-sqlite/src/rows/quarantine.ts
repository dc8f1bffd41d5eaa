import type { QuarantinedLine } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertSealed, insertStatement, sealSql } from '../file/seal.ts'
import type { Numbered } from './ledger.ts'

const INSERT = insertStatement('quarantine')
const SHOWN_SEAL = sealSql('quarantine', { run: 'shown.number', token: 'NULL' })
const SHOW = `UPDATE quarantine SET run = shown.number, token = NULL, seal = ${SHOWN_SEAL}
  FROM (SELECT number FROM import_run WHERE id = ?) AS shown WHERE token = ?`
const PAGE = `SELECT q.number, r.id AS importId, q.reason, q.line, q.offset, q.length, q.bytes
  FROM quarantine AS q JOIN import_run AS r ON r.number = q.run
  WHERE q.session = ? AND q.number > ? ORDER BY q.number LIMIT ?`

/** Lines are kept with their bytes, so few are read at a time. */
export const QUARANTINE_PAGE = 16

/** Writes a line where nobody sees it yet. */
export function stageLine(
  connection: Connection,
  session: number,
  token: string,
  line: QuarantinedLine,
): void {
  const { reason, offset, length, bytes } = line
  insertSealed(connection, INSERT, session, null, token, reason, line.line, offset, length, bytes)
}

/** Makes the lines of a finished import visible, under its run. */
export function showLines(connection: Connection, token: string, importId: string): void {
  connection.run(SHOW, importId, token)
}

/** Takes away the lines of a failed import. */
export function discardLines(connection: Connection, token: string): void {
  connection.run('DELETE FROM quarantine WHERE token = ?', token)
}

/** Lines of a session behind a place, in the order they were written. */
export function readLines(
  connection: Connection,
  session: number,
  after: number,
): Numbered<QuarantinedLine & { readonly importId: string }>[] {
  return connection
    .all<QuarantinedLine & { readonly number: number; readonly importId: string }>(
      PAGE,
      session,
      after,
      QUARANTINE_PAGE,
    )
    .map(({ number, ...value }) => ({ number, value }))
}
