// What a thread of file/thread.ts runs: it does the jobs that it is told to.
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'
import type { Driver } from './file/driver.ts'
import { RUN_STATEMENT } from './file/statements.ts'
import type { Job, ThreadAnswer, ThreadCall } from './file/thread.ts'
import { COPY_STORE } from './read/copying.ts'
import { READ_STRUCTURE } from './verify/structure-reading.ts'

const JOBS = new Map(
  [RUN_STATEMENT, COPY_STORE, READ_STRUCTURE].map((job) => [job.name, job as Job<unknown, unknown>]),
)
// The copy of the driver that the store has: a second one would drop its locks.
const Database = createRequire(import.meta.url)(workerData as string) as typeof BetterSqlite3
const open: Driver['open'] = (path, options) => new Database(path, options)

async function answer({ id, name, request }: ThreadCall): Promise<ThreadAnswer> {
  try {
    return { id, result: await (JOBS.get(name) as Job<unknown, unknown>).work(open, request) }
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string }
    return { id, failed: { message, code: code ?? null } }
  }
}

parentPort?.on('message', async (call: ThreadCall) => parentPort?.postMessage(await answer(call)))
