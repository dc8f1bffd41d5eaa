import { randomBytes } from 'node:crypto'
import type { Connection } from './connection.ts'
import { resealStatement, sealOf, type Value } from './seal.ts'

/** What the store's one row tells of the file that it lies in. */
export interface StoreRow {
  readonly id: string
  readonly beacon: number
  /** How many frames the log had when the beacon was written. */
  readonly beaconFrame: number
  /** Null in a file of schema 1. */
  readonly mark: string | null
  /** The mark and the beacon of the main file that the log was begun over. */
  readonly logBase: string | null
}

/** `store` is the first table of the schema, so its one page is always the second of the file. */
export const STORE_PAGE = 2
/** The row is the only one of its page and lies at its very end, within one sector: no torn write tears it. */
export const STORE_ROW_BYTES = 512

/** A new mark of the main file: which state of it a log builds on. Never the same twice. */
export function newMark(): string {
  return randomBytes(8).toString('hex')
}

/** Marks a log that begins: over which state of the main file, and that what it makes of it is a new one. */
export const BEGIN_LOG = `UPDATE store SET log_base = mark || ':' || beacon, mark = ? WHERE one = 1`

/** Seals the row after it was changed, in the same transaction. */
export const RESEAL_STORE: string = resealStatement('store', 'one = 1')

const SHAPE_1 = ['id', 'created_at', 'beacon', 'beacon_frame']
const SHAPE_2 = [...SHAPE_1, 'mark', 'log_base', 'partly_sealed', 'seal']

/** Reads the row in a connection's view; null where there is none. Reads a file of any schema. */
export function readStoreRow(connection: Connection): StoreRow | null {
  const row = connection.get<Record<string, Value>>('SELECT * FROM store WHERE one = 1')
  return row ? rowOf(row) : null
}

/** The id of the store, by which its cursors are known (S19); empty where there is none. */
export function readStoreId(connection: Connection): string {
  return connection.get<{ id: string }>('SELECT id FROM store WHERE one = 1')?.id ?? ''
}

/**
 * Finds the row in the last bytes of its page, as they lie in the main file. Null where no row that its seal confirms
 * ends there.
 */
export function parseStoreRow(bytes: Buffer): StoreRow | null {
  for (let at = bytes.length - 1; at >= 0; at--) {
    const values = parseCell(bytes, at)
    if (!values) continue
    const shape = values.length === SHAPE_1.length ? SHAPE_1 : SHAPE_2
    if (values.length !== shape.length) continue
    const row = Object.fromEntries(shape.map((name, i) => [name, values[i] as Value]))
    if (shape === SHAPE_2 && sealOf(1, ...values.slice(0, -1)) !== row['seal']) continue
    if (/^[0-9a-f]{32}$/.test(String(row['id']))) return rowOf(row)
  }
  return null
}

/** Whether a log that shows `seen` was written over a main file that has `raw` (S21). */
export function belongsTo(raw: StoreRow, seen: StoreRow): boolean {
  if (raw.id !== seen.id) return false
  // A file of schema 1: only the log that upgrades it, or one of schema 1, can be over it.
  if (raw.mark === null) return seen.logBase === null
  // The log, or a part of it, was taken in; every checkpoint is announced by a higher beacon in the log.
  if (raw.mark === seen.mark) return raw.beacon <= seen.beacon
  return seen.logBase === `${raw.mark}:${raw.beacon}`
}

function rowOf(row: Readonly<Record<string, Value>>): StoreRow {
  return {
    id: String(row['id']),
    beacon: Number(row['beacon']),
    beaconFrame: Number(row['beacon_frame']),
    mark: (row['mark'] ?? null) as string | null,
    logBase: (row['log_base'] ?? null) as string | null,
  }
}

/** The values behind the key of a row with key 1 that ends with the bytes, or null where none begins at `at`. */
function parseCell(bytes: Buffer, at: number): Value[] | null {
  const length = varint(bytes, at)
  if (!length) return null
  const key = varint(bytes, length.next)
  if (key?.value !== 1 || key.next + length.value !== bytes.length) return null
  const header = varint(bytes, key.next)
  if (!header) return null
  const end = key.next + header.value
  const types: number[] = []
  for (let next = header.next; next < end; ) {
    const type = varint(bytes, next)
    if (!type) return null
    types.push(type.value)
    next = type.next
  }
  // The key itself is stored as null.
  if (types.shift() !== 0) return null
  const values: Value[] = []
  let from = end
  for (const type of types) {
    const size = sizeOf(type)
    if (size === null || from + size > bytes.length) return null
    values.push(decoded(bytes, from, type, size))
    from += size
  }
  return from === bytes.length ? values : null
}

function varint(bytes: Buffer, at: number): { readonly value: number; readonly next: number } | null {
  let value = 0
  for (let next = at; next < bytes.length && next < at + 4; ) {
    const byte = bytes.readUInt8(next++)
    value = value * 128 + (byte & 127)
    if (byte < 128) return { value, next }
  }
  return null
}

/** The integers' sizes by their serial type; a text of n bytes is 13 + 2n. */
const INTEGER_SIZES: readonly number[] = [0, 1, 2, 3, 4, 6, 8]

function sizeOf(type: number): number | null {
  if (type === 8 || type === 9) return 0
  if (type < INTEGER_SIZES.length) return INTEGER_SIZES[type] as number
  return type >= 13 && type % 2 === 1 ? (type - 13) / 2 : null
}

function decoded(bytes: Buffer, from: number, type: number, size: number): Value {
  if (type === 0) return null
  if (type === 8 || type === 9) return type - 8
  if (type >= 13) return bytes.toString('utf8', from, from + size)
  return size === 8 ? Number(bytes.readBigInt64BE(from)) : bytes.readIntBE(from, size)
}
