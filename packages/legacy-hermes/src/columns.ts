import type Database from 'better-sqlite3'

/** A column as the table declares it. */
export interface Column {
  readonly name: string
  /** The declared type in upper case. */
  readonly type: string
  /** What a row that says nothing holds, as text; null where that is NULL or computed. */
  readonly default: string | null
  readonly isKey: boolean
}

/** What has a name in the schema; only a `table` has rows with ids that can be read one by one. */
export type TableKind = 'table' | 'table without row ids' | 'view' | 'virtual table'

/** What a name stands for; null for nothing. */
export function kindOf(database: Database.Database, name: string): TableKind | null {
  const found = database.pragma(`table_list(${quoted(name)})`) as readonly Record<string, unknown>[]
  const named = found.find(({ schema }) => schema === 'main')
  if (!named) return null
  if (named['type'] === 'view') return 'view'
  if (named['type'] === 'virtual') return 'virtual table'
  return Number(named['wr']) === 0 ? 'table' : 'table without row ids'
}

/** The columns of an ordinary table; null where there is no such table. A view or a virtual table is none. */
export function columnsOf(database: Database.Database, table: string): readonly Column[] | null {
  if (kindOf(database, table) !== 'table') return null
  const rows = database.pragma(`table_info(${quoted(table)})`) as readonly {
    readonly name: string
    readonly type: string
    readonly dflt_value: string | null
    readonly pk: number | bigint
  }[]
  return rows.map(({ name, type, dflt_value, pk }) => ({
    name,
    type: type.toUpperCase(),
    default: constant(dflt_value),
    isKey: Number(pk) > 0,
  }))
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function constant(expression: string | null): string | null {
  if (expression === null) return null
  if (/^[+-]?\d+(\.\d+)?$/.test(expression)) return String(Number(expression))
  const [, text] = /^'((?:[^']|'')*)'$/.exec(expression) ?? []
  return text?.replaceAll("''", "'") ?? null
}
