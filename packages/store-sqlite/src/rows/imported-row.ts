import type { EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged } from './damage.ts'
import { jsonOf, membersOf } from './json-column.ts'
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
  readonly session: number
  readonly run: number
  readonly generation_before: number | null
  readonly head_before: Buffer
  readonly generation: number | null
  readonly entry_count: number
  readonly filled: string
  readonly seal: number | null
}

interface BroughtRow {
  readonly first: number
  readonly last: number
  readonly imported: number
  readonly seal: number | null
}

const INSERT = insertStatement('imported')
const INSERT_BROUGHT = insertStatement('brought')
const OF_SESSION = `SELECT i.number, i.session, i.run, i.generation_before, i.head_before, i.generation, i.entry_count, i.filled,
    i.seal FROM imported AS f LEFT JOIN imported AS i ON i.number = f.number WHERE f.session = ? ORDER BY f.number`
const BROUGHT = 'SELECT first, last, imported, seal FROM brought WHERE session = ? ORDER BY first'

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

/** What imports did to a session, oldest first. Fails with `StoreCorrupt`. */
export function readImported(connection: Connection, session: number): NotedImport[] {
  const rows = connection.all<Row>(OF_SESSION, session)
  if (rows.length === 0) return []
  const brought = connection.all<BroughtRow>(BROUGHT, session)
  const isWhole =
    rows.every((row) => row.session === session && isRowSealed(connection, row)) &&
    brought.every(({ first, last, imported, seal }) =>
      isSealed(connection, seal, session, first, last, imported),
    )
  if (!isWhole) throw damaged(connection, session, 'what an import did to it')
  return rows.map((row) => ({
    number: row.number,
    run: row.run,
    before: row.generation_before,
    headBefore: row.head_before.toString('hex'),
    generation: row.generation,
    count: row.entry_count,
    filled: filledOf(connection, row),
    brought: brought
      .filter(({ imported }) => imported === row.number)
      .map(({ first, last }) => ({ owner: session, first, last })),
  }))
}

function isRowSealed(connection: Connection, row: Row): boolean {
  const { session, run, generation_before, head_before, generation, entry_count, filled, seal } = row
  const told = [session, run, generation_before, head_before, generation, entry_count, filled]
  return isSealed(connection, seal, ...told)
}

function filledOf(connection: Connection, { session, filled }: Row): FilledFacts {
  const { columns, meta } = jsonOf<FilledFacts>(connection, filled, { name: 'filled', session })
  if (typeof columns !== 'object' || typeof meta !== 'object') throw damaged(connection, session, 'filled')
  return { columns, meta }
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
  const members = Object.entries(membersOf(facts.meta))
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
  const known = membersOf(before)
  return Object.fromEntries(Object.entries(membersOf(after)).filter(([name]) => !Object.hasOwn(known, name)))
}
