import { each, type InSteps, LONG_STRIDE, STRIDE } from './terms/in-steps.ts'
import type { WitnessEntry } from './terms/witness.ts'

/** A list of entries as the search sees it: integers that are equal where the texts, or the ids, are. */
export interface Sequence {
  readonly length: number
  /** One positive integer for each fingerprint. */
  readonly letters: Int32Array
  /** One positive integer for each native id, 0 for none. */
  readonly ids: Int32Array
  /** Index of each entry in the list it was taken from. */
  readonly at: Int32Array
}

/** Whether two entries are one: by their ids where both bear one, else by their fingerprints. Not transitive. */
export function matches(a: Sequence, i: number, b: Sequence, j: number): boolean {
  const id = a.ids[i]
  const other = b.ids[j]
  return id && other ? id === other : a.letters[i] === b.letters[j]
}

/** The entries at `positions` of `sequence`. */
export function* select(sequence: Sequence, positions: readonly number[] | Int32Array): InSteps<Sequence> {
  const { length } = positions
  const [letters, ids, at] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)]
  for (let i = 0; i < length; i++) {
    if (i % LONG_STRIDE === 0) yield
    const position = positions[i] as number
    letters[i] = sequence.letters[position] as number
    ids[i] = sequence.ids[position] as number
    at[i] = sequence.at[position] as number
  }
  return { length, letters, ids, at }
}

export function slice(sequence: Sequence, from: number, to: number): Sequence {
  const { letters, ids, at } = sequence
  return {
    length: to - from,
    letters: letters.subarray(from, to),
    ids: ids.subarray(from, to),
    at: at.subarray(from, to),
  }
}

export function reversed(sequence: Sequence): Sequence {
  return {
    length: sequence.length,
    letters: sequence.letters.toReversed(),
    ids: sequence.ids.toReversed(),
    at: sequence.at.toReversed(),
  }
}

/** Numbers fingerprints and ids, so that sequences taken from one lexicon can be compared. */
export class Lexicon {
  readonly #letters = new Map<string, number>()
  readonly #ids = new Map<string, number>()
  readonly #letterOfId: number[] = []
  #rewritten = false

  /** Every letter is at most this. */
  get size(): number {
    return this.#letters.size
  }

  /** Whether some id was borne by two different texts; a match then no longer implies equal letters. */
  get rewritten(): boolean {
    return this.#rewritten
  }

  /** The entries of a list, `session_meta` taken out. */
  *sequence(entries: readonly WitnessEntry[]): InSteps<Sequence> {
    const positions: number[] = []
    yield* each(entries, ({ meta }, i) => {
      if (meta === undefined) positions.push(i)
    })
    const length = positions.length
    const letters = new Int32Array(length)
    const ids = new Int32Array(length)
    for (let i = 0; i < length; i++) {
      if (i % STRIDE === 0) yield
      const { fingerprint, nativeId } = entries[positions[i] as number] as WitnessEntry
      const letter = numberOf(this.#letters, fingerprint)
      letters[i] = letter
      if (nativeId === undefined) continue
      const id = numberOf(this.#ids, nativeId)
      ids[i] = id
      this.#letterOfId[id] ??= letter
      if (this.#letterOfId[id] !== letter) this.#rewritten = true
    }
    return { length, letters, ids, at: Int32Array.from(positions) }
  }
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  const fresh = numbers.size + 1
  numbers.set(name, fresh)
  return fresh
}

/** Positions of the entries of `sequence` that may match an entry of `other`; the rest match none. */
export function* positionsShared(sequence: Sequence, other: Sequence): InSteps<Int32Array> {
  const letters = yield* named(other.letters)
  const ids = yield* named(other.ids)
  ids.delete(0)
  const positions = new Int32Array(sequence.length)
  let count = 0
  for (let i = 0; i < sequence.length; i++) {
    if (i % STRIDE === 0) yield
    if (letters.has(sequence.letters[i] as number) || ids.has(sequence.ids[i] as number))
      positions[count++] = i
  }
  return positions.slice(0, count)
}

function* named(numbers: Int32Array): InSteps<Set<number>> {
  const names = new Set<number>()
  yield* each(numbers, (number) => names.add(number))
  return names
}
