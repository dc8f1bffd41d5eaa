import { each, type InSteps } from '../terms/in-steps.ts'
import type { WitnessEntry } from '../terms/witness.ts'

/** What the messages of one witness say, as the checker compares them. */
export interface Told {
  /** A number for each text: equal exactly where fingerprints are. */
  readonly texts: Int32Array
  /** A number for each native id, 0 for none. */
  readonly ids: Int32Array
}

/** The messages of one witness; position and index differ where something is left out. */
export interface Side extends Told {
  readonly entries: readonly WitnessEntry[]
  /** Index of each in its witness. */
  readonly at: Int32Array
}

/** Numbers texts and ids, the same for every side it makes. */
export class Numbering {
  readonly #texts = new Map<string, number>()
  readonly #ids = new Map<string, number>();

  /** The messages of a list of entries. */
  *side(entries: readonly WitnessEntry[]): InSteps<Side> {
    const messages: WitnessEntry[] = []
    const at: number[] = []
    yield* each(entries, (entry, i) => {
      if (entry.meta !== undefined) return
      messages.push(entry)
      at.push(i)
    })
    const texts = new Int32Array(at.length)
    const ids = new Int32Array(at.length)
    yield* each(messages, ({ fingerprint, nativeId }, i) => {
      texts[i] = numberIn(this.#texts, fingerprint)
      if (nativeId !== undefined) ids[i] = numberIn(this.#ids, nativeId)
    })
    return { entries: messages, at: Int32Array.from(at), texts, ids }
  }
}

function numberIn(numbers: Map<string, number>, name: string): number {
  const number = numbers.get(name) ?? numbers.size + 1
  numbers.set(name, number)
  return number
}

/** Whether two entries are one: by ids where both bear one, else by what they say. */
export function areOne(a: Told, x: number, b: Told, y: number): boolean {
  const [id, other] = [a.ids[x], b.ids[y]]
  return id && other ? id === other : a.texts[x] === b.texts[y]
}

/** The entries at some positions. */
export function* pick(side: Side, positions: ArrayLike<number>): InSteps<Side> {
  const entries: WitnessEntry[] = []
  const at = new Int32Array(positions.length)
  yield* each(positions, (position, i) => {
    entries.push(side.entries[position] as WitnessEntry)
    at[i] = side.at[position] as number
  })
  return { entries, at, ...(yield* said(side, positions)) }
}

/** What the entries at some positions say. */
export function* said(told: Told, positions: ArrayLike<number>): InSteps<Told> {
  const texts = new Int32Array(positions.length)
  const ids = new Int32Array(positions.length)
  yield* each(positions, (position, i) => {
    texts[i] = told.texts[position] as number
    ids[i] = told.ids[position] as number
  })
  return { texts, ids }
}

/** What a side says from one position to another. */
export function slice({ texts, ids }: Told, from: number, to: number): Told {
  return { texts: texts.subarray(from, to), ids: ids.subarray(from, to) }
}

/** Without the entries of some indices of the witness. */
export function* without(side: Side, indices: ReadonlySet<number>): InSteps<Side> {
  if (indices.size === 0) return side
  const left: number[] = []
  yield* each(side.at, (index, i) => {
    if (!indices.has(index)) left.push(i)
  })
  return yield* pick(side, left)
}

export function backwards({ texts, ids }: Told): Told {
  return { texts: texts.toReversed(), ids: ids.toReversed() }
}

/** The position of each index of the witness. */
export function* positionsOf(side: Side): InSteps<ReadonlyMap<number, number>> {
  const positions = new Map<number, number>()
  yield* each(side.at, (index, i) => positions.set(index, i))
  return positions
}
