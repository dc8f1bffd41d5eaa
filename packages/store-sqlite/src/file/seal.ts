import { crc32 } from 'node:zlib'
import { SCHEMA } from './schema.ts'

/** What a column can hold. */
export type Value = string | number | Uint8Array | null

/** Bytes as the hex digits that they have, where those are at hand: none need be made of them only to be summed. */
export class Hex {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }
}

/** Bytes up to this many are taken into the text that is summed; longer ones are summed as they are. */
const SHORT_BYTES = 64

/** Columns that no seal covers: what a number is was not decided yet, or something else tells that it is wrong. */
const UNSEALED: readonly string[] = [
  // The hash of an entry covers its record, and what a minute is follows from a time.
  'record',
  'minute',
  'seal',
]

/**
 * The check value of a row (S22, S25): the CRC-32 of its columns, each with its type and length. It tells a row that a
 * disk changed from the one that was written; it is no proof against somebody who means to deceive.
 */
export function sealOf(...values: readonly (Value | Hex)[]): number {
  let sum = 0
  let text = ''
  for (const value of values) {
    if (value === null) text += 'n;'
    else if (typeof value === 'number') text += `i${value};`
    else if (typeof value === 'string') text += `s${value.length}:${value}`
    else if (value instanceof Hex) text += `b${value.digits.length / 2}:${value.digits}`
    else if (value.length <= SHORT_BYTES) text += `b${value.length}:${hexOf(value)}`
    else {
      sum = crc32(value, crc32(`${text}b${value.length}:`, sum))
      text = ''
    }
  }
  return crc32(text, sum)
}

/** A statement that inserts a whole row: every sealed column, in its order, and the seal. */
export function insertStatement(table: string, or: '' | 'OR REPLACE' = ''): string {
  const columns = [...sealedColumns(table), 'seal']
  return `INSERT ${or} INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
}

/** The seal of a row as SQL has it, for a row that is made or changed there. */
export function sealSql(table: string, values: Readonly<Record<string, string>> = {}): string {
  return `seal(${sealedColumns(table)
    .map((column) => values[column] ?? column)
    .join(', ')})`
}

/** A statement that seals rows anew after some of their columns were changed, in the same transaction. */
export function resealStatement(table: string, where: string): string {
  return `UPDATE ${table} SET seal = ${sealSql(table)} WHERE ${where}`
}

/** The columns that a row's seal covers, in the order of the schema. */
export function sealedColumns(table: string): readonly string[] {
  let columns = known.get(table)
  if (!columns) {
    columns = columnsOf(SCHEMA.get(table) ?? '').filter((column) => !UNSEALED.includes(column))
    known.set(table, columns)
  }
  return columns
}

const known = new Map<string, readonly string[]>()

/** The columns in a table's text, but for a number that SQLite gives to the row. */
function columnsOf(sql: string): string[] {
  return [...sql.matchAll(/^ {2}(?!number INTEGER PRIMARY KEY)([a-z_]+) (?:INTEGER|TEXT|BLOB)/gm)].map(
    ([, name]) => name as string,
  )
}

function hexOf(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('hex')
}
