import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'
import { readStructure, type StructureRequest } from './structure-reading.ts'

/** Lets SQLite check a file's structure on a thread of its own: that is one call, which nothing can divide. */
const { driver, path } = workerData as StructureRequest & { readonly driver: string }
// The copy of the driver that the store has: a second one would drop its locks.
const Database = createRequire(driver)(driver) as typeof BetterSqlite3
const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 })
try {
  parentPort?.postMessage(readStructure(db))
} finally {
  db.close()
}
