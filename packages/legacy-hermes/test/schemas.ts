export type SchemaVersion = 1 | 6 | 12 | 19 | 20 | 21 | 22

/**
 * A state.db as a Hermes of that schema version makes it, as far as its sessions and messages go. Those past 19 are made
 * after what Hermes' own migrations say of them; none of a real home was at hand.
 */
export function schemaSql(version: SchemaVersion): string {
  const since = (first: number, ...columns: readonly string[]): readonly string[] =>
    version >= first ? columns : []
  const sessions = [
    'id TEXT PRIMARY KEY',
    'source TEXT NOT NULL',
    'user_id TEXT',
    ...since(19, 'session_key TEXT', 'chat_id TEXT', 'chat_type TEXT', 'thread_id TEXT', 'origin_json TEXT'),
    'model TEXT',
    'model_config TEXT',
    'system_prompt TEXT',
    'parent_session_id TEXT REFERENCES sessions(id)',
    'started_at REAL NOT NULL',
    'ended_at REAL',
    'end_reason TEXT',
    'message_count INTEGER DEFAULT 0',
    'input_tokens INTEGER DEFAULT 0',
    ...since(3, 'title TEXT'),
    ...since(5, 'estimated_cost_usd REAL'),
  ]
  const messages = [
    'id INTEGER PRIMARY KEY AUTOINCREMENT',
    'session_id TEXT NOT NULL REFERENCES sessions(id)',
    'role TEXT NOT NULL',
    'content TEXT',
    'tool_call_id TEXT',
    'tool_calls TEXT',
    'tool_name TEXT',
    'timestamp REAL NOT NULL',
    'token_count INTEGER',
    ...since(2, 'finish_reason TEXT'),
    ...since(6, 'reasoning TEXT', 'reasoning_details TEXT', 'codex_reasoning_items TEXT'),
    // As ALTER TABLE adds it to a database that has rows: those hold NULL where the default came later.
    ...since(12, 'reasoning_content TEXT', 'active INTEGER'),
    ...since(
      19,
      'codex_message_items TEXT',
      'platform_message_id TEXT',
      'observed INTEGER DEFAULT 0',
      'compacted INTEGER NOT NULL DEFAULT 0',
      'display_kind TEXT',
    ),
  ]
  const routing = `CREATE TABLE gateway_routing (
    scope TEXT NOT NULL DEFAULT '', session_key TEXT NOT NULL, entry_json TEXT NOT NULL, updated_at REAL NOT NULL,
    PRIMARY KEY (scope, session_key)
  );`
  const task = version >= 22 ? ["task TEXT NOT NULL DEFAULT ''"] : []
  const usage = ['session_id TEXT NOT NULL REFERENCES sessions(id)', 'model TEXT NOT NULL', ...task]
  const usageTable = `CREATE TABLE session_model_usage (${usage.join(', ')}, input_tokens INTEGER DEFAULT 0);`
  return `
    PRAGMA journal_mode = WAL;
    CREATE TABLE schema_version (version INTEGER NOT NULL);
    INSERT INTO schema_version VALUES (${version});
    CREATE TABLE sessions (${sessions.join(', ')});
    CREATE TABLE messages (${messages.join(', ')});
    CREATE INDEX idx_messages_session ON messages(session_id, timestamp);
    ${version >= 19 ? routing : ''}
    ${version >= 20 ? usageTable : ''}
    CREATE VIRTUAL TABLE messages_fts USING fts5(content, content=messages, content_rowid=id);
    CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages BEGIN
      INSERT INTO messages_fts(rowid, content) VALUES (new.id, new.content);
    END;`
}
