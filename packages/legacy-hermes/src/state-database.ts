import { setImmediate as nextTurn } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { columnsOf, quoted } from './columns.ts'
import { type Driver, isDamage } from './driver.ts'
import { type MessageColumns, messageColumns } from './message-columns.ts'
import type { SqlValue } from './message-row.ts'
import { MessageRows, type RowRuns } from './message-rows.ts'

/** The newest schema that is known to add nothing to what is read. A later one is read by its columns all the same. */
export const NEWEST_KNOWN_VERSION = 22

/** A row of another table: its columns by name, NULLs left out. */
export type SqlRow = ReadonlyMap<string, SqlValue>

/** A file that is no Hermes database: damaged, or something else. */
export class NoStateDatabase extends Error {
  override readonly name = 'NoStateDatabase'
}

/** A Hermes database that lies still: a private copy, or the original within one transaction. */
export class StateDatabase {
  readonly #database: Database.Database
  readonly #columns: MessageColumns
  readonly #maxBytes: number
  #rows: MessageRows | null = null
  #session: Database.Statement<[string], SqlValue[]> | null = null
  #sessionColumns: readonly string[] = []
  #prompt: Database.Statement<[SqlValue], string> | null = null

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
      const columns = messageColumns(this.#database)
      if (typeof columns === 'string') throw new NoStateDatabase(columns)
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
    const version = this.#database.prepare('SELECT max(version) FROM schema_version').pluck().get()
    return typeof version === 'number' ? version : null
  }

  /**
   * The rows of each session that has any. The table itself is read and not its index, which may lack rows after
   * damage; only where the table can't be read through is the index asked, so that sessions without damage are found.
   * A key that is no text is given as null.
   */
  async rowRuns(): Promise<ReadonlyMap<string | null, RowRuns>> {
    try {
      return await this.#runsOfTable()
    } catch (error) {
      const index = isDamage(error) ? this.#indexBySession() : null
      if (index === null) throw error
      return this.#runsOfIndex(index)
    }
  }

  /** The ids in the table `sessions`; null stands for those that are no text. */
  sessionIds(): readonly (string | null)[] {
    if (!this.#has('sessions', 'id')) return []
    const ids = this.#database.prepare<[], SqlValue>('SELECT id FROM sessions').pluck().all()
    return ids.map((id) => (typeof id === 'string' ? id : null))
  }

  /** A row of `sessions`. Its system prompt is put in where the schema keeps prompts apart. */
  session(id: string): SqlRow | null {
    this.#session ??= this.#prepareSession()
    const values = this.#session?.get(id)
    if (!values) return null
    const row = rowOf(this.#sessionColumns, values)
    const hash = row.get('system_prompt_hash')
    if (hash !== undefined && !row.has('system_prompt') && this.#has('system_prompts', 'prompt')) {
      this.#prompt ??= this.#database
        .prepare<[SqlValue], string>('SELECT prompt FROM system_prompts WHERE hash = ?')
        .pluck()
      const prompt = this.#prompt.get(hash)
      if (prompt !== undefined) return new Map([...row, ['system_prompt', prompt]])
    }
    return row
  }

  /** All rows of `gateway_routing`, which schema 19 made the first place to look a session up by its key. */
  routing(): readonly SqlRow[] {
    const columns = columnsOf(this.#database, 'gateway_routing')?.map(({ name }) => name) ?? []
    if (columns.length === 0) return []
    return this.#database
      .prepare<[], SqlValue[]>(`SELECT ${columns.map(quoted).join(', ')} FROM gateway_routing`)
      .raw()
      .safeIntegers()
      .all()
      .map((values) => rowOf(columns, values))
  }

  /** The rows of one session in the order of their ids. */
  messages(sessionId: string, runs: RowRuns = this.#runsOf(sessionId)): ReturnType<MessageRows['read']> {
    this.#rows ??= new MessageRows(this.#database, this.#columns, this.#maxBytes)
    return this.#rows.read(sessionId, runs)
  }

  close(): void {
    this.#database.close()
  }

  async #runsOfTable(): Promise<ReadonlyMap<string | null, RowRuns>> {
    const page = this.#database
      .prepare<[number], [number, SqlValue]>(
        'SELECT id, session_id FROM messages NOT INDEXED WHERE id > ? ORDER BY id LIMIT 20000',
      )
      .raw()
    const runs = new RunsBySession()
    let last = Number.MIN_SAFE_INTEGER
    for (;;) {
      const rows = page.all(last)
      for (const [id, session] of rows) runs.add(id, session)
      if (rows.length === 0) return runs.bySession
      last = rows.at(-1)?.[0] ?? last
      await nextTurn()
    }
  }

  #runsOfIndex(index: string): ReadonlyMap<string | null, RowRuns> {
    const rows = this.#database
      .prepare<[], [number, SqlValue]>(
        `SELECT id, session_id FROM messages INDEXED BY ${quoted(index)} WHERE session_id >= ''`,
      )
      .raw()
      .all()
    const runs = new RunsBySession()
    for (const [id, session] of rows.sort(([a], [b]) => a - b)) runs.add(id, session)
    return runs.bySession
  }

  #indexBySession(): string | null {
    const named = (pragma: string): readonly string[] =>
      (this.#database.pragma(pragma) as readonly { readonly name: string }[]).map(({ name }) => name)
    const indexes = named('index_list("messages")')
    return indexes.find((index) => named(`index_info(${quoted(index)})`)[0] === 'session_id') ?? null
  }

  #runsOf(sessionId: string): RowRuns {
    const ids = this.#database
      .prepare<[string], number>('SELECT id FROM messages WHERE session_id = ? ORDER BY id')
      .pluck()
      .all(sessionId)
    const runs: number[] = []
    for (const id of ids) {
      if (runs.at(-1) === id - 1) runs[runs.length - 1] = id
      else runs.push(id, id)
    }
    return runs
  }

  #prepareSession(): Database.Statement<[string], SqlValue[]> | null {
    if (!this.#has('sessions', 'id')) return null
    this.#sessionColumns = columnsOf(this.#database, 'sessions')?.map(({ name }) => name) ?? []
    return this.#database
      .prepare<[string], SqlValue[]>(
        `SELECT ${this.#sessionColumns.map(quoted).join(', ')} FROM sessions WHERE id = ?`,
      )
      .raw()
      .safeIntegers()
  }

  #has(table: string, column: string): boolean {
    return columnsOf(this.#database, table)?.some(({ name }) => name === column) ?? false
  }
}

class RunsBySession {
  readonly bySession = new Map<string | null, number[]>()
  #last: string | null | undefined

  add(id: number, session: SqlValue): void {
    const key = typeof session === 'string' ? session : null
    const runs = this.bySession.get(key) ?? []
    if (runs.length === 0) this.bySession.set(key, runs)
    if (key === this.#last) runs[runs.length - 1] = id
    else runs.push(id, id)
    this.#last = key
  }
}

function rowOf(columns: readonly string[], values: readonly SqlValue[]): SqlRow {
  return new Map(
    columns.flatMap((name, i): [string, SqlValue][] => {
      const value = values[i] ?? null
      return value === null ? [] : [[name, value]]
    }),
  )
}
