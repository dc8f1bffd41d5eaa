/** What is in the file. Origins, facts and all that is only given back are JSON. */
export const SCHEMA = `
CREATE TABLE store (id TEXT NOT NULL, position INTEGER NOT NULL) STRICT;

-- state: living; deleted, which can be undone; gone: only the address is taken; undone: not even that.
CREATE TABLE session (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  deleted_at INTEGER,
  facts TEXT NOT NULL,
  revision INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  next_id INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,
  head TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  position INTEGER NOT NULL,
  change TEXT NOT NULL,
  platform TEXT AS (facts ->> '$.origin.platform'),
  chat TEXT AS (facts ->> '$.origin.chat'),
  ended_at INTEGER AS (facts ->> '$.endedAt')
) STRICT;
CREATE UNIQUE INDEX session_by_address ON session (namespace, id) WHERE state <> 'undone';
CREATE INDEX session_by_time ON session (updated_at DESC, namespace, id);
CREATE INDEX session_by_place ON session (namespace, platform, chat);
CREATE INDEX session_by_change ON session (position);

-- What a session says, and said, is a list of ranges of entries: its own, or of the one that it was forked from.
CREATE TABLE list (
  session INTEGER NOT NULL, generation INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (session, generation)
) STRICT, WITHOUT ROWID;
CREATE TABLE range (
  session INTEGER NOT NULL, generation INTEGER NOT NULL, seq INTEGER NOT NULL,
  owner INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (session, generation, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX range_by_owner ON range (owner, first, last);

CREATE TABLE entry (
  owner INTEGER NOT NULL, id INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER, writer TEXT NOT NULL, key TEXT,
  hash TEXT NOT NULL, provenance TEXT, record TEXT NOT NULL, redaction TEXT,
  PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE key (
  session INTEGER NOT NULL, key TEXT NOT NULL, id INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER, hash TEXT NOT NULL,
  is_delivery INTEGER NOT NULL,
  PRIMARY KEY (session, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_of_delivery ON key (key) WHERE is_delivery = 1;
CREATE TABLE operation (
  session INTEGER NOT NULL, key TEXT NOT NULL, operation TEXT NOT NULL, PRIMARY KEY (session, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE route (
  number INTEGER PRIMARY KEY, session INTEGER NOT NULL, namespace TEXT NOT NULL, origin TEXT NOT NULL,
  platform TEXT AS (origin ->> '$.platform'), chat TEXT AS (origin ->> '$.chat')
) STRICT;
CREATE INDEX route_by_place ON route (namespace, platform, chat);
CREATE INDEX route_by_session ON route (session);
CREATE TABLE held (
  number INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, origin TEXT NOT NULL, at INTEGER NOT NULL,
  key TEXT, entry TEXT NOT NULL, platform TEXT AS (origin ->> '$.platform')
) STRICT;
CREATE INDEX held_by_place ON held (namespace, platform);
CREATE INDEX held_by_key ON held (key);

-- What imports did, keep beside a session, noted, staged under a token, and who may import.
CREATE TABLE imported (
  number INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER NOT NULL, import_id TEXT NOT NULL, imported TEXT NOT NULL
) STRICT;
CREATE INDEX imported_by_session ON imported (session);
CREATE TABLE line (
  number INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER NOT NULL, import_id TEXT NOT NULL, about TEXT NOT NULL, bytes BLOB
) STRICT;
CREATE INDEX line_by_session ON line (session);
CREATE TABLE staged (
  number INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
  id INTEGER, entry TEXT, about TEXT, bytes BLOB
) STRICT;
CREATE INDEX staged_by_token ON staged (token);
CREATE TABLE note (
  number INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL,
  import_id TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE INDEX note_by_session ON note (namespace, id, key);
CREATE TABLE run (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, run TEXT NOT NULL) STRICT;
CREATE TABLE claim (
  namespace TEXT NOT NULL, id TEXT NOT NULL, token TEXT NOT NULL, since INTEGER NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
  PRIMARY KEY (namespace, id)
) STRICT, WITHOUT ROWID;
`

/** What `PRAGMA user_version` is. */
export const SCHEMA_VERSION = 1
