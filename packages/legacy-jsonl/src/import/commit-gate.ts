/**
 * Where sessions that are imported side by side wait for each other before they are written, so that one commit carries
 * all of them: each is still visible whole or not at all by itself (S9). They go on in the order of their numbers.
 */
export class CommitGate {
  readonly #goOn: (() => void)[] = []
  #awaited: Set<number> | null

  /** For sessions 0 to `sessions` - 1. */
  constructor(sessions: number) {
    this.#awaited = new Set(Array.from({ length: sessions }, (_, i) => i))
  }

  /** Resolves once every session is here or done with. One that comes again is not held up. */
  async pass(session: number): Promise<void> {
    if (!this.#awaited) return
    const passed = new Promise<void>((resolve) => {
      this.#goOn[session] = resolve
    })
    this.#strike(session)
    await passed
  }

  /** Says that a session is done with, however it ended. */
  leave(session: number): void {
    this.#strike(session)
  }

  #strike(session: number): void {
    if (!this.#awaited) return
    this.#awaited.delete(session)
    if (this.#awaited.size > 0) return
    this.#awaited = null
    // Later, when the last one that came waits as well: else the others would go before it, whatever its number.
    queueMicrotask(() => {
      for (const goOn of this.#goOn) goOn?.()
    })
  }
}
