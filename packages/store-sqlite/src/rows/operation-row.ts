import type { Operation } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged } from './damage.ts'
import { jsonOf } from './json-column.ts'

const FIND = 'SELECT digest, answer, seal FROM operation WHERE session = ? AND operation_key = ?'
const INSERT = insertStatement('operation')

/** What was done under an operation key of a session, or null. Fails with `StoreCorrupt`. */
export function readOperation(connection: Connection, session: number, key: string): Operation | null {
  const row = connection.get<{ digest: Buffer; answer: string; seal: number | null }>(FIND, session, key)
  if (!row) return null
  if (!isSealed(connection, row.seal, session, key, row.digest, row.answer))
    throw damaged(connection, session, 'what was answered under an operation key')
  const answer = jsonOf<Operation['answer']>(connection, row.answer, { name: 'answer', session })
  return { digest: row.digest.toString('hex'), answer }
}

/** Keeps an answer for as long as the session. It holds ids, places and hashes, never a record. */
export function insertOperation(
  connection: Connection,
  session: number,
  key: string,
  { digest, answer }: Operation,
): void {
  insertSealed(connection, INSERT, session, key, Buffer.from(digest, 'hex'), JSON.stringify(answer))
}
