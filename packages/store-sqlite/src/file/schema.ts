/** Marks the file as a store of ours: "Fair" in ASCII. */
export const APPLICATION_ID = 0x46616972

/** The schema that this version writes. Versions count up; a file of a newer one is refused untouched (S23). */
export const SCHEMA_VERSION = 2

/** Pages of 16 KiB: 1.2 to 1.3 times faster than 4 KiB on import, and half as many reads for a cold scan. */
export const PAGE_SIZE = 16384

/** How many entry ids a session has: ids are 1 to 2^24 - 1. */
export const ENTRIES_PER_SESSION = 16777216

/** The last id that a session can give. */
export const LAST_ENTRY_ID: number = ENTRIES_PER_SESSION - 1

/** The one key of an entry: its session's number and its id in one integer, so that a session's entries lie together. */
export function entryKey(session: number, id: number): number {
  return session * ENTRIES_PER_SESSION + id
}

/** The id within its session that a key holds. */
export function entryId(key: number): number {
  return key % ENTRIES_PER_SESSION
}

/** Every object of schema 2, by name, in the exact text that SQLite keeps of it. See docs/file-format.md. */
export const SCHEMA: ReadonlyMap<string, string> = new Map([
  [
    'store',
    `CREATE TABLE store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  beacon INTEGER NOT NULL,
  beacon_frame INTEGER NOT NULL,
  mark TEXT,
  log_base TEXT,
  partly_sealed INTEGER,
  seal INTEGER
) STRICT`,
  ],
  [
    'session',
    `CREATE TABLE session (
  number INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('staged', 'live', 'deleted', 'undone')),
  platform TEXT,
  account TEXT,
  chat_type TEXT,
  chat TEXT,
  thread TEXT,
  user TEXT,
  user_alt TEXT,
  parent_namespace TEXT,
  parent_id TEXT,
  parent_entry INTEGER,
  parent_why TEXT,
  title TEXT,
  meta TEXT NOT NULL,
  codec TEXT NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  end_reason TEXT,
  deleted_at INTEGER,
  seal INTEGER
) STRICT`,
  ],
  [
    'session_address',
    `CREATE UNIQUE INDEX session_address ON session (namespace, id) WHERE state IN ('live', 'deleted')`,
  ],
  ['session_undone', `CREATE INDEX session_undone ON session (namespace, id) WHERE state = 'undone'`],
  [
    'session_origin',
    `CREATE INDEX session_origin ON session (namespace, platform, chat)
  WHERE state = 'live' AND ended_at IS NULL AND platform IS NOT NULL`,
  ],
  [
    'session_parent',
    `CREATE INDEX session_parent ON session (parent_namespace, parent_id, namespace, id) WHERE parent_id IS NOT NULL`,
  ],
  [
    'tip',
    `CREATE TABLE tip (
  session INTEGER PRIMARY KEY REFERENCES session (number),
  revision INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  next_id INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,
  tail_seq INTEGER NOT NULL,
  tail_first INTEGER NOT NULL,
  tail_last INTEGER NOT NULL,
  head BLOB NOT NULL,
  updated_at INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  change INTEGER,
  change_kind TEXT,
  seal INTEGER
) STRICT`,
  ],
  ['tip_minute', `CREATE INDEX tip_minute ON tip (minute)`],
  [
    'generation',
    `CREATE TABLE generation (
  session INTEGER NOT NULL REFERENCES session (number),
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  entry_count INTEGER,
  seal INTEGER,
  PRIMARY KEY (session, number)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'range',
    `CREATE TABLE range (
  session INTEGER NOT NULL REFERENCES session (number),
  generation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  owner INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  seal INTEGER,
  PRIMARY KEY (session, generation, seq)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'inherited',
    `CREATE TABLE inherited (
  session INTEGER NOT NULL REFERENCES session (number),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  owner INTEGER NOT NULL REFERENCES session (number),
  seal INTEGER,
  PRIMARY KEY (session, first)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'waypoint',
    `CREATE TABLE waypoint (
  session INTEGER NOT NULL REFERENCES session (number),
  seq INTEGER NOT NULL,
  head BLOB NOT NULL,
  seal INTEGER,
  PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID`,
  ],
  ['range_of_others', `CREATE INDEX range_of_others ON range (owner, first) WHERE owner <> session`],
  [
    'change',
    `CREATE TABLE change (
  number INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  what TEXT NOT NULL,
  first INTEGER,
  last INTEGER,
  seal INTEGER
) STRICT`,
  ],
  [
    'entry',
    `CREATE TABLE entry (
  key INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  at INTEGER,
  writer TEXT NOT NULL,
  idempotency_key TEXT,
  hash BLOB NOT NULL,
  provenance TEXT,
  redacted_at INTEGER,
  redacted_hash BLOB,
  record TEXT NOT NULL,
  seal INTEGER
) STRICT`,
  ],
  [
    'pruned_entry',
    `CREATE TABLE pruned_entry (
  key INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  at INTEGER,
  hash BLOB NOT NULL,
  seal INTEGER
) STRICT`,
  ],
  [
    'entry_key',
    `CREATE TABLE entry_key (
  session INTEGER NOT NULL REFERENCES session (number),
  idempotency_key TEXT NOT NULL,
  id INTEGER NOT NULL,
  seal INTEGER,
  PRIMARY KEY (session, idempotency_key)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'fork_key',
    `CREATE TABLE fork_key (
  session INTEGER NOT NULL REFERENCES session (number),
  idempotency_key TEXT NOT NULL,
  owner INTEGER NOT NULL REFERENCES session (number),
  id INTEGER NOT NULL,
  seal INTEGER,
  PRIMARY KEY (session, idempotency_key)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'doomed',
    `CREATE TABLE doomed (
  number INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  seal INTEGER
) STRICT`,
  ],
  [
    'delivery_key',
    `CREATE TABLE delivery_key (
  idempotency_key TEXT PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (number),
  id INTEGER NOT NULL,
  seal INTEGER
) STRICT, WITHOUT ROWID`,
  ],
  ['delivery_key_session', `CREATE INDEX delivery_key_session ON delivery_key (session)`],
  [
    'operation',
    `CREATE TABLE operation (
  session INTEGER NOT NULL REFERENCES session (number),
  operation_key TEXT NOT NULL,
  digest BLOB NOT NULL,
  answer TEXT NOT NULL,
  seal INTEGER,
  PRIMARY KEY (session, operation_key)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'route',
    `CREATE TABLE route (
  number INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  platform TEXT NOT NULL,
  account TEXT,
  chat_type TEXT,
  chat TEXT,
  thread TEXT,
  user TEXT,
  user_alt TEXT,
  session INTEGER NOT NULL REFERENCES session (number),
  seal INTEGER
) STRICT`,
  ],
  ['route_origin', `CREATE INDEX route_origin ON route (namespace, platform, chat)`],
  ['route_session', `CREATE INDEX route_session ON route (session)`],
  [
    'held',
    `CREATE TABLE held (
  number INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  platform TEXT NOT NULL,
  account TEXT,
  chat_type TEXT,
  chat TEXT,
  thread TEXT,
  user TEXT,
  user_alt TEXT,
  held_at INTEGER NOT NULL,
  idempotency_key TEXT UNIQUE,
  at INTEGER,
  writer TEXT NOT NULL,
  hash BLOB NOT NULL,
  record TEXT NOT NULL,
  seal INTEGER
) STRICT`,
  ],
  ['held_origin', `CREATE INDEX held_origin ON held (namespace, platform)`],
  ['held_age', `CREATE INDEX held_age ON held (held_at)`],
  [
    'import_run',
    `CREATE TABLE import_run (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  about TEXT NOT NULL,
  seal INTEGER
) STRICT`,
  ],
  [
    'ledger',
    `CREATE TABLE ledger (
  number INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  session TEXT NOT NULL,
  key TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES import_run (number),
  at INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  reason TEXT,
  report TEXT NOT NULL,
  certificate TEXT,
  head_before BLOB,
  head_after BLOB,
  seal INTEGER,
  UNIQUE (namespace, session, key)
) STRICT`,
  ],
  ['ledger_run', `CREATE INDEX ledger_run ON ledger (run)`],
  [
    'imported',
    `CREATE TABLE imported (
  number INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (number),
  run INTEGER NOT NULL REFERENCES import_run (number),
  generation_before INTEGER,
  head_before BLOB NOT NULL,
  generation INTEGER,
  entry_count INTEGER NOT NULL,
  filled TEXT NOT NULL,
  seal INTEGER
) STRICT`,
  ],
  ['imported_session', `CREATE INDEX imported_session ON imported (session)`],
  [
    'brought',
    `CREATE TABLE brought (
  session INTEGER NOT NULL REFERENCES session (number),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  imported INTEGER NOT NULL REFERENCES imported (number),
  seal INTEGER,
  PRIMARY KEY (session, first)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'quarantine',
    `CREATE TABLE quarantine (
  number INTEGER PRIMARY KEY,
  session INTEGER NOT NULL REFERENCES session (number),
  run INTEGER REFERENCES import_run (number),
  token TEXT,
  reason TEXT NOT NULL,
  line INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  bytes BLOB,
  seal INTEGER
) STRICT`,
  ],
  ['quarantine_session', `CREATE INDEX quarantine_session ON quarantine (session)`],
  ['quarantine_token', `CREATE INDEX quarantine_token ON quarantine (token) WHERE token IS NOT NULL`],
  [
    'staging',
    `CREATE TABLE staging (
  session INTEGER NOT NULL REFERENCES session (number),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  token TEXT NOT NULL,
  host TEXT NOT NULL,
  boot TEXT NOT NULL,
  pids TEXT NOT NULL,
  pid INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  started TEXT NOT NULL,
  at INTEGER NOT NULL,
  seal INTEGER,
  PRIMARY KEY (session, first)
) STRICT, WITHOUT ROWID`,
  ],
  [
    'import_claim',
    `CREATE TABLE import_claim (
  namespace TEXT NOT NULL,
  session TEXT NOT NULL,
  token TEXT NOT NULL,
  host TEXT NOT NULL,
  boot TEXT NOT NULL,
  pids TEXT NOT NULL,
  pid INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  started TEXT NOT NULL,
  at INTEGER NOT NULL,
  seal INTEGER,
  PRIMARY KEY (namespace, session)
) STRICT, WITHOUT ROWID`,
  ],
])
