// Lets SQLite check a file's structure on a thread of its own, since that is one call which nothing can divide: see
// `checkStructure`.
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'
import type { ThreadAnswer } from '../file/on-thread.ts'
import { readStructure, type Structure, type StructureRequest } from './structure-reading.ts'

const { origin, request } = workerData as { readonly origin: string; readonly request: StructureRequest }
// The copy of the driver that the store has: a second one would drop its locks.
const Database = createRequire(import.meta.url)(origin) as typeof BetterSqlite3

function answer(): ThreadAnswer<Structure> {
  try {
    return { result: readStructure((path, options) => new Database(path, options), request) }
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string }
    return { failed: { message, code } }
  }
}

parentPort?.postMessage(answer())
