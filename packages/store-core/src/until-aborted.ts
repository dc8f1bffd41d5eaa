import { orAborted } from './or-aborted.ts'

/**
 * The items of a source, which fails with the signal's reason as soon as it is aborted, also while an item is waited
 * for. The source is told that no more is wanted, and is not waited for.
 */
export function untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  return signal ? takenUntilAborted(items, signal, (item) => item) : items
}

/** {@link untilAborted}, with what `take` makes of each item. Where that fails, no more is wanted, either. */
export function takenUntilAborted<T, R>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
  take: (item: T) => R,
): AsyncIterable<R> {
  return { [Symbol.asyncIterator]: () => new Heard(items, signal, take) }
}

/** One listener and one promise for an item: a source may have millions. */
class Heard<T, R> implements AsyncIterator<R, unknown, undefined> {
  readonly #items: AsyncIterator<T> | Iterator<T>
  readonly #signal: AbortSignal
  readonly #take: (item: T) => R
  readonly #abort = (): void => this.#refuse?.(this.#signal.reason)
  #refuse: ((reason: unknown) => void) | null = null

  constructor(items: AsyncIterable<T> & Partial<Iterable<T>>, signal: AbortSignal, take: (item: T) => R) {
    // As `for await` does it: what callers without types give may be an array.
    this.#items = (items[Symbol.asyncIterator] ?? (items as unknown as Iterable<T>)[Symbol.iterator]).call(
      items,
    )
    this.#signal = signal
    this.#take = take
    signal.addEventListener('abort', this.#abort)
  }

  async next(): Promise<IteratorResult<R, unknown>> {
    let item: IteratorResult<T, unknown>
    try {
      item = await this.#next()
    } catch (error) {
      this.#end()
      // A source that failed by itself is at its end, and not asked again.
      if (this.#signal.aborted) void this.#leave().catch(() => {})
      throw error
    }
    if (item.done) {
      this.#end()
      return item
    }
    try {
      return { done: false, value: this.#take(item.value) }
    } catch (error) {
      await this.return().catch(() => {})
      throw error
    }
  }

  async return(value?: unknown): Promise<IteratorResult<R, unknown>> {
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
