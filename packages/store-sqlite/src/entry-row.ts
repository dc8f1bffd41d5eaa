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

const COLUMNS = 'key, kind, at, writer, idempotency_key, hash, provenance, record'
const READ = {
  forward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key`,
  backward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key DESC`,
} as const
const INSERT = `INSERT INTO entry (key, kind, at, writer, idempotency_key, hash, provenance, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
const INSERT_KEY = 'INSERT INTO entry_key (session, idempotency_key, id) VALUES (?, ?, ?)'
const BY_KEY = 'SELECT id FROM entry_key WHERE session = ? AND idempotency_key = ?'

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

/** The way in which entries are read. */
export type Direction = 'forward' | 'backward'

/**
 * Reads a range in one direction, until `take` says false. `seq` is the place of the first one read, or null for
 * entries that have none. Says how many were read.
 */
export function readEntries<Seq extends number | null>(
  connection: Connection,
  range: EntryRange,
  direction: Direction,
  seq: Seq,
  take: (entry: Omit<Entry, 'seq'> & { readonly seq: Seq }) => boolean,
): number {
  const step = direction === 'forward' ? 1 : -1
  let taken = 0
  const rows = connection
    .raw(READ[direction])
    .iterate(entryKey(range.owner, range.first), entryKey(range.owner, range.last))
  for (const row of rows) {
    const place = (seq === null ? null : seq + step * taken) as Seq
    taken++
    if (!take(entryOf(row as unknown as EntryRow, place))) break
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

function entryOf<Seq extends number | null>(
  row: EntryRow,
  seq: Seq,
): Omit<Entry, 'seq'> & { readonly seq: Seq } {
  const provenance = row[6]
  return {
    id: entryId(row[0]),
    seq,
    kind: row[1],
    idempotencyKey: row[4],
    at: row[2],
    record: row[7],
    hash: row[5].toString('hex'),
    writer: row[3],
    provenance: provenance === null ? null : (JSON.parse(provenance) as Provenance),
  }
}
