import { Worker } from 'node:worker_threads'

/** What a thread says when it is done. */
export type ThreadAnswer<T> =
  | { readonly result: T }
  | { readonly failed: { readonly message: string; readonly code: string | undefined } }

/**
 * Has a module work on a thread of its own, for what can't be cut into steps and is too long for the event loop (S20), and
 * gives what it answers. Null where no thread can be had: the permission model forbids it, or the module was bundled away.
 * A driver's error comes back with its code.
 *
 * @param module beside `of`, without its ending: a source's is another one than a package's
 */
export async function onThread<T>(module: string, of: string, workerData: unknown): Promise<T | null> {
  let worker: Worker
  try {
    const url = new URL(`${module}${of.endsWith('.ts') ? '.ts' : '.js'}`, of)
    // With streams of its own it leaves those of the process as they are.
    worker = new Worker(url, { workerData, execArgv: [], stdout: true, stderr: true })
  } catch {
    return null
  }
  const { promise, resolve } = Promise.withResolvers<ThreadAnswer<T> | null>()
  worker.once('message', resolve)
  worker.once('error', () => resolve(null))
  worker.once('exit', () => resolve(null))
  const answer = await promise
  await worker.terminate()
  if (answer === null) return null
  if ('failed' in answer) throw Object.assign(new Error(answer.failed.message), { code: answer.failed.code })
  return answer.result
}
