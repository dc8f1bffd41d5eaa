// Copies a store on a thread of its own: see `backUp`.
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'
import type { ThreadAnswer } from '../file/on-thread.ts'
import { type CopyRequest, copyStore } from './copying.ts'

const { origin, ...request } = workerData as CopyRequest & { readonly origin: string }
// The copy of the driver that the store has: a second one would drop its locks.
const Database = createRequire(import.meta.url)(origin) as typeof BetterSqlite3

async function answer(): Promise<ThreadAnswer<boolean>> {
  try {
    return { result: await copyStore((path, options) => new Database(path, options), request) }
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string }
    return { failed: { message, code } }
  }
}

parentPort?.postMessage(await answer())
