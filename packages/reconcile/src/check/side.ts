import type { WitnessEntry } from '../witness.ts'

/** The messages of one witness as the checker compares them; position and index differ where something is left out. */
export interface Side {
  readonly entries: readonly WitnessEntry[]
  /** Index of each in its witness. */
  readonly at: readonly number[]
  /** A number for each text: equal exactly where fingerprints are. */
  readonly texts: Int32Array
  /** A number for each native id, 0 for none. */
  readonly ids: Int32Array
}

/** Numbers texts and ids, the same for every side it makes. */
export class Numbering {
  readonly #texts = new Map<string, number>()
  readonly #ids = new Map<string, number>()

  /** The messages of a list of entries. */
  side(entries: readonly WitnessEntry[]): Side {
    const at = [...entries.keys()].filter((i) => entries[i]?.meta === undefined)
    const messages = at.map((i) => entries[i] as WitnessEntry)
    return {
      entries: messages,
      at,
      texts: Int32Array.from(messages, ({ fingerprint }) => numberIn(this.#texts, fingerprint)),
      ids: Int32Array.from(messages, ({ nativeId }) =>
        nativeId === undefined ? 0 : numberIn(this.#ids, nativeId),
      ),
    }
  }
}

function numberIn(numbers: Map<string, number>, name: string): number {
  const number = numbers.get(name) ?? numbers.size + 1
  numbers.set(name, number)
  return number
}

/** Whether two entries are one: by ids where both bear one, else by what they say. */
export function areOne(a: Side, x: number, b: Side, y: number): boolean {
  const [id, other] = [a.ids[x], b.ids[y]]
  return id && other ? id === other : a.texts[x] === b.texts[y]
}

/** The entries at some positions. */
export function pick(side: Side, positions: readonly number[]): Side {
  const numbers = (list: Int32Array) => Int32Array.from(positions, (i) => list[i] as number)
  return {
    entries: positions.map((i) => side.entries[i] as WitnessEntry),
    at: positions.map((i) => side.at[i] as number),
    texts: numbers(side.texts),
    ids: numbers(side.ids),
  }
}

/** Without the entries of some indices of the witness. */
export function without(side: Side, indices: ReadonlySet<number>): Side {
  return pick(
    side,
    [...side.at.keys()].filter((i) => !indices.has(side.at[i] as number)),
  )
}

export function backwards(side: Side): Side {
  return pick(side, [...side.at.keys()].reverse())
}
