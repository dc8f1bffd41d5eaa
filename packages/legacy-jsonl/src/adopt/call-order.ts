/**
 * Keeps calls in the order in which they were made, by name, though each has something to wait for before it begins.
 * What was begun is not waited for: that is the store's to order.
 */
export class CallOrder {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Begins `act` once `prepare` is done and every earlier call of that name has begun or failed to. */
  async inTurn<T>(name: string, prepare: () => Promise<void>, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name)
    const turn = (async () => {
      await before
      await prepare()
      return { begun: act() }
    })()
    const done = turn.catch(() => {})
    this.#last.set(name, done)
    try {
      return await (await turn).begun
    } finally {
      if (this.#last.get(name) === done) this.#last.delete(name)
    }
  }
}
