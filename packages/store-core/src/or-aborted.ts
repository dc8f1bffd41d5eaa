/**
 * What a promise comes to, or the signal's reason as soon as it is aborted: whoever made the promise is then no longer
 * waited for, and what becomes of it is ignored.
 */
export function orAborted<T>(promise: PromiseLike<T> | T, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return Promise.resolve(promise)
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    const done = (): void => signal.removeEventListener('abort', abort)
    Promise.resolve(promise).then(resolve, reject).then(done)
  })
}
