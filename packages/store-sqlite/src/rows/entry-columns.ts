import type { Provenance, Redaction } from '@faircopy/store-core'
import type { EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { entryKey } from '../file/schema.ts'

/** Values of some entries, by their places in the range. */
type ByPlace<T> = Readonly<Record<number, T>>

/** The entries of a range as columns, each in the order of their ids. */
export interface EntryColumns {
  readonly records: readonly string[]
  /** Of those that are no `message`. */
  readonly otherKinds: ByPlace<string>
  readonly times: readonly (number | null)[]
  /** The writer of the first one. */
  readonly writer: string
  /** Of those that another one wrote. */
  readonly otherWriters: ByPlace<string>
  readonly idempotencyKeys: readonly (string | null)[]
  /** 64 hex digits each, one right behind the other. */
  readonly hashes: string
  /** Of those that have one. */
  readonly provenances: ByPlace<Provenance>
  /** Of those that were redacted. */
  readonly redactions: ByPlace<Redaction>
}

type ColumnsRow = readonly [
  bytes: number,
  offsets: number | null,
  writer: string,
  otherKinds: string,
  times: string,
  otherWriters: string,
  idempotencyKeys: string,
  hashes: Buffer | null,
  provenances: string,
  redactions: string,
]

const HASH_BYTES = 32
const RECORDS = 'SELECT record FROM entry WHERE key BETWEEN ? AND ? ORDER BY key'
/**
 * What is nearly always the same is told where it differs. The table has no index, so that an aggregate sees its rows by key; an ORDER BY of its own would sort them again. The driver binds
 * every number as a REAL, which must not become the name of a place.
 */
const COLUMNS = `SELECT total(octet_length(record)), sum(key - ?), (SELECT writer FROM entry WHERE key = ?),
  json_group_object(CAST(key - ? AS INTEGER), kind) FILTER (WHERE kind <> 'message'),
  json_group_array(at),
  json_group_object(CAST(key - ? AS INTEGER), writer) FILTER (WHERE writer <> (SELECT writer FROM entry WHERE key = ?)),
  json_group_array(idempotency_key),
  CAST(group_concat(hash, '') AS BLOB),
  json_group_object(CAST(key - ? AS INTEGER), json(provenance)) FILTER (WHERE provenance IS NOT NULL),
  json_group_object(CAST(key - ? AS INTEGER), json_object('at', redacted_at, 'hash', lower(hex(redacted_hash))))
    FILTER (WHERE redacted_at IS NOT NULL)
  FROM entry WHERE key BETWEEN ? AND ?`

/**
 * Reads a range as columns: the driver takes as long for each value that it hands over as SQLite does to read it, so what
 * is short comes as one value for all entries. `long` where their texts have more than so many bytes; those are not read
 * then. Null where they are damaged: an id has no entry, a hash is not one, a provenance is no JSON;
 * they are read one by one then, which tells which it is.
 */
export function readColumns(
  connection: Connection,
  { owner, first, last }: EntryRange,
  most: number,
): EntryColumns | 'long' | null {
  const from = entryKey(owner, first)
  const to = entryKey(owner, last)
  const row = readRow(connection, from, to)
  if (!row) return null
  const [bytes, offsets, writer, otherKinds, times, otherWriters, idempotencyKeys, hashes, ...more] = row
  const [provenances, redactions] = more
  const count = to - from + 1
  if (hashes?.length !== count * HASH_BYTES || offsets !== (count * (count - 1)) / 2) return null
  if (bytes > most) return 'long'
  const records = connection.values<string>(RECORDS).all(from, to)
  const columns = [otherKinds, times, otherWriters, idempotencyKeys, provenances, redactions].map(jsonValue)
  if (columns.includes(undefined) || !records.every((record) => typeof record === 'string')) return null
  return {
    records,
    otherKinds: columns[0] as ByPlace<string>,
    times: columns[1] as (number | null)[],
    writer,
    otherWriters: columns[2] as ByPlace<string>,
    idempotencyKeys: columns[3] as (string | null)[],
    hashes: hashes.toString('hex'),
    provenances: columns[4] as ByPlace<Provenance>,
    redactions: columns[5] as ByPlace<Redaction>,
  }
}

/** The value of a text that SQLite made of a column; undefined where what is in the column let it make none. */
function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readRow(connection: Connection, from: number, to: number): ColumnsRow | null {
  try {
    return connection
      .raw(COLUMNS)
      .get(from, from, from, from, from, from, from, from, to) as unknown as ColumnsRow
  } catch (error) {
    // What json() says of text that is none.
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_ERROR') return null
    throw error
  }
}
