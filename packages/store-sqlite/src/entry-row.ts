import type { Entry, EntryRange, Provenance } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { entryId, entryKey } from './schema.ts'

type EntryRow = readonly [
  key: number,
  kind: string,
  at: number | null,
  writer: string,
  idempotencyKey: string | null,
  hash: Buffer,
  provenance: string | null,
  record: string,
]

const READ = `SELECT key, kind, at, writer, idempotency_key, hash, provenance, record
  FROM entry WHERE key BETWEEN ? AND ? ORDER BY key`
const INSERT = `INSERT INTO entry (key, kind, at, writer, idempotency_key, hash, provenance, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
const INSERT_KEY = 'INSERT INTO entry_key (session, idempotency_key, id) VALUES (?, ?, ?)'
const BY_KEY = 'SELECT id FROM entry_key WHERE session = ? AND idempotency_key = ?'

/** An entry without its place. */
export type StoredEntry = Omit<Entry, 'seq'>

/** An entry that is ready to be written. */
export interface PreparedEntry {
  readonly kind: string
  readonly at: number | null
  readonly writer: string
  readonly idempotencyKey: string | null
  /** 64 hex digits. */
  readonly hash: string
  /** JSON. */
  readonly provenance: string | null
  readonly record: string
}

/** Reads a range in order and gives each entry to `take`, until that says false. Says how many it gave. */
export function readEntries(
  connection: Connection,
  range: EntryRange,
  take: (entry: StoredEntry) => boolean,
): number {
  let taken = 0
  const rows = connection
    .raw(READ)
    .iterate(entryKey(range.owner, range.first), entryKey(range.owner, range.last))
  for (const row of rows) {
    taken++
    if (!take(entryOf(row as unknown as EntryRow))) break
  }
  return taken
}

/** Writes an entry. Its idempotency key is written apart: see {@link insertKey}. */
export function insertEntry(connection: Connection, session: number, id: number, entry: PreparedEntry): void {
  connection.run(
    INSERT,
    entryKey(session, id),
    entry.kind,
    entry.at,
    entry.writer,
    entry.idempotencyKey,
    Buffer.from(entry.hash, 'hex'),
    entry.provenance,
    entry.record,
  )
}

/** Takes an idempotency key for an entry, for as long as the session exists (S4). */
export function insertKey(connection: Connection, session: number, key: string, id: number): void {
  connection.run(INSERT_KEY, session, key, id)
}

/** The id of the entry that has an idempotency key in a session, or null. */
export function findKey(connection: Connection, session: number, key: string): number | null {
  return connection.get<{ id: number }>(BY_KEY, session, key)?.id ?? null
}

function entryOf(row: EntryRow): StoredEntry {
  const [key, kind, at, writer, idempotencyKey, hash, provenance, record] = row
  return {
    id: entryId(key),
    kind,
    idempotencyKey,
    at,
    record,
    hash: hash.toString('hex'),
    writer,
    provenance: provenance === null ? null : (JSON.parse(provenance) as Provenance),
  }
}
