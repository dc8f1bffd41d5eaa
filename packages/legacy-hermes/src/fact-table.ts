import type Database from 'better-sqlite3'
import { columnsOf, quoted } from './columns.ts'
import { isDamage } from './driver.ts'
import type { SqlValue } from './message-row.ts'
import { sqlJson } from './row-record.ts'
import type { RowRuns } from './rows-by-session.ts'

/** A row of another table: its columns by name, NULLs left out. */
export type SqlRow = ReadonlyMap<string, SqlValue>

/** A row as far as it is read and kept. */
export interface FactRow {
  readonly row: SqlRow
  /** In words, what of it could not be read. */
  readonly unread: readonly string[]
  /** In words, what of it is too large to be kept. */
  readonly large: readonly string[]
}

/** What a row may take as JSON: a quarter of what the `meta` of a session holds. */
const MOST_ROW_BYTES = 256 * 1024

/** A table that tells something about sessions, read by its row ids, column by column where it is damaged. */
export class FactTable {
  readonly columns: readonly string[]
  readonly #database: Database.Database
  readonly #table: string
  readonly #whole: Database.Statement<[number], SqlValue[]>

  private constructor(database: Database.Database, table: string, columns: readonly string[]) {
    this.columns = columns
    this.#database = database
    this.#table = quoted(table)
    this.#whole = this.#prepare(columns)
  }

  /** Null where there is no such table with row ids, or it lacks a column. */
  static find(database: Database.Database, table: string, column: string): FactTable | null {
    const columns = columnsOf(database, table)?.map(({ name }) => name) ?? []
    return columns.includes(column) ? new FactTable(database, table, columns) : null
  }

  /** The row ids in some runs. */
  *rowIds(runs: RowRuns): Generator<number, void, undefined> {
    const next = this.#database
      .prepare<[number, number], number>(
        `SELECT rowid FROM ${this.#table} NOT INDEXED WHERE rowid >= ? AND rowid <= ? ORDER BY rowid LIMIT 1`,
      )
      .pluck()
    for (let i = 0; i < runs.length; i += 2) {
      const [from = 0, to = from] = runs.slice(i, i + 2)
      if (from === to) yield from
      else for (let id = next.get(from, to); id !== undefined; id = next.get(id + 1, to)) yield id
    }
  }

  /** A row; null where there is none. What is too large to be kept, or can't be read, is named. */
  row(rowId: number): FactRow | null {
    const values = this.#read(this.#whole, rowId)
    if (values === undefined) return null
    if (values) return keptOf(this.columns, values)
    const unread: string[] = []
    const kept: SqlValue[] = []
    for (const name of this.columns) {
      const value = this.#read(this.#prepare([name]), rowId)
      if (!value) unread.push(`its column ${name} could not be read`)
      kept.push(...(value ?? [null, null]))
    }
    if (unread.length === this.columns.length)
      return { row: new Map(), unread: ['it could not be read'], large: [] }
    return { ...keptOf(this.columns, kept), unread }
  }

  /** Of each column its bytes and its value. Null: it can't be read. */
  #read(statement: Database.Statement<[number], SqlValue[]>, rowId: number): SqlValue[] | null | undefined {
    try {
      return statement.get(rowId)
    } catch (error) {
      if (!isDamage(error)) throw error
      return null
    }
  }

  #prepare(columns: readonly string[]): Database.Statement<[number], SqlValue[]> {
    const wanted = columns.map(quoted).map((name) => `octet_length(${name}), ${limited(name)}`)
    return this.#database
      .prepare<[number], SqlValue[]>(
        `SELECT ${wanted.join(', ')} FROM ${this.#table} NOT INDEXED WHERE rowid = ?`,
      )
      .raw()
      .safeIntegers()
  }
}

/** A column, or NULL where it is larger than a row may be. */
export function limited(column: string): string {
  return `CASE WHEN octet_length(${column}) <= ${MOST_ROW_BYTES} THEN ${column} END`
}

/** Leaves out what is too large, the largest first, until the rest can be kept. */
export function withinLimit({ row, unread, large }: FactRow): FactRow {
  const sizes = [...row].map(([name, value]): [string, number] => [
    name,
    Buffer.byteLength(JSON.stringify(name)) + Buffer.byteLength(sqlJson(value).text) + 2,
  ])
  let total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0)
  const kept = new Map(row)
  const left: string[] = []
  for (const [name, bytes] of sizes.sort(([, a], [, b]) => b - a)) {
    if (total <= MOST_ROW_BYTES) break
    kept.delete(name)
    left.push(tooLarge(name, bytes))
    total -= bytes
  }
  return { row: kept, unread, large: [...large, ...left] }
}

/** Says that a column is too large to be kept. */
export function tooLarge(column: string, bytes: SqlValue): string {
  return `its column ${column} has ${bytes} bytes, more than is kept of it`
}

function keptOf(columns: readonly string[], values: readonly SqlValue[]): FactRow {
  const large: string[] = []
  const row = new Map<string, SqlValue>()
  for (const [i, name] of columns.entries()) {
    const [bytes = null, value = null] = values.slice(2 * i, 2 * i + 2)
    if (value !== null) row.set(name, value)
    else if (bytes !== null) large.push(tooLarge(name, bytes))
  }
  return withinLimit({ row, unread: [], large })
}
