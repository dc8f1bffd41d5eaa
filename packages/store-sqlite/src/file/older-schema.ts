import type { Connection } from './connection.ts'
import { SCHEMA, SCHEMA_VERSION } from './schema.ts'
import { newMark, RESEAL_STORE } from './store-row.ts'

/** The columns that schema 2 added. Each is the last of its table, so rows of schema 1 are rows of schema 2 without them. */
const ADDED = ['mark', 'log_base', 'partly_sealed', 'seal'] as const

/** Every object of schema 1. No version that was published wrote it. */
export const SCHEMA_1: ReadonlyMap<string, string> = new Map(
  [...SCHEMA].map(([name, sql]) => [
    name,
    addedTo(sql).reduce((text, column) => text.replace(new RegExp(`,\\n {2}${column} [A-Z]+`), ''), sql),
  ]),
)

/**
 * Lets a connection that only reads read a file of schema 1 as one of today. Under each table's name it gets a view of its
 * own, seen by nobody else, in which what schema 1 had not is null.
 */
export function readAsCurrent(connection: Connection): void {
  connection.db.pragma('temp_store = memory')
  for (const [table, sql] of SCHEMA) {
    const more = addedTo(sql).map((column) => `NULL AS ${column}`)
    if (more.length === 0) continue
    connection.db.exec(`CREATE TEMP VIEW "${table}" AS SELECT *, ${more.join(', ')} FROM main."${table}"`)
  }
}

/**
 * Makes a file of schema 1 one of today, in one transaction that reads and rewrites no row but the store's own: what is
 * damaged in it stays as it is. Rows from before have no seal, and the store says so.
 */
export function upgrade(connection: Connection): void {
  const { db } = connection
  connection.run('BEGIN IMMEDIATE')
  try {
    if (db.pragma('user_version', { simple: true }) === 1) {
      db.unsafeMode(true)
      db.pragma('writable_schema = on')
      for (const [name, sql] of SCHEMA)
        db.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(sql, name)
      db.pragma('writable_schema = reset')
      db.pragma(`schema_version = ${Number(db.pragma('schema_version', { simple: true })) + 1}`)
      db.pragma(`user_version = ${SCHEMA_VERSION}`)
      connection.run('UPDATE store SET mark = ?, partly_sealed = 1 WHERE one = 1', newMark())
      connection.run(RESEAL_STORE)
    }
    connection.run('COMMIT')
  } finally {
    db.unsafeMode(false)
    if (db.inTransaction) connection.run('ROLLBACK')
  }
}

function addedTo(sql: string): readonly string[] {
  return sql.startsWith('CREATE TABLE') ? ADDED.filter((column) => sql.includes(`\n  ${column} `)) : []
}
