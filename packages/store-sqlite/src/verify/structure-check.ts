import { loadDriver } from '../file/driver.ts'
import { onThread } from '../file/on-thread.ts'
import { contractError } from '../file/outcome.ts'
import { readStructure, type Structure, type StructureRequest } from './structure-reading.ts'

/**
 * Has SQLite check a file's own structure on a thread of its own, so that the event loop goes on; on this one where there
 * can be no thread. An abort is heard at once; the thread ends when SQLite comes back to it.
 */
export async function checkStructure(
  request: StructureRequest,
  signal: AbortSignal | undefined,
): Promise<Structure> {
  signal?.throwIfAborted()
  const { origin, open } = await loadDriver()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal?.reason)
  signal?.addEventListener?.('abort', abort, { once: true })
  try {
    const onAnother = onThread<Structure>('./structure-thread', import.meta.url, { origin, request })
    const told = await Promise.race([onAnother, aborted.promise])
    signal?.throwIfAborted()
    return told ?? readStructure(open, request)
  } catch (error) {
    signal?.throwIfAborted()
    throw contractError(error, request.path, 'before-commit')
  } finally {
    signal?.removeEventListener?.('abort', abort)
  }
}
