/**
 * Gives those who wait their turns, one at a time: each after a delay that a seed decides, in a time that nobody waits for.
 * Some delays are so long that many others have their turns meanwhile. So whatever order things can come in, some seed has
 * it, and has it again.
 */
export class Turns {
  readonly #waiting: { readonly at: number; readonly go: () => void }[] = []
  #seed: number
  #time = 0
  #isGoing = false

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Resolves when it is the caller's turn: once all is done that the turn before set off. */
  next(): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ at: this.#time + this.pick(2 ** this.pick(20)), go })
      if (!this.#isGoing) setImmediate(this.#go)
      this.#isGoing = true
    })
  }

  /** One of the first so many numbers, from 0. */
  pick(count: number): number {
    // Mulberry32.
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count
  }

  readonly #go = (): void => {
    const first = this.#waiting.reduce((a, b) => (b.at < a.at ? b : a))
    this.#waiting.splice(this.#waiting.indexOf(first), 1)
    this.#time = first.at
    this.#isGoing = this.#waiting.length > 0
    if (this.#isGoing) setImmediate(this.#go)
    first.go()
  }
}
