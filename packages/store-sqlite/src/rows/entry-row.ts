import type { Entry, Provenance } from '@faircopy/store-core'
import type { CheckedEntry, EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { Hex, sealOf } from '../file/seal.ts'
import { damaged } from './damage.ts'
import { type EntryColumns, readColumns } from './entry-columns.ts'
import { jsonOf } from './json-column.ts'
import { lengthOf } from './ranges.ts'

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

/** Fewer entries than these are read faster row by row than as columns. */
const MANY = 24
const HASH_DIGITS = 64
/** Where a row has its record. */
const RECORD = 8
/** Hashes come as text: a Buffer for each row costs more than everything else of it. */
const COLUMNS = `key, kind, at, writer, idempotency_key, lower(hex(hash)), provenance,
  CASE WHEN redacted_at IS NOT NULL THEN redacted_at || ' ' || lower(hex(redacted_hash)) END,
  CASE WHEN octet_length(record) <= ? THEN record END`
const READ = {
  forward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key`,
  backward: `SELECT ${COLUMNS} FROM entry WHERE key BETWEEN ? AND ? ORDER BY key DESC`,
} as const
const BYTES = 'SELECT total(octet_length(record)) FROM entry WHERE key BETWEEN ? AND ?'
const INSERT = `INSERT INTO entry (key, kind, at, writer, idempotency_key, hash, provenance, record, seal)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** An entry and its place in what is read, if it has one there. */
type PlacedEntry<Seq> = Omit<Entry, 'seq'> & { readonly seq: Seq }

/** The way in which entries are read. */
export type Direction = 'forward' | 'backward'

/**
 * Reads the entries of a range in one direction. `seq` is the place of the first one read, or null for entries that
 * have none. `bytes`: no more text than that, but for one entry that has more; then those that come first are read. An
 * entry that cannot be read is `StoreCorrupt` that names `session`, the one that contains it.
 */
export function readEntries<Seq extends number | null>(
  connection: Connection,
  range: EntryRange,
  direction: Direction,
  seq: Seq,
  { bytes = ALL_BYTES, session = range.owner }: { readonly bytes?: number; readonly session?: number } = {},
): PlacedEntry<Seq>[] {
  const { first, last } = range
  const count = last - first + 1
  const step = direction === 'forward' ? 1 : -1
  const seqAt = (i: number) => (seq === null ? null : seq + step * i) as Seq
  const columns = count < MANY ? null : readColumns(connection, range, bytes)
  if (columns !== null && columns !== 'long') {
    return columns.records.map((_, i) => {
      const place = direction === 'forward' ? i : columns.records.length - 1 - i
      return entryAt(columns, place, first + place, seqAt(i))
    })
  }
  const rows = columns === null ? readRows(connection, range, direction, bytes) : 'long'
  if (rows === 'long') {
    const part = boundRange(connection, range, direction, { entries: count, bytes })
    return readEntries(connection, part, direction, seq, { session })
  }
  let before = direction === 'forward' ? first - 1 : last + 1
  return rows.map((row, i) => {
    const entry = entryOf(connection, row, seqAt(i), session)
    const isNext = seq === null ? (entry.id - before) * step > 0 : entry.id === before + step
    // A list that names an entry which is not there is told by its readers, who know more of it.
    if (!isNext && rows.length === lengthOf(range))
      throw damaged(connection, session, 'the id of an entry', entry.id)
    before = entry.id
    return entry
  })
}

const ALL_BYTES = Number.MAX_SAFE_INTEGER

/** `long` where a text is longer than each may be if all are to have no more than so many bytes. */
function readRows(
  connection: Connection,
  { owner, first, last }: EntryRange,
  direction: Direction,
  bytes: number,
): readonly EntryRow[] | 'long' {
  const most = bytes / (last - first + 1)
  const rows = connection.raw(READ[direction]).all(most, entryKey(owner, first), entryKey(owner, last))
  return bytes < ALL_BYTES && rows.some((row) => row[RECORD] === null)
    ? 'long'
    : (rows as unknown as readonly EntryRow[])
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
export function insertEntry(connection: Connection, session: number, id: number, entry: CheckedEntry): void {
  const { kind, at, writer, idempotencyKey, provenance, record } = entry
  const told = [entryKey(session, id), kind, at, writer, idempotencyKey] as const
  const seal = sealOf(...told, new Hex(entry.hash), provenance, null, null)
  connection.run(INSERT, ...told, Buffer.from(entry.hash, 'hex'), provenance, record, seal)
}

function entryOf<Seq extends number | null>(
  connection: Connection,
  row: EntryRow,
  seq: Seq,
  session: number,
): PlacedEntry<Seq> {
  const id = entryId(row[0])
  if (typeof row[RECORD] !== 'string' || row[5].length !== HASH_DIGITS)
    throw damaged(connection, session, 'an entry', id)
  const entry = {
    id,
    seq,
    kind: row[1],
    idempotencyKey: row[4],
    at: row[2],
    record: row[RECORD],
    hash: row[5],
    writer: row[3],
    provenance:
      row[6] === null
        ? null
        : jsonOf<Provenance>(connection, row[6], { name: 'provenance', session, entry: id }),
  }
  return row[7] === null ? entry : { ...entry, redaction: redactionOf(row[7]) }
}

/** The entry at a place of columns, counted from 0. */
function entryAt<Seq extends number | null>(
  columns: EntryColumns,
  place: number,
  id: number,
  seq: Seq,
): PlacedEntry<Seq> {
  const redaction = columns.redactions[place]
  const entry = {
    id,
    seq,
    kind: columns.otherKinds[place] ?? 'message',
    idempotencyKey: columns.idempotencyKeys[place] as string | null,
    at: columns.times[place] as number | null,
    record: columns.records[place] as string,
    hash: columns.hashes.slice(place * HASH_DIGITS, (place + 1) * HASH_DIGITS),
    writer: columns.otherWriters[place] ?? columns.writer,
    provenance: columns.provenances[place] ?? null,
  }
  return redaction ? { ...entry, redaction } : entry
}

function redactionOf(text: string): NonNullable<Entry['redaction']> {
  const [at = '', hash = ''] = text.split(' ')
  return { at: Number(at), hash }
}
