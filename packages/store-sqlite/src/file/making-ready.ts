import { randomBytes } from 'node:crypto'
import { NotAStore } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { inspect } from './header.ts'
import { createFile, statOrNull, tighten } from './location.ts'
import { MainHandle } from './main-handle.ts'
import { readAsCurrent, upgrade } from './older-schema.ts'
import { type JournalMode, setJournalMode, setPragmas } from './pragmas.ts'
import { PAGE_SIZE } from './schema.ts'
import { checkSchema, createSchema } from './schema-check.ts'

/** Looks at what is there before SQLite does, and makes an empty file where nothing is and a store may be made. */
export function makeReady(
  path: string,
  { readOnly, mustExist }: { readonly readOnly: boolean; readonly mustExist: boolean },
): MainHandle {
  let main = statOrNull(path) ? MainHandle.open(path, readOnly) : null
  try {
    if (inspect(path, main) === 'new') {
      if (readOnly || mustExist) {
        throw new NotAStore(path, main ? 'it is empty' : 'there is no such file')
      }
      createFile(path)
    }
    if (!readOnly) tighten(path)
    main ??= MainHandle.open(path, readOnly)
    return main
  } catch (error) {
    main?.letGo()
    throw error
  }
}

/** What a connection is set up for. */
export interface Preparation {
  readonly path: string
  readonly mode: JournalMode
  readonly readOnly: boolean
  /** Whether the store was open before, and so is there. */
  readonly isKnown: boolean
  readonly now: () => number
}

/** Sets a connection up, and makes the store in an empty file or upgrades an older one. Throws the driver's errors. */
export function prepare(connection: Connection, { path, mode, readOnly, isKnown, now }: Preparation): void {
  const { db } = connection
  if (!readOnly && !isKnown) db.pragma(`page_size = ${PAGE_SIZE}`)
  setPragmas(connection)
  const content = checkSchema(connection, path)
  if (content === 'older') {
    if (readOnly) readAsCurrent(connection)
    else upgrade(connection)
  }
  if (content === 'empty') {
    if (readOnly || isKnown) throw new NotAStore(path, 'it is empty')
    makeStore(connection, now)
    checkSchema(connection, path)
  }
  if (!readOnly) setJournalMode(connection, mode)
  setPragmas(connection)
}

/** Before the file turns to a WAL, so that the main file itself holds the schema and the store's id. */
function makeStore(connection: Connection, now: () => number): void {
  const { db } = connection
  connection.run('BEGIN IMMEDIATE')
  try {
    if (db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0) {
      createSchema(connection, { id: randomBytes(16).toString('hex'), at: now() })
    }
    connection.run('COMMIT')
  } finally {
    if (db.inTransaction) connection.run('ROLLBACK')
  }
}
