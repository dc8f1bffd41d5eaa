import { KeyConflict } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { type Address, damaged } from './damage.ts'
import { jsonOf } from './json-column.ts'

const FIND = 'SELECT digest, answer, seal FROM operation WHERE session = ? AND operation_key = ?'
const INSERT = insertStatement('operation')

/** What was answered under an operation key, or null. Another call under it is `KeyConflict` (S4), damage `StoreCorrupt`. */
export function findOperation<T extends object>(
  connection: Connection,
  address: Address,
  session: number,
  key: string | undefined,
  digest: string,
): T | null {
  if (key === undefined) return null
  const row = connection.get<{ digest: Buffer; answer: string; seal: number | null }>(FIND, session, key)
  if (!row) return null
  if (!isSealed(connection, row.seal, session, key, row.digest, row.answer))
    throw damaged(connection, address, 'what was answered under an operation key')
  if (row.digest.toString('hex') !== digest) throw new KeyConflict(address, key, 'call')
  return jsonOf<T>(connection, row.answer, { name: 'answer', session: address })
}

/** Keeps an answer for as long as the session. It holds ids, places and hashes, never a record. */
export function insertOperation(
  connection: Connection,
  session: number,
  key: string | undefined,
  digest: string,
  answer: unknown,
): void {
  if (key === undefined) return
  insertSealed(connection, INSERT, session, key, Buffer.from(digest, 'hex'), JSON.stringify(answer))
}
