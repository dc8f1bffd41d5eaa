import type { JsonObject } from '@faircopy/store-core'
import type { EntryRange, Imported } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged } from './damage.ts'
import { jsonOf } from './json-column.ts'
import { ORIGIN_COLUMNS } from './origin-row.ts'
import { type Facts, factsIn, factsOf } from './session-row.ts'

/** An import that is noted. The ranges that it brought have the session's number as their owner. */
export interface NotedImport extends Imported {
  readonly number: number
}

interface Row {
  readonly number: number
  readonly session: number
  readonly run: number
  readonly import_id: string | null
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
const OF_SESSION = `SELECT i.number, i.session, i.run, r.id AS import_id, i.generation_before, i.head_before, i.generation,
    i.entry_count, i.filled, i.seal
  FROM imported AS f LEFT JOIN imported AS i ON i.number = f.number LEFT JOIN import_run AS r ON r.number = i.run
  WHERE f.session = ? ORDER BY f.number`
const BROUGHT = 'SELECT first, last, imported, seal FROM brought WHERE session = ? ORDER BY first'

/** Facts that an import filled in, by column; of `meta` the members. */
interface FilledColumns {
  readonly columns: Readonly<Partial<Facts>>
  readonly meta: JsonObject
}

/** The columns of each fact that an import can fill in. */
const FILLED = {
  origin: ORIGIN_COLUMNS,
  parent: ['parent_namespace', 'parent_id', 'parent_entry', 'parent_why'],
  title: ['title'],
  startedAt: ['started_at'],
  endedAt: ['ended_at'],
  endReason: ['end_reason'],
} as const satisfies { readonly [N in keyof Imported['filled']]?: readonly (keyof Facts)[] }
const FACTS = Object.keys(FILLED) as (keyof typeof FILLED)[]

/** Notes what a run did to a session. `generation` is null in the file where it made no list of its own. */
export function insertImported(
  connection: Connection,
  session: number,
  run: number,
  { before, headBefore, made, brought, filled }: Imported,
): void {
  const number = insertSealed(
    connection,
    INSERT,
    session,
    run,
    before,
    Buffer.from(headBefore, 'hex'),
    made?.generation ?? null,
    made?.count ?? 0,
    JSON.stringify(columnsOf(filled)),
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
    rows.every((row) => row.session === session && row.import_id !== null && isRowSealed(connection, row)) &&
    brought.every(({ first, last, imported, seal }) =>
      isSealed(connection, seal, session, first, last, imported),
    )
  if (!isWhole) throw damaged(connection, session, 'what an import did to it')
  return rows.map((row) => ({
    number: row.number,
    importId: row.import_id ?? '',
    before: row.generation_before,
    headBefore: row.head_before.toString('hex'),
    made: row.generation === null ? null : { generation: row.generation, count: row.entry_count },
    filled: filledOf(connection, row),
    brought: brought
      .filter(({ imported }) => imported === row.number)
      .map(({ first, last }): EntryRange => ({ owner: session, first, last })),
  }))
}

function isRowSealed(connection: Connection, row: Row): boolean {
  const { session, run, generation_before, head_before, generation, entry_count, filled, seal } = row
  const told = [session, run, generation_before, head_before, generation, entry_count, filled]
  return isSealed(connection, seal, ...told)
}

/** Forgets what an import did. */
export function deleteImported(connection: Connection, session: number, number: number): void {
  connection.run('DELETE FROM brought WHERE session = ? AND imported = ?', session, number)
  connection.run('DELETE FROM imported WHERE number = ?', number)
}

function columnsOf({ meta = {}, ...facts }: Imported['filled']): FilledColumns {
  const all = factsOf(facts)
  const filled = FACTS.filter((name) => name in facts).flatMap(
    (name): readonly (keyof Facts)[] => FILLED[name],
  )
  return { columns: Object.fromEntries(filled.map((column) => [column, all[column]])), meta }
}

function filledOf(connection: Connection, { session, filled }: Row): Imported['filled'] {
  const { columns, meta } = jsonOf<FilledColumns>(connection, filled, { name: 'filled', session })
  if (typeof columns !== 'object' || typeof meta !== 'object') throw damaged(connection, session, 'filled')
  const known = factsIn({ ...factsOf({}), ...columns }, meta)
  const names = FACTS.filter((name) => FILLED[name].every((column) => column in columns))
  const facts = Object.fromEntries(names.map((name) => [name, known[name]]))
  return { ...facts, ...(Object.keys(meta).length > 0 && { meta }) }
}
