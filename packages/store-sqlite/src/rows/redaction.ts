import type { Redaction } from '@faircopy/store-core'
import type { EntryAddress, StoredText } from '@faircopy/store-core/backend'
import { entryHash } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { entryKey } from '../file/schema.ts'
import { resealStatement, type Value } from '../file/seal.ts'
import { isSealed } from '../file/sealed-row.ts'
import { insertChange } from './change-log.ts'
import { damaged } from './damage.ts'

const ONE = `SELECT key, kind, at, writer, idempotency_key, hash, provenance, redacted_at, redacted_hash, seal, record FROM entry
  WHERE key = ?`
const REDACT = 'UPDATE entry SET record = ?, redacted_at = ?, redacted_hash = ? WHERE key = ?'
const RESEAL = resealStatement('entry', 'key = ?')

interface Row {
  readonly kind: string
  readonly at: number | null
  readonly hash: Buffer
  readonly redacted_hash: Buffer | null
  readonly seal: number | null
  readonly record: string
}

/**
 * What an entry says by now, by its owner's number. What is written over gets a new seal and a new hash, so it has to be what
 * was written: else `StoreCorrupt`.
 */
export function readText(connection: Connection, { owner, id }: EntryAddress): StoredText {
  const row = connection.get<Row>(ONE, entryKey(owner, id))
  if (!row || !isAsWritten(connection, row)) throw damaged(connection, owner, 'an entry', id)
  const { kind, at, record } = row
  return { owner, id, kind, at, record }
}

function isAsWritten(connection: Connection, { seal, record, ...told }: Row): boolean {
  const { kind, at, hash, redacted_hash } = told
  return (
    isSealed(connection, seal, ...Object.values<Value>(told)) &&
    entryHash(kind, at, record) === (redacted_hash ?? hash).toString('hex')
  )
}

/** The entry says less and keeps its hash; what it contains now has a hash of its own. */
export function writeText(
  connection: Connection,
  { owner, id }: EntryAddress,
  record: string,
  { at, hash }: Redaction,
): void {
  const key = entryKey(owner, id)
  connection.run(REDACT, record, at, Buffer.from(hash, 'hex'), key)
  connection.run(RESEAL, key)
  insertChange(connection, { session: owner, what: 'redacted', first: id, last: id })
}
