import { NotAStore } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { checkMarks } from './header.ts'
import { newMark } from './mark.ts'
import { SCHEMA_1 } from './older-schema.ts'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts'
import { insertSealed, insertStatement } from './seal.ts'

/** What a file holds so far: nothing, a store of an older schema that can be read and upgraded, or one of today's. */
export type FileContent = 'empty' | 'older' | 'store'

/**
 * Compares the file's schema with what its version has, object by object and text by text, before the first write: a
 * stranger's trigger, view or table is `NotAStore`, a newer version `SchemaTooNew` (S23).
 */
export function checkSchema(connection: Connection, path: string): FileContent {
  return connection.snapshot(() => {
    const application = pragma(connection, 'application_id') >>> 0
    const version = pragma(connection, 'user_version')
    const objects = connection.all<{ name: string; sql: string | null }>(
      'SELECT name, sql FROM sqlite_schema',
    )
    if (application === 0 && version === 0 && objects.length === 0) return 'empty'
    checkMarks(path, { application, version })
    const expected = new Map(version === SCHEMA_VERSION ? SCHEMA : SCHEMA_1)
    for (const { name, sql } of objects) {
      if (sql === null && name.startsWith('sqlite_autoindex_')) continue
      if (expected.get(name) !== sql) throw new NotAStore(path, 'its schema has something that is not ours')
      expected.delete(name)
    }
    if (expected.size > 0) throw new NotAStore(path, 'its schema lacks something that ours has')
    return version === SCHEMA_VERSION ? 'store' : 'older'
  })
}

/** Makes the schema in an empty file, in one transaction that the caller has begun. */
export function createSchema(
  connection: Connection,
  store: { readonly id: string; readonly at: number },
): void {
  for (const sql of SCHEMA.values()) connection.db.exec(sql)
  connection.db.pragma(`application_id = ${APPLICATION_ID}`)
  connection.db.pragma(`user_version = ${SCHEMA_VERSION}`)
  insertSealed(
    connection,
    insertStatement('store'),
    1,
    store.id,
    store.at,
    0,
    Number.MAX_SAFE_INTEGER,
    newMark(),
    null,
    0,
  )
}

function pragma(connection: Connection, name: 'application_id' | 'user_version'): number {
  return connection.db.pragma(name, { simple: true }) as number
}
