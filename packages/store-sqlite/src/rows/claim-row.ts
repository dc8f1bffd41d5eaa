import type { KnownClaim } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { isAbandoned, type OwnedWork, ownIdentity } from '../file/process-identity.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import type { Address } from './damage.ts'

const READ = `SELECT token, host, boot, pids, pid, thread, started, at FROM import_claim
  WHERE namespace = ? AND session = ?`
const TAKE = insertStatement('import_claim', 'OR REPLACE')
const RELEASE = 'DELETE FROM import_claim WHERE namespace = ? AND session = ?'

/** Who has claimed a session, or null (S9). */
export function readClaim(
  connection: Connection,
  { namespace, id }: Address,
  now: number,
): KnownClaim | null {
  const work = connection.get<OwnedWork>(READ, namespace, id)
  if (!work) return null
  const { token, host, pid, at: since } = work
  return { token, owner: { host, pid, since }, isAbandoned: isAbandoned(work, now) }
}

/** Claims a session for this process, whoever had it before. */
export function insertClaim(
  connection: Connection,
  { namespace, id }: Address,
  token: string,
  at: number,
): void {
  const { host, boot, pids, pid, thread, started } = ownIdentity()
  insertSealed(connection, TAKE, namespace, id, token, host, boot, pids, pid, thread, started, at)
}

/** Nobody has claimed a session any more. */
export function deleteClaim(connection: Connection, { namespace, id }: Address): void {
  connection.run(RELEASE, namespace, id)
}
