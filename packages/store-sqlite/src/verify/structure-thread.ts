import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'
import { readStructure, type StructureRequest } from './structure-reading.ts'

// What takes SQLite one call, which nothing can divide, is done on a thread of its own: see `structure-check.ts`.
const { driver, request } = workerData as { readonly driver: string; readonly request: StructureRequest }
// The copy of the driver that the store has: a second one would drop its locks.
const Database = createRequire(driver)(driver) as typeof BetterSqlite3
const open = (path: string): BetterSqlite3.Database =>
  new Database(path, { readonly: true, fileMustExist: true, timeout: 0 })
parentPort?.postMessage(readStructure(open, request))
