import { Worker } from 'node:worker_threads'
import { loadDriver } from '../file/driver.ts'
import { contractError } from '../file/outcome.ts'
import { readStructure, type Structure, type StructureRequest } from './structure-reading.ts'

/**
 * Has SQLite check a file's own structure on a thread of its own, so that the event loop goes on; on this one where no
 * thread may be started (`--permission`). An abort is heard at once; the thread ends when SQLite comes back to it.
 */
export async function checkStructure(
  request: StructureRequest,
  signal: AbortSignal | undefined,
): Promise<Structure> {
  signal?.throwIfAborted()
  const driver = await loadDriver()
  const told = await onThread(driver.origin, request, signal)
  if (told) return told
  signal?.throwIfAborted()
  try {
    return readStructure(
      (path) => driver.open(path, { readonly: true, fileMustExist: true, timeout: 0 }),
      request,
    )
  } catch (error) {
    throw contractError(error, request.path, 'before-commit')
  }
}

/** What a thread found; null where there could be none, or it failed. */
function onThread(
  driver: string,
  request: StructureRequest,
  signal: AbortSignal | undefined,
): Promise<Structure | null> {
  return new Promise((resolve, reject) => {
    let worker: Worker
    try {
      // A worker is named by its file, which the compiler does not rewrite: a source is named as one.
      const file = `./structure-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`
      worker = new Worker(new URL(file, import.meta.url), { workerData: { driver, request } })
    } catch {
      resolve(null)
      return
    }
    const stop = (): void => {
      worker.terminate().catch(() => {})
      reject(signal?.reason)
    }
    signal?.addEventListener?.('abort', stop, { once: true })
    worker.once('message', resolve)
    worker.once('error', () => resolve(null))
    worker.once('exit', () => {
      signal?.removeEventListener?.('abort', stop)
      resolve(null)
    })
  })
}
