import { syncBuiltinESMExports } from 'node:module'
import workerThreads from 'node:worker_threads'

/**
 * From now on this process can start no thread, so that the store does here what it does on one elsewhere. For what checks a
 * store again and again: the start of a thread takes more than the check of a small store.
 */
export function noThreads(): void {
  workerThreads.Worker = class {
    constructor() {
      throw new Error('no threads in this process')
    }
  } as unknown as typeof workerThreads.Worker
  syncBuiltinESMExports()
}
