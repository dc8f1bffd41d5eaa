import { SCHEMA } from '../file/schema.ts'
import { sealedColumns, sealOf, type Value } from '../file/seal.ts'
import { columnsOf, faultIn, type Row } from './row-rules.ts'

/** Columns that no seal covers and a check needs. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  entry: ['record'],
  held: ['record'],
  tip: ['minute'],
}

/** Every table of a store. */
export const TABLES: readonly string[] = [...SCHEMA]
  .filter(([, sql]) => sql.startsWith('CREATE TABLE'))
  .map(([name]) => name)

/** The columns that order a table's rows. */
export function keysOf(table: string): readonly string[] {
  const sql = SCHEMA.get(table) ?? ''
  const several = sql.match(/PRIMARY KEY \(([^)]+)\)/)?.[1]
  const one = sql.match(/^ {2}([a-z_]+) (?:INTEGER|TEXT) PRIMARY KEY/m)?.[1]
  return several?.split(', ') ?? [one ?? 'rowid']
}

/** How the rows of one table are checked, given in the order of {@link RowCheck.columns} behind their keys. */
export class RowCheck {
  readonly table: string
  readonly keys: readonly string[]
  /** The sealed columns, the seal, and what else is needed. */
  readonly columns: readonly string[]
  readonly #sealed: number
  readonly #isWhole: boolean
  readonly #at: ReadonlyMap<string, number>

  /** `isWhole`: whether each row has a seal, or only those that were written since it was one of schema 1. */
  constructor(table: string, isWhole: boolean) {
    this.table = table
    this.keys = keysOf(table)
    const sealed = sealedColumns(table)
    this.columns = [...sealed, 'seal', ...(MORE[table] ?? [])]
    this.#sealed = sealed.length
    this.#isWhole = isWhole
    this.#at = new Map([...this.keys, ...this.columns].map((name, i) => [name, i]))
  }

  /** A row's values by column. */
  read(row: readonly Value[]): Row {
    return (column) => row[this.#at.get(column) ?? -1] ?? null
  }

  /** What is wrong with a row's values, without any of them; null where nothing is. */
  faultIn(row: readonly Value[]): string | null {
    return faultIn(this.table, this.read(row)) ?? (this.isSealed(row) ? null : 'is not what was written')
  }

  /** Whether the row is the one that was written. */
  isSealed(row: readonly Value[]): boolean {
    const from = this.keys.length
    const seal = row[from + this.#sealed]
    if (seal === null) return !this.#isWhole
    return seal === sealOf(...row.slice(from, from + this.#sealed))
  }
}

/** Whether a table has a column. */
export function hasColumn(table: string, column: string): boolean {
  return columnsOf(table).some(({ name }) => name === column)
}
