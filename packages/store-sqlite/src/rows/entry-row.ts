import type { Entry, EntryRange, Provenance } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'

type EntryRow = readonly [
  key: number,
  kind: string,
  at: number | null,
  writer: string,
  idempotencyKey: string | null,
  hash: string,
  provenance: string | null,
  redaction: string | null,
  record: string,
]

/** Hashes come as text: a Buffer for each row costs more than everything else of it. */
const COLUMNS = `key, kind, at, writer, idempotency_key, lower(hex(hash)), provenance,
  CASE WHEN redacted_at IS NOT NULL THEN redacted_at || ' ' || lower(hex(redacted_hash)) END, record`
const READ = {
  forward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key`,
  backward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key DESC`,
} as const
const BYTES = 'SELECT total(octet_length(record)) FROM entry WHERE key BETWEEN ? AND ?'
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
 * Reads the entries of a range in one direction. `seq` is the place of the first one read, or null for entries that
 * have none. Callers bound the range: see {@link boundRange}.
 */
export function readEntries<Seq extends number | null>(
  connection: Connection,
  { owner, first, last }: EntryRange,
  direction: Direction,
  seq: Seq,
): (Omit<Entry, 'seq'> & { readonly seq: Seq })[] {
  const step = direction === 'forward' ? 1 : -1
  const rows = connection.raw(READ[direction]).all(entryKey(owner, first), entryKey(owner, last))
  return rows.map((row, i) =>
    entryOf(row as unknown as EntryRow, (seq === null ? null : seq + step * i) as Seq),
  )
}

/**
 * The part of a range that comes first in a direction and has at most so many entries and so many bytes of text; one
 * entry at least. The texts themselves are not read for that.
 */
export function boundRange(
  connection: Connection,
  range: EntryRange,
  direction: Direction,
  most: { readonly entries: number; readonly bytes: number },
): EntryRange {
  for (let count = Math.min(most.entries, range.last - range.first + 1); ; count = Math.floor(count / 2)) {
    const part =
      direction === 'forward'
        ? { ...range, last: range.first + count - 1 }
        : { ...range, first: range.last - count + 1 }
    if (count === 1) return part
    const [bytes] = connection
      .raw(BYTES)
      .get(entryKey(part.owner, part.first), entryKey(part.owner, part.last)) as [number]
    if (bytes <= most.bytes) return part
  }
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
  const entry = {
    id: entryId(row[0]),
    seq,
    kind: row[1],
    idempotencyKey: row[4],
    at: row[2],
    record: row[8],
    hash: row[5],
    writer: row[3],
    provenance: row[6] === null ? null : (JSON.parse(row[6]) as Provenance),
  }
  return row[7] === null ? entry : { ...entry, redaction: redactionOf(row[7]) }
}

function redactionOf(text: string): NonNullable<Entry['redaction']> {
  const [at = '', hash = ''] = text.split(' ')
  return { at: Number(at), hash }
}
