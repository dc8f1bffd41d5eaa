import { giveWay, isHeldLately } from './give-way.ts'

/** What is read, a page at a time. Pages are never empty. */
export type Pages<T> = AsyncGenerator<readonly T[], void, undefined>

/**
 * Gives what comes in pages one by one. What is at hand costs one resolved promise; an async generator would put four
 * steps of its own between two entries. The event loop has its turns, whatever is at hand (S20). Once `ended` is aborted,
 * whoever asks for another one gets its reason.
 */
export function streamOf<T>(pages: Pages<T>, ended: AbortSignal): AsyncIterableIterator<T, void, undefined> {
  return new Stream(pages, ended)
}

class Stream<T> implements AsyncIterableIterator<T, void, undefined> {
  readonly #pages: Pages<T>
  readonly #ended: AbortSignal
  #page: readonly T[] = []
  #at = 0
  /** The last call that had to wait; those that come meanwhile follow it. */
  #waiting: Promise<unknown> | null = null

  constructor(pages: Pages<T>, ended: AbortSignal) {
    this.#pages = pages
    this.#ended = ended
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#waiting === null && this.#at < this.#page.length && !this.#ended.aborted && !isHeldLately())
      return Promise.resolve(this.#take())
    return this.#follow(async () => {
      await giveWay()
      this.#ended.throwIfAborted()
      if (this.#at >= this.#page.length) await this.#turn()
      return this.#at < this.#page.length ? this.#take() : { done: true, value: undefined }
    })
  }

  return(): Promise<IteratorResult<T, void>> {
    return this.#follow(async () => {
      this.#page = []
      this.#at = 0
      await this.#pages.return()
      return { done: true, value: undefined }
    })
  }

  #take(): IteratorResult<T, void> {
    return { done: false, value: this.#page[this.#at++] as T }
  }

  async #turn(): Promise<void> {
    const { done, value } = await this.#pages.next()
    this.#page = done ? [] : value
    this.#at = 0
  }

  #follow<R>(work: () => Promise<R>): Promise<R> {
    const before = this.#waiting ?? Promise.resolve()
    const result = before.then(work, work)
    const waiting: Promise<void> = result.then(
      () => this.#done(waiting),
      () => this.#done(waiting),
    )
    this.#waiting = waiting
    return result
  }

  #done(waiting: Promise<void>): void {
    if (this.#waiting === waiting) this.#waiting = null
  }
}
