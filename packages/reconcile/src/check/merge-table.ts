import { areOne, type Side } from './side.ts'

/** What a step of a merge takes: an entry of `a`, one of `b`, or one of each that are one. */
export const OF_A = 1
export const OF_B = 2
export const OF_BOTH = 3

/** Cells that a check may still fill. */
export class Allowance {
  #left: number

  constructor(cells: number) {
    this.#left = cells
  }

  /** Whether so many more are allowed; then they are taken. */
  take(cells: number): boolean {
    if (cells > this.#left) return false
    this.#left -= cells
    return true
  }

  get left(): number {
    return this.#left
  }
}

/**
 * The textbook table of shortest common supersequences, from the end, of all merges that have at most `most` entries.
 * Those never stray further from the diagonal than `most` allows, so only the band between is filled: of any shorter
 * merge that there is, too. Two bits for a cell remain: which single steps begin a shortest rest. A step that takes
 * both always does, where the two are one.
 */
export class MergeTable {
  readonly a: Side
  readonly b: Side
  /** Entries of a shortest merge. */
  readonly length: number
  readonly #furthest: number
  readonly #width: number
  readonly #steps: Uint8Array

  /** Cells it would fill. `most` is at least the length of either side. */
  static cells(a: Side, b: Side, most: number): number {
    return (a.at.length + 1) * widthOf(a, b, most)
  }

  constructor(a: Side, b: Side, most: number) {
    this.a = a
    this.b = b
    const [n, m] = [a.at.length, b.at.length]
    this.#furthest = most - m
    this.#width = widthOf(a, b, most)
    this.#steps = new Uint8Array(Math.ceil(MergeTable.cells(a, b, most) / 4))
    const { texts, ids } = b
    let below = new Int32Array(m + 2)
    let row = new Int32Array(m + 2)
    for (let x = n; x >= 0; x--) {
      const low = Math.max(0, x - this.#furthest)
      const high = Math.min(m, x + most - n)
      const begin = this.#cell(x, low) - low
      const [text, id] = [a.texts[x], a.ids[x] ?? 0]
      for (let y = high; y >= low; y--) {
        const takesA = x < n && y > x - this.#furthest ? (below[y] as number) : UNREACHED
        const takesB = y < high ? (row[y + 1] as number) : UNREACHED
        const other = id === 0 ? 0 : (ids[y] as number)
        const isPair = x < n && y < m && (other ? id === other : text === texts[y])
        const least = Math.min(takesA, takesB, isPair ? (below[y + 1] as number) : UNREACHED)
        row[y] = least === UNREACHED ? 0 : least + 1
        const steps = (takesA === least ? OF_A : 0) | (takesB === least ? OF_B : 0)
        const cell = begin + y
        this.#steps[cell >> 2] = (this.#steps[cell >> 2] as number) | (steps << ((cell & 3) * 2))
      }
      ;[row, below] = [below, row]
    }
    this.length = below[0] as number
  }

  /** The steps that begin a shortest merge of what is left from (x, y) on: to be asked of places on a shortest merge. */
  stepsFrom(x: number, y: number): number[] {
    const steps: number[] = []
    if (x < this.a.at.length && y < this.b.at.length && areOne(this.a, x, this.b, y)) steps.push(OF_BOTH)
    const cell = this.#cell(x, y)
    const isEnd = x === this.a.at.length && y === this.b.at.length
    const kept = isEnd ? 0 : ((this.#steps[cell >> 2] as number) >> ((cell & 3) * 2)) & 3
    if (kept & OF_A) steps.push(OF_A)
    if (kept & OF_B) steps.push(OF_B)
    return steps
  }

  #cell(x: number, y: number): number {
    return x * this.#width + (this.#width > this.b.at.length ? y : y - x + this.#furthest)
  }
}

const UNREACHED = 2 ** 30

function widthOf(a: Side, b: Side, most: number): number {
  return Math.min(b.at.length + 1, 2 * most - a.at.length - b.at.length + 1)
}

/** The table of two sides of which nothing is known: the band is doubled until a shortest merge lies inside. */
export function tableOf(a: Side, b: Side, allowance: Allowance): MergeTable | undefined {
  const least = Math.max(a.at.length, b.at.length)
  for (let more = 16; ; more *= 2) {
    const most = Math.min(least + more, a.at.length + b.at.length)
    if (!allowance.take(MergeTable.cells(a, b, most))) return undefined
    const table = new MergeTable(a, b, most)
    if (table.length <= most) return table
  }
}

/** A place of a shortest merge, and the steps with which some shortest merge goes on from it. */
export interface Crossing {
  readonly x: number
  readonly y: number
  readonly steps: readonly number[]
}

/** All places of all shortest merges: first the one they begin at, then those after one entry, after two, ... */
export function* crossings(table: MergeTable): Generator<readonly Crossing[]> {
  const wide = table.b.at.length + 1
  let places = [0]
  for (let taken = 0; taken <= table.length; taken++) {
    const next = new Set<number>()
    const level = places.map((place): Crossing => {
      const [x, y] = [Math.floor(place / wide), place % wide]
      const steps = table.stepsFrom(x, y)
      for (const step of steps) next.add((x + (step & OF_A)) * wide + y + (step >> 1))
      return { x, y, steps }
    })
    yield level
    places = [...next]
  }
}

/** What a step says: a text, or of a pair of one id and two texts both. */
export function saidBy(a: Side, x: number, b: Side, y: number, step: number): number | string {
  const [mine, theirs] = [a.texts[x] as number, b.texts[y] as number]
  if (step === OF_A) return mine
  if (step === OF_B || mine === theirs) return theirs
  return mine < theirs ? `${mine} ${theirs}` : `${theirs} ${mine}`
}
