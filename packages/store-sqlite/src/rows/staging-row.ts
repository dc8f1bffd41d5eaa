import type { EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { ownIdentity } from '../file/process-identity.ts'
import { insertStatement, resealStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import { misordered } from './damage.ts'

const INSERT = insertStatement('staging')
const EXTEND = 'UPDATE staging SET last = ? WHERE session = ? AND token = ? AND last = ?'
const RESEAL_LAST = resealStatement('staging', 'session = ? AND token = ? AND last = ?')
const BEGIN_AT = 'UPDATE staging SET first = ? WHERE session = ? AND first = ?'
const RESEAL_FIRST = resealStatement('staging', 'session = ? AND first = ?')
const OF_TOKEN = 'SELECT session AS owner, first, last FROM staging WHERE token = ? ORDER BY first'

/**
 * What an import staged under a token, by the session that it is stored under: the one that it goes into, or a hidden one
 * that may become it. A range without ids is there where only lines were staged.
 */
export function readStaged(connection: Connection, token: string): EntryRange[] {
  return connection.all<EntryRange>(OF_TOKEN, token)
}

/** Notes entries as staged under a token: a range of them, which may have no ids. */
export function insertStaged(
  connection: Connection,
  token: string,
  { owner, first, last }: EntryRange,
  at: number,
): void {
  const isExtended = connection.run(EXTEND, last, owner, token, first - 1) > 0
  if (isExtended) connection.run(RESEAL_LAST, owner, token, last)
  else {
    const { host, boot, pids, pid, thread, started } = ownIdentity()
    insertSealed(connection, INSERT, owner, first, last, token, host, boot, pids, pid, thread, started, at)
  }
}

/** Ends the staging of an import; what was staged stays, as entries like any other. */
export function deleteStaged(connection: Connection, token: string): void {
  connection.run('DELETE FROM staging WHERE token = ?', token)
}

/** Forgets a range that was staged, up to an id. */
export function forgetStaged(
  connection: Connection,
  { owner, first, last }: EntryRange,
  through: number,
): void {
  const isNoted =
    through === last
      ? connection.run('DELETE FROM staging WHERE session = ? AND first = ?', owner, first)
      : connection.run(BEGIN_AT, through + 1, owner, first)
  if (!isNoted) throw misordered()
  if (through < last) connection.run(RESEAL_FIRST, owner, through + 1)
}
