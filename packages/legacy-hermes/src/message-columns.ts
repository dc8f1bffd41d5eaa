import type Database from 'better-sqlite3'
import { type Column, columnsOf, quoted } from './columns.ts'

/** How the table `messages` of a database is read, whatever its schema version. */
export interface MessageColumns {
  /** The columns that become members of a record, in the order in which they do. */
  readonly members: readonly Column[]
  /** Expressions for the stamp and the marks of a withdrawn row; `NULL` where the schema has none. */
  readonly timestamp: string
  readonly active: string
  readonly compacted: string
}

/** The order of members in a record. Columns that are not named here follow by name. */
const ORDER: readonly string[] = [
  'role',
  'content',
  'tool_calls',
  'tool_call_id',
  'tool_name',
  'finish_reason',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'codex_reasoning_items',
  'codex_message_items',
]

/** Told otherwise: by the entry's place, its time, its standing, its session. */
const NO_MEMBERS: ReadonlySet<string> = new Set(['id', 'session_id', 'timestamp', 'active', 'compacted'])

/** Kept by later schemas for paging a screen, rewritten at will, computed from the rest. */
const DERIVED: ReadonlySet<string> = new Set(['display_order', 'display_identity'])

/** No id of a session that a store takes is longer, and no stamp. */
const MOST_SHORT_BYTES = 1024

/** Finds out how messages are read; a text says why they can't be. */
export function messageColumns(database: Database.Database): MessageColumns | string {
  const columns = columnsOf(database, 'messages')
  if (columns === null) return 'it has no table of messages'
  const named = new Map(columns.map((column) => [column.name, column]))
  for (const name of ['id', 'session_id', 'role', 'content']) {
    if (!named.has(name)) return `its messages have no column ${name}`
  }
  if (!isRowId(database, columns))
    return `its messages have no integer key of their own${countedRows(database)}`
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return {
    members: columns
      .filter(({ name }) => !NO_MEMBERS.has(name) && !DERIVED.has(name))
      .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1)),
    timestamp: named.has('timestamp') ? quoted('timestamp') : 'NULL',
    active: named.has('active') ? quoted('active') : 'NULL',
    compacted: named.has('compacted') ? quoted('compacted') : 'NULL',
  }
}

/** A column that may hold anything, where that is not too long to be looked at. */
export function shortText(column: string): string {
  return `CASE WHEN octet_length(${column}) <= ${MOST_SHORT_BYTES} THEN ${column} END`
}

/** What makes a row too long that has more than a short text in such a column; 0 else. */
export function pastShort(maxBytes: number): (column: string) => string {
  return (column) =>
    `CASE WHEN octet_length(${column}) > ${MOST_SHORT_BYTES} THEN ${maxBytes} + octet_length(${column}) ELSE 0 END`
}

/** Rows are read in the order of their ids, page by page: that takes an id which is the table's own key. */
function isRowId(database: Database.Database, columns: readonly Column[]): boolean {
  const [key, ...others] = columns.filter(({ isKey }) => isKey)
  if (key?.name !== 'id' || key.type !== 'INTEGER' || others.length > 0) return false
  const indexes = database.pragma('index_list("messages")') as readonly { readonly origin: string }[]
  return indexes.every(({ origin }) => origin !== 'pk')
}

function countedRows(database: Database.Database): string {
  try {
    return `, so none of its ${database.prepare('SELECT count(*) FROM messages').pluck().get()} rows can be named`
  } catch {
    return ''
  }
}
