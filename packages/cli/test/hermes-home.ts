import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Columns of `messages`, schema version 6. */
export interface MessageRow {
  readonly role: string
  readonly content?: string | null
  readonly tool_call_id?: string
  readonly tool_calls?: string
  readonly tool_name?: string
  readonly timestamp: number
  readonly finish_reason?: string
  readonly reasoning?: string
}

/** One conversation of a home. */
export interface HomeSession {
  readonly id: string
  /** The file's bytes; null: there is no file. */
  readonly file: Buffer | null
  /** Null: the database does not know the session. */
  readonly rows: readonly MessageRow[] | null
  /** More columns of `sessions`. */
  readonly about?: Readonly<Record<string, string | number | null>>
  /** What sessions.json knows of it, where it does. */
  readonly index?: object
}

export interface HomeOptions {
  /** Leaves the rows in a `-wal` beside a database that has none of them, as a killed writer does. */
  readonly rowsInWal?: boolean
}

/** Writes a Hermes home as the gateway of April 2026 would have left it. */
export function writeHome(path: string, sessions: readonly HomeSession[], options: HomeOptions = {}): void {
  const folder = join(path, 'sessions')
  mkdirSync(folder, { recursive: true })
  for (const { id, file } of sessions) if (file) writeFileSync(join(folder, `${id}.jsonl`), file)
  const index = sessions.flatMap((session) =>
    session.index
      ? [[`agent:main:telegram:dm:${session.id}`, { session_id: session.id, ...session.index }]]
      : [],
  )
  writeFileSync(join(folder, 'sessions.json'), JSON.stringify(Object.fromEntries(index), null, 2))
  writeDatabase(path, sessions, options)
}

function writeDatabase(
  path: string,
  sessions: readonly HomeSession[],
  { rowsInWal = false }: HomeOptions,
): void {
  const file = join(path, rowsInWal ? 'live.db' : 'state.db')
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.pragma('foreign_keys = OFF')
  database.exec(SCHEMA)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.pragma('wal_autocheckpoint = 0')
  for (const { id, rows, about } of sessions) {
    if (rows === null) continue
    insert(database, 'sessions', { id, source: 'telegram', started_at: rows[0]?.timestamp ?? 0, ...about })
    for (const row of rows) insert(database, 'messages', { session_id: id, ...row })
  }
  if (rowsInWal) {
    copyFileSync(file, join(path, 'state.db'))
    copyFileSync(`${file}-wal`, join(path, 'state.db-wal'))
  }
  database.close()
}

function insert(database: Database.Database, table: string, row: object): void {
  const names = Object.keys(row)
  database
    .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
    .run(...Object.values(row))
}

/** A line as Python's `json.dumps(…, ensure_ascii=False)` writes it. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${pythonJson(member)}`,
  )
  return `{${members.join(', ')}}`
}

const SCHEMA = `
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (6);
CREATE TABLE sessions (id TEXT PRIMARY KEY, source TEXT NOT NULL, user_id TEXT, model TEXT, model_config TEXT,
  system_prompt TEXT, parent_session_id TEXT REFERENCES sessions(id), started_at REAL NOT NULL, ended_at REAL,
  end_reason TEXT, message_count INTEGER DEFAULT 0, tool_call_count INTEGER DEFAULT 0, input_tokens INTEGER DEFAULT 0,
  output_tokens INTEGER DEFAULT 0, cache_read_tokens INTEGER DEFAULT 0, cache_write_tokens INTEGER DEFAULT 0,
  reasoning_tokens INTEGER DEFAULT 0, billing_provider TEXT, billing_base_url TEXT, billing_mode TEXT,
  estimated_cost_usd REAL, actual_cost_usd REAL, cost_status TEXT, cost_source TEXT, pricing_version TEXT, title TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL REFERENCES sessions(id),
  role TEXT NOT NULL, content TEXT, tool_call_id TEXT, tool_calls TEXT, tool_name TEXT, timestamp REAL NOT NULL,
  token_count INTEGER, finish_reason TEXT, reasoning TEXT, reasoning_details TEXT, codex_reasoning_items TEXT);
CREATE INDEX idx_messages_session ON messages(session_id, timestamp);
`
