import type { EntryRange } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertSealed, insertStatement } from '../file/seal.ts'
import { ORIGIN_COLUMNS } from './origin-row.ts'
import type { Facts } from './session-row.ts'

/** Facts that an import filled in, by column; of `meta` the members. */
export interface FilledFacts {
  readonly columns: Readonly<Record<string, string | number | null>>
  readonly meta: Readonly<Record<string, unknown>>
}

/** What an import did to a session, kept so that it can be taken back (S9). */
export interface Imported {
  /** The generation that the session had; null where there was no session. */
  readonly before: number | null
  /** 64 hex digits: what that came to. */
  readonly headBefore: string
  /** Its own list; null where it made none. */
  readonly generation: number | null
  /** How many entries of that list it said itself. */
  readonly count: number
  readonly filled: FilledFacts
}

/** An import that was noted. */
export interface NotedImport extends Imported {
  readonly number: number
  readonly run: number
  readonly brought: readonly EntryRange[]
}

interface Row {
  readonly number: number
  readonly run: number
  readonly generation_before: number | null
  readonly head_before: Buffer
  readonly generation: number | null
  readonly entry_count: number
  readonly filled: string
}

const INSERT = insertStatement('imported')
const INSERT_BROUGHT = insertStatement('brought')
const OF_SESSION = `SELECT number, run, generation_before, head_before, generation, entry_count, filled FROM imported
  WHERE session = ? ORDER BY number`
const BROUGHT = 'SELECT session AS owner, first, last FROM brought WHERE session = ? AND imported = ?'

/** Columns that are one fact together: all of them are filled, or none. */
const TOGETHER: readonly (readonly (keyof Facts)[])[] = [
  ORIGIN_COLUMNS,
  ['parent_namespace', 'parent_id', 'parent_entry', 'parent_why'],
  ['title'],
  ['started_at'],
  ['ended_at'],
  ['end_reason'],
]

/** Notes what an import did to a session. */
export function insertImported(
  connection: Connection,
  session: number,
  run: number,
  { before, headBefore, generation, count, filled }: Imported,
  brought: readonly EntryRange[],
): void {
  const number = insertSealed(
    connection,
    INSERT,
    session,
    run,
    before,
    Buffer.from(headBefore, 'hex'),
    generation,
    count,
    JSON.stringify(filled),
  )
  for (const { first, last } of brought) {
    insertSealed(connection, INSERT_BROUGHT, session, first, last, number)
  }
}

/** What imports did to a session, oldest first. */
export function readImported(connection: Connection, session: number): NotedImport[] {
  return connection.all<Row>(OF_SESSION, session).map((row) => ({
    number: row.number,
    run: row.run,
    before: row.generation_before,
    headBefore: row.head_before.toString('hex'),
    generation: row.generation,
    count: row.entry_count,
    filled: JSON.parse(row.filled) as FilledFacts,
    brought: connection.all<EntryRange>(BROUGHT, session, row.number),
  }))
}

/** Forgets what an import did. */
export function deleteImported(connection: Connection, session: number, number: number): void {
  connection.run('DELETE FROM brought WHERE session = ? AND imported = ?', session, number)
  connection.run('DELETE FROM imported WHERE number = ?', number)
}

/** What was filled in between two sets of facts. */
export function filledBetween(before: Facts, after: Facts): FilledFacts {
  const filled = TOGETHER.filter((columns) => columns.some((column) => before[column] !== after[column]))
  return {
    columns: Object.fromEntries(filled.flat().map((column) => [column, after[column]])),
    meta: membersBetween(before.meta, after.meta),
  }
}

/** Facts without those that were filled in and that nobody changed since; the very same where there are none. */
export function unfilled(facts: Facts, { columns, meta }: FilledFacts): Facts {
  const going = TOGETHER.filter((group) =>
    group.every((column) => column in columns && columns[column] === facts[column]),
  )
  const members = Object.entries<unknown>(JSON.parse(facts.meta))
  const kept = members.filter(
    ([name, value]) => !(name in meta) || JSON.stringify(meta[name]) !== JSON.stringify(value),
  )
  if (going.length === 0 && kept.length === members.length) return facts
  return {
    ...facts,
    ...Object.fromEntries(going.flat().map((column) => [column, null])),
    ...(kept.length < members.length && { meta: JSON.stringify(Object.fromEntries(kept)) }),
  }
}

function membersBetween(before: string, after: string): Record<string, unknown> {
  if (before === after) return {}
  const known: object = JSON.parse(before)
  return Object.fromEntries(
    Object.entries<unknown>(JSON.parse(after)).filter(([name]) => !Object.hasOwn(known, name)),
  )
}
