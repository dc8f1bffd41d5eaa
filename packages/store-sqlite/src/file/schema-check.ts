import { NotAStore, StoreCorrupt } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { checkMarks } from './header.ts'
import { SCHEMA_1 } from './older-schema.ts'
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts'
import { insertStatement } from './seal.ts'
import { insertSealed } from './sealed-row.ts'
import { newMark } from './store-row.ts'

/** So many characters of a text can be damaged by one byte of it. */
const FEW_CHARACTERS = 4

/** What a file holds so far: nothing, a store of an older schema that can be read and upgraded, or one of today's. */
export type FileContent = 'empty' | 'older' | 'store'

/** How a file's objects compare with those of a schema: the same, the same but for a few bytes, or others. */
type Likeness = 'same' | 'damaged' | { readonly other: string }

interface SchemaObject {
  readonly name: string
  readonly sql: string | null
}

/**
 * Compares the file's schema with what its version has, object by object and text by text, before the first write: a
 * stranger's trigger, view or table is `NotAStore`, a newer version `SchemaTooNew` (S23). One that is ours but for a few
 * bytes is `StoreCorrupt` (S22).
 */
export function checkSchema(connection: Connection, path: string): FileContent {
  return connection.snapshot(() => {
    const application = pragma(connection, 'application_id') >>> 0
    const version = pragma(connection, 'user_version')
    const objects = connection.all<SchemaObject>('SELECT name, sql FROM sqlite_schema')
    if (application === 0 && version === 0 && objects.length === 0) return 'empty'
    const current = likeness(objects, SCHEMA)
    const older = likeness(objects, SCHEMA_1)
    const isOurs = [current, older].some((like) => typeof like === 'string')
    checkMarks(path, { application, version }, () => isOurs)
    const [like, content] =
      version === SCHEMA_VERSION ? ([current, 'store'] as const) : ([older, 'older'] as const)
    if (like === 'same') return content
    if (isOurs) throw new StoreCorrupt(path, 'not-stored', new Error('Its schema is damaged'))
    throw new NotAStore(path, typeof like === 'string' ? like : like.other)
  })
}

function likeness(objects: readonly SchemaObject[], schema: ReadonlyMap<string, string>): Likeness {
  const missing = new Map(schema)
  const strange: SchemaObject[] = []
  for (const object of objects) {
    const { name, sql } = object
    if (sql === null && name.startsWith('sqlite_autoindex_')) continue
    if (missing.get(name) === sql) missing.delete(name)
    else strange.push(object)
  }
  if (missing.size === 0 && strange.length === 0) return 'same'
  const isDamaged =
    strange.length === missing.size &&
    strange.every(({ sql }) => [...missing.values()].some((ours) => isNearly(sql ?? '', ours)))
  if (isDamaged) return 'damaged'
  return {
    other:
      strange.length > 0
        ? 'its schema has something that is not ours'
        : 'its schema lacks something that ours has',
  }
}

/** Whether two texts differ in a few characters that lie together. */
function isNearly(text: string, ours: string): boolean {
  const most = Math.min(text.length, ours.length)
  let begin = 0
  while (begin < most && text[begin] === ours[begin]) begin++
  let end = 0
  while (end < most - begin && text.at(-1 - end) === ours.at(-1 - end)) end++
  return Math.max(text.length, ours.length) - begin - end <= FEW_CHARACTERS
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
