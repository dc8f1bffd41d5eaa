import type { Connection } from '../file/connection.ts'

/** An index by text that decides what there is. All in it are constants of this package. */
export interface Lookup {
  readonly table: string
  /** Its columns, in their order. */
  readonly columns: readonly string[]
  /** The column that names the row it leads to. */
  readonly key: string
  /** What it is limited to, as the schema has it. */
  readonly where: string
}

type Step = readonly [key: number, ...columns: (string | null)[]]

/**
 * Whether an index that leads to no row for these values may be believed. A search that a damaged step of the index leads
 * astray ends beside that step: so what stands before and behind the place where it ended must lead to rows that say the
 * same, and one to the other. Cost: five look-ups.
 */
export function checkAbsent(connection: Connection, lookup: Lookup, values: readonly string[]): boolean {
  const statements = statementsOf(lookup)
  const next = (sql: string, from: readonly (string | null)[]): Step | undefined =>
    connection.raw(sql).get(...from) as Step | undefined
  const before = next(statements.before, values)
  const behind = next(statements.at, values)
  const isSound = (step: Step | undefined): boolean => {
    if (!step) return true
    const [key, ...columns] = step
    const row = next(statements.row, [key as never])
    return row !== undefined && columns.every((column, i) => column === row[i + 1])
  }
  const follows = before ? next(statements.behind, before.slice(1) as string[]) : behind
  return isSound(before) && isSound(behind) && follows?.[0] === behind?.[0]
}

interface Statements {
  readonly before: string
  /** From the place itself on, where others can have the same values. */
  readonly at: string
  readonly behind: string
  readonly row: string
}

const known = new Map<Lookup, Statements>()

function statementsOf(lookup: Lookup): Statements {
  let statements = known.get(lookup)
  if (!statements) {
    const { table, columns, key, where } = lookup
    const names = columns.join(', ')
    const marks = columns.map(() => '?').join(', ')
    const order = (way: string): string => columns.map((column) => `${column} ${way}`).join(', ')
    const begin = `SELECT ${key}, ${names} FROM ${table}`
    statements = {
      before: `${begin} WHERE ${where} AND (${names}) < (${marks}) ORDER BY ${order('DESC')} LIMIT 1`,
      at: `${begin} WHERE ${where} AND (${names}) >= (${marks}) ORDER BY ${order('ASC')} LIMIT 1`,
      behind: `${begin} WHERE ${where} AND (${names}) > (${marks}) ORDER BY ${order('ASC')} LIMIT 1`,
      row: `${begin} WHERE ${key} = ?`,
    }
    known.set(lookup, statements)
  }
  return statements
}
