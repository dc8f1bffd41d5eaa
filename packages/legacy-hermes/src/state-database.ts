import type Database from 'better-sqlite3'
import { columnsOf, kindOf } from './columns.ts'
import { type Driver, isDamage, sqliteCode } from './driver.ts'
import { type FactRow, FactTable, limited, tooLarge, withinLimit } from './fact-table.ts'
import { listRows } from './list-rows.ts'
import type { LostRows } from './lost-rows.ts'
import { type MessageColumns, messageColumns } from './message-columns.ts'
import type { MessageRow, SqlValue } from './message-row.ts'
import { MessageRows } from './message-rows.ts'
import { NO_ROWS, type RowListing } from './row-listing.ts'
import type { RowRuns } from './rows-by-session.ts'

/** The newest schema that is known to add nothing to what is read. A later one is read by its columns all the same. */
export const NEWEST_KNOWN_VERSION = 22

/** A file that is no Hermes database: damaged, or something else. */
export class NoStateDatabase extends Error {
  override readonly name = 'NoStateDatabase'
}

/** Rows of a table that were read, and in words what of it was not. */
export interface TableFacts {
  readonly rows: readonly FactRow[]
  readonly faults: readonly string[]
}

/** A Hermes database that lies still: a private copy, or the original within one transaction. */
export class StateDatabase {
  readonly #database: Database.Database
  readonly #columns: MessageColumns
  readonly #maxBytes: number
  readonly #schemaFault: string | null
  #rows: MessageRows | null = null
  #sessions: { readonly table: FactTable; readonly rowIds: ReadonlyMap<string | null, number> } | null = null
  #prompt: Database.Statement<[SqlValue], [SqlValue, SqlValue]> | null = null

  /** Fails with {@link NoStateDatabase}. */
  constructor(
    file: string,
    driver: Driver,
    options: { readonly readonly: boolean; readonly maxBytes: number },
  ) {
    this.#maxBytes = options.maxBytes
    this.#database = new driver(file, { readonly: options.readonly, fileMustExist: true })
    try {
      // The schema is whoever's wrote the file.
      this.#database.pragma('trusted_schema = OFF')
      this.#database.pragma('cell_size_check = ON')
      this.#database.pragma('query_only = ON')
      if (options.readonly) this.#database.exec('BEGIN')
      this.#schemaFault = readSchema(this.#database)
      const columns = messageColumns(this.#database)
      if (typeof columns === 'string') {
        throw new NoStateDatabase(this.#schemaFault === null ? columns : `${this.#schemaFault}: ${columns}`)
      }
      this.#columns = columns
    } catch (error) {
      this.#database.close()
      if (isDamage(error)) throw new NoStateDatabase((error as Error).message, { cause: error })
      throw error
    }
  }

  /** What `schema_version` says; null where it says nothing. */
  get version(): number | null {
    const columns = columnsOf(this.#database, 'schema_version')
    if (!columns?.some(({ name }) => name === 'version')) return null
    try {
      const version = this.#database.prepare('SELECT max(version) FROM schema_version').pluck().get()
      return typeof version === 'number' ? version : null
    } catch (error) {
      if (!isDamage(error)) throw error
      return null
    }
  }

  /** In words, what of the database as a whole could not be read. */
  get faults(): readonly string[] {
    const sessions = kindOf(this.#database, 'sessions')
    const routing = kindOf(this.#database, 'gateway_routing')
    return [
      ...(this.#schemaFault === null
        ? []
        : [`${this.#schemaFault}; what can still be reached of it was read`]),
      ...(sessions === null
        ? ['it has no table of sessions, and so nothing of their origins, titles and parents']
        : []),
      ...(sessions === null || sessions === 'table'
        ? []
        : [`its sessions are a ${sessions}, which is not read`]),
      ...(routing === null || routing === 'table'
        ? []
        : [`its gateway_routing is a ${routing}, which is not read`]),
    ]
  }

  /** The messages of each session that has any. A key that is no text is given as null. */
  async listMessages(): Promise<RowListing> {
    return await listRows(this.#database, { table: 'messages', owner: 'session_id' })
  }

  /** The rows of `sessions` by their ids; null stands for those that are no text. */
  async listSessions(): Promise<RowListing> {
    const table = FactTable.find(this.#database, 'sessions', 'id')
    if (!table) return NO_ROWS
    const listing = await listRows(this.#database, { table: 'sessions', owner: 'id' })
    const rowIds = [...listing.bySession].flatMap(([id, { runs }]): [string | null, number][] =>
      runs[0] === undefined ? [] : [[id, runs[0]]],
    )
    this.#sessions = { table, rowIds: new Map(rowIds) }
    return listing
  }

  /** A row of `sessions` that was listed. Its system prompt is put in where the schema keeps prompts apart. */
  session(id: string): FactRow | null {
    const rowId = this.#sessions?.rowIds.get(id)
    const found = rowId === undefined ? null : (this.#sessions?.table.row(rowId) ?? null)
    const hash = found?.row.get('system_prompt_hash')
    return found && hash !== undefined && !found.row.has('system_prompt')
      ? this.#withPrompt(found, hash)
      : found
  }

  /** All rows of `gateway_routing`, which schema 19 made the first place to look a session up by its key. */
  async routing(): Promise<TableFacts> {
    const table = FactTable.find(this.#database, 'gateway_routing', 'session_key')
    if (!table) return { rows: [], faults: [] }
    const { bySession, unknown } = await listRows(this.#database, {
      table: 'gateway_routing',
      owner: 'session_key',
    })
    const rows: FactRow[] = []
    const faults: string[] = []
    for (const [key, { runs, lost }] of bySession) {
      for (const id of table.rowIds(runs)) {
        const found = table.row(id)
        if (found) rows.push(found)
      }
      if (lost.length > 0) faults.push(`a row of key ${JSON.stringify(key)} could not be read`)
    }
    if (unknown.length > 0) faults.push('some rows could not be read')
    return { rows, faults }
  }

  /** The rows of one session in the order of their ids; `lost` is told of those that can't be read. */
  messages(
    sessionId: string,
    runs: RowRuns,
    lost?: (rows: LostRows) => void,
  ): Generator<readonly MessageRow[], void, undefined> {
    this.#rows ??= new MessageRows(this.#database, this.#columns, this.#maxBytes)
    return this.#rows.read(sessionId, runs, lost)
  }

  close(): void {
    this.#database.close()
  }

  #withPrompt(found: FactRow, hash: SqlValue): FactRow {
    const { row, unread, large } = found
    if (!columnsOf(this.#database, 'system_prompts')?.some(({ name }) => name === 'prompt')) return found
    try {
      this.#prompt ??= this.#database
        .prepare<[SqlValue], [SqlValue, SqlValue]>(
          `SELECT octet_length(prompt), ${limited('prompt')} FROM system_prompts WHERE hash = ?`,
        )
        .raw()
      const [bytes, prompt] = this.#prompt.get(hash) ?? [null, null]
      if (prompt !== null) return withinLimit({ ...found, row: new Map([...row, ['system_prompt', prompt]]) })
      return bytes === null ? found : { ...found, large: [...large, tooLarge('system_prompt', bytes)] }
    } catch (error) {
      if (!isDamage(error)) throw error
      return { ...found, unread: [...unread, 'its system prompt could not be read'] }
    }
  }
}

/**
 * Reads the schema, as far as it can be read, and says what keeps it from being read whole. SQLite then tells what is
 * named by sound rows of the schema, and reads a file that is shorter than its header says.
 */
function readSchema(database: Database.Database): string | null {
  const look = (): void => void database.prepare('SELECT count(*) FROM sqlite_schema').get()
  try {
    look()
    return null
  } catch (error) {
    if (!isDamage(error)) throw error
    database.unsafeMode()
    database.pragma('writable_schema = ON')
    try {
      // The first statement after damage fails, and leaves what was read until then.
      look()
    } catch (again) {
      if (!isDamage(again) || sqliteCode(again) === 'SQLITE_NOTADB') throw again
    }
    return (error as Error).message
  }
}
