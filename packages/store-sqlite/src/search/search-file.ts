import { unlinkSync } from 'node:fs'
import { SEARCH_VERSION } from '@faircopy/store-core/backend'
import { Connection } from '../file/connection.ts'
import type { Driver } from '../file/driver.ts'
import { createFile, SIDECARS, statOrNull } from '../file/location.ts'
import { codeOf, faultOf } from '../file/outcome.ts'
import { type JournalMode, setJournalMode } from '../file/pragmas.ts'

/** Marks the file as an index of ours: "Fase" in ASCII. */
export const INDEX_MARK = 0x46617365

/** The schema of the index. An older one is made anew, a newer one is left alone. */
export const INDEX_SCHEMA = 1

/** The tables of the index, by name, in the exact text that SQLite keeps of them. */
export const INDEX_TABLES: readonly (readonly [name: string, sql: string])[] = [
  [
    'feed',
    `CREATE TABLE feed (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store TEXT NOT NULL,
  terms INTEGER NOT NULL,
  change INTEGER NOT NULL,
  through INTEGER NOT NULL,
  doc INTEGER NOT NULL,
  key INTEGER NOT NULL,
  hash BLOB,
  since INTEGER NOT NULL
) STRICT`,
  ],
  ['run', 'CREATE TABLE run (doc INTEGER PRIMARY KEY, key INTEGER NOT NULL) STRICT'],
  [
    'term',
    `CREATE VIRTUAL TABLE term USING fts5 (
  terms, content = '', columnsize = 0, detail = none, tokenize = "ascii tokenchars '_'"
)`,
  ],
]

/** FTS5 does not merge of itself, in the middle of an insert and without an end: see `SearchIndex.tidy`. */
const TABLES = `
${INDEX_TABLES.map(([, sql]) => `${sql};`).join('\n')}
INSERT INTO term (term, rank) VALUES ('automerge', 0);
PRAGMA application_id = ${INDEX_MARK};
PRAGMA user_version = ${INDEX_SCHEMA};`

const NAMES = INDEX_TABLES.map(([name]) => name)

/** Nothing can be done with the index now, for the reason that `cause` tells; search goes on without it. */
export class IndexUnusable extends Error {
  constructor(cause?: unknown) {
    super('The search index cannot be used', { cause })
    this.name = 'IndexUnusable'
  }
}

/** What an error of the index means: another process writes; nothing can be written; or the file is no good. */
export type IndexFault = 'busy' | 'unwritable' | 'damage'

/** The meaning of an error that came up while the index was used. Rethrows what is not the driver's. */
export function indexFault(error: unknown): IndexFault {
  if (error instanceof IndexUnusable) return 'unwritable'
  const code = codeOf(error)
  if (!code.startsWith('SQLITE_') && !(error instanceof Error && 'syscall' in error)) throw error
  const fault = faultOf(error)
  if (fault === 'busy') return 'busy'
  if (fault === 'full' || fault === 'io') return 'unwritable'
  return /^SQLITE_(READONLY|PERM|AUTH|NOMEM)/.test(code) ? 'unwritable' : 'damage'
}

/** Which files a connection was opened on: another inode is another file. */
export interface Inodes {
  readonly main: bigint | null
  readonly wal: bigint | null
}

/** The inodes of an index's files now. */
export function inodesOf(path: string): Inodes {
  return { main: statOrNull(path)?.ino ?? null, wal: statOrNull(`${path}-wal`)?.ino ?? null }
}

/**
 * Opens the index of a store, and makes it where there is none. One of another store, another version of the terms or
 * an older schema is emptied. Fails with {@link IndexUnusable}, and with the driver's errors for a damaged file.
 */
export function openIndex(
  driver: Driver,
  path: string,
  storeId: string,
  { readOnly, mode }: { readonly readOnly: boolean; readonly mode: JournalMode },
): Connection {
  const stat = statOrNull(path)
  const me = process.geteuid?.()
  if (stat && (!stat.isFile() || (me !== undefined && me !== 0 && Number(stat.uid) !== me))) {
    throw new IndexUnusable()
  }
  if (!stat) {
    if (readOnly) throw new IndexUnusable()
    discardIndex(path)
    createFile(path)
  }
  const connection = new Connection(
    driver.open(path, { fileMustExist: true, readonly: readOnly, timeout: 0 }),
  )
  try {
    connection.db.pragma('trusted_schema = 0')
    connection.db.pragma('synchronous = NORMAL')
    connection.db.pragma('wal_autocheckpoint = 0')
    if (!isOurs(connection)) throw new IndexUnusable()
    if (!readOnly) setJournalMode(connection, mode)
    if (!isCurrent(connection, storeId)) {
      if (readOnly) throw new IndexUnusable()
      emptyIndex(connection, storeId, null)
    }
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * Takes everything out of an index, in one transaction, and then out of the file: what merges left behind in it as well.
 * Only then does it say that it holds nothing of what was redacted up to `since`.
 */
export function emptyIndex(connection: Connection, storeId: string, since: number | null): void {
  connection.db.pragma('secure_delete = 1')
  connection.run('BEGIN IMMEDIATE')
  try {
    // Looks again: whether another process has made the index since it was missed.
    const isToEmpty = since !== null || !isCurrent(connection, storeId)
    if (isToEmpty) {
      for (const name of NAMES) connection.db.exec(`DROP TABLE IF EXISTS ${name}`)
      connection.db.exec(TABLES)
      connection.run(
        'INSERT INTO feed (one, store, terms, change, through, doc, key, since) VALUES (1, ?, ?, 0, 0, 0, 0, 0)',
        storeId,
        SEARCH_VERSION,
      )
    }
    connection.run('COMMIT')
    if (isToEmpty) connection.db.exec('VACUUM')
    if (since !== null) connection.run('UPDATE feed SET since = ? WHERE change = 0', since)
  } finally {
    if (connection.db.inTransaction) connection.run('ROLLBACK')
    connection.db.pragma('secure_delete = 0')
  }
  connection.db.pragma('wal_checkpoint(TRUNCATE)')
}

/** Removes an index's files. */
export function discardIndex(path: string): void {
  for (const file of [path, ...SIDECARS.map((suffix) => path + suffix)]) {
    if (statOrNull(file)?.isFile()) unlinkSync(file)
  }
}

/** Whether the file is an index, or nothing yet: a database that another program made is left alone, and so is a newer index. */
function isOurs({ db }: Connection): boolean {
  const application = db.pragma('application_id', { simple: true }) as number
  const version = db.pragma('user_version', { simple: true }) as number
  const objects = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  return objects === 0 || (application === INDEX_MARK && version <= INDEX_SCHEMA)
}

function isCurrent(connection: Connection, storeId: string): boolean {
  const { db } = connection
  const names = db.prepare('SELECT name FROM sqlite_schema').pluck().all() as string[]
  if (!NAMES.every((name) => names.includes(name))) return false
  if (db.pragma('user_version', { simple: true }) !== INDEX_SCHEMA) return false
  const feed = db.prepare('SELECT store, terms FROM feed').get() as
    | { store: string; terms: number }
    | undefined
  return feed?.store === storeId && feed.terms === SEARCH_VERSION
}
