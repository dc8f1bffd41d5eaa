import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** One conversation of an old home: its file has all of it, and its database lacks the last message. */
export interface OldSession {
  readonly id: string
  readonly key: string
  /** The index's `origin`. */
  readonly origin: Readonly<Record<string, string>>
  readonly records: readonly { readonly role: string; readonly content: string }[]
}

const SCHEMA = `
CREATE TABLE schema_version (version INTEGER NOT NULL);
INSERT INTO schema_version VALUES (6);
CREATE TABLE sessions (id TEXT PRIMARY KEY, source TEXT NOT NULL, user_id TEXT, model TEXT, model_config TEXT,
  system_prompt TEXT, parent_session_id TEXT REFERENCES sessions(id), started_at REAL NOT NULL, ended_at REAL,
  end_reason TEXT, message_count INTEGER DEFAULT 0, tool_call_count INTEGER DEFAULT 0, title TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL REFERENCES sessions(id),
  role TEXT NOT NULL, content TEXT, tool_call_id TEXT, tool_calls TEXT, tool_name TEXT, timestamp REAL NOT NULL,
  token_count INTEGER, finish_reason TEXT, reasoning TEXT);
`

/** Writes a Hermes home that was in use until an hour ago. */
export function writeHermesHome(home: string, sessions: readonly OldSession[]): void {
  const folder = join(home, 'sessions')
  mkdirSync(folder, { recursive: true })
  const until = Date.now() - 3_600_000
  const stamp = (at: number): string => new Date(at).toISOString().slice(0, -1)
  const index: Record<string, object> = {}
  const database = new Database(join(home, 'state.db'))
  database.exec(SCHEMA)
  for (const { id, key, origin, records } of sessions) {
    const at = (i: number): number => until - (records.length - i) * 1000
    const lines = records.map((record, i) => JSON.stringify({ ...record, timestamp: stamp(at(i)) }))
    writeFileSync(join(folder, `${id}.jsonl`), lines.map((line) => `${line}\n`).join(''))
    database
      .prepare('INSERT INTO sessions (id, source, started_at) VALUES (?, ?, ?)')
      .run(id, origin['platform'], at(0) / 1000)
    for (const [i, { role, content }] of records.slice(0, -1).entries()) {
      database
        .prepare('INSERT INTO messages (session_id, role, content, timestamp) VALUES (?, ?, ?, ?)')
        .run(id, role, content, at(i) / 1000)
    }
    index[key] = {
      session_key: key,
      session_id: id,
      created_at: stamp(at(0)),
      updated_at: stamp(until),
      platform: origin['platform'],
      chat_type: origin['chat_type'],
      origin,
    }
  }
  database.close()
  writeFileSync(join(folder, 'sessions.json'), JSON.stringify(index, null, 2))
}
