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
  redactedAt: number | null,
  redactedHash: Buffer | null,
  record: string,
]

const COLUMNS = 'key, kind, at, writer, idempotency_key, hash, provenance, redacted_at, redacted_hash, record'
const READ = {
  forward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key`,
  backward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key DESC`,
} as const
const INSERT = `INSERT INTO entry (key, kind, at, writer, idempotency_key, hash, provenance, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
/** An entry that is ready to be written. */
export interface PreparedEntry {
  readonly kind: string
  readonly at: number | null
  readonly writer: string
  readonly idempotencyKey: string | null
  /** The key of an entry that says the same; where the session has it, this one is linked to it and not stored. */
  readonly correlation?: string
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

/** Writes an entry. Its idempotency key is written apart: see `takeKey`. */
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

function entryOf<Seq extends number | null>(
  row: EntryRow,
  seq: Seq,
): Omit<Entry, 'seq'> & { readonly seq: Seq } {
  const [, , , , , , provenance, redactedAt, redactedHash] = row
  return {
    id: entryId(row[0]),
    seq,
    kind: row[1],
    idempotencyKey: row[4],
    at: row[2],
    record: row[9],
    hash: row[5].toString('hex'),
    writer: row[3],
    provenance: provenance === null ? null : (JSON.parse(provenance) as Provenance),
    ...(redactedAt !== null &&
      redactedHash && { redaction: { at: redactedAt, hash: redactedHash.toString('hex') } }),
  }
}
