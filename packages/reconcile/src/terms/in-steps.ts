/**
 * What is made in steps, with a `yield` behind each: whoever drives it can do something else between two of them. A step
 * looks at some hundred entries, or does as much as that takes: less than a millisecond.
 */
export type InSteps<T> = Generator<void, T, void>

/** Entries that are looked at in one step. */
export const STRIDE = 256

/** Cells of a table, or numbers, that are gone through in one step. */
export const LONG_STRIDE = 8192

/** Says when a step is over, where the work is not one entry after the other. */
export class Pace {
  readonly #stride: number
  #done = 0

  constructor(stride: number = STRIDE) {
    this.#stride = stride
  }

  /** Whether a step is over with so much more work: then it is time to `yield`. */
  isOver(work: number): boolean {
    this.#done += work
    if (this.#done < this.#stride) return false
    this.#done = 0
    return true
  }
}

/** Makes what is made in steps at once. */
export function atOnce<T>(making: InSteps<T>): T {
  for (;;) {
    const { done, value } = making.next()
    if (done) return value
  }
}

/** Does something with each of many values, in steps. */
export function* each<T>(values: ArrayLike<T>, take: (value: T, at: number) => void): InSteps<void> {
  for (let at = 0; at < values.length; at++) {
    if (at % STRIDE === 0) yield
    take(values[at] as T, at)
  }
}

/** `values.map(...)`, in steps. */
export function* mapped<T, U>(values: ArrayLike<T>, by: (value: T, at: number) => U): InSteps<U[]> {
  const made: U[] = []
  yield* each(values, (value, at) => made.push(by(value, at)))
  return made
}

/** The highest of many numbers that are not negative, in steps; 0 of none. */
export function* highest(numbers: ArrayLike<number>): InSteps<number> {
  let most = 0
  yield* each(numbers, (number) => {
    if (number > most) most = number
  })
  return most
}
