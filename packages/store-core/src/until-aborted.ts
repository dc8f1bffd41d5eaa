import { orAborted } from './or-aborted.ts'

/**
 * The items of a source, which fails with the signal's reason as soon as it is aborted, also while an item is waited
 * for. The source is told that no more is wanted, and is not waited for.
 */
export function untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  return signal ? { [Symbol.asyncIterator]: () => new Heard(items, signal) } : items
}

/** One listener and one promise for an item: a source may have millions. */
class Heard<T> implements AsyncIterator<T, unknown, undefined> {
  readonly #items: AsyncIterator<T> | Iterator<T>
  readonly #signal: AbortSignal
  readonly #abort = (): void => this.#refuse?.(this.#signal.reason)
  #refuse: ((reason: unknown) => void) | null = null

  constructor(items: AsyncIterable<T> & Partial<Iterable<T>>, signal: AbortSignal) {
    // As `for await` does it: what callers without types give may be an array.
    this.#items = (items[Symbol.asyncIterator] ?? (items as unknown as Iterable<T>)[Symbol.iterator]).call(
      items,
    )
    this.#signal = signal
    signal.addEventListener('abort', this.#abort)
  }

  async next(): Promise<IteratorResult<T>> {
    try {
      const item = await this.#next()
      if (item.done) this.#end()
      return item
    } catch (error) {
      this.#end()
      // A source that failed by itself is at its end, and not asked again.
      if (this.#signal.aborted) void this.#leave().catch(() => {})
      throw error
    }
  }

  async return(value?: unknown): Promise<IteratorResult<T>> {
    this.#end()
    await orAborted(this.#leave(), this.#signal)
    return { done: true, value }
  }

  #next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#signal.throwIfAborted()
      this.#refuse = reject
      Promise.resolve(this.#items.next()).then(resolve, reject)
    })
  }

  async #leave(): Promise<void> {
    await this.#items.return?.()
  }

  #end(): void {
    this.#signal.removeEventListener('abort', this.#abort)
  }
}
