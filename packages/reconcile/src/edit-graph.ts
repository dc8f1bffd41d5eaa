import { type Budget, CELL } from './budget.ts'
import { matches, positionsShared, type Sequence, select } from './sequence.ts'

/**
 * The edit graph of two sequences: node (x, y) stands before entry x of `a` and entry y of `b`; an edge takes one entry
 * of `a`, one of `b`, or, where the two match, both at once. A path from (0, 0) to the end spells a merge, and one with
 * the fewest single entries, `distance`, a shortest one.
 *
 * The table says how near the end each diagonal comes with each number of differences. It is the furthest-reaching
 * array of E. Myers, "An O(ND) Difference Algorithm and Its Variations" (Algorithmica 1, 1986), searched from the end,
 * in the order of S. Wu, U. Manber, G. Myers and W. Miller, "An O(NP) Sequence Comparison Algorithm" (Information
 * Processing Letters 35, 1990), where P counts only the differences beyond those the lengths force. All rows are kept,
 * so any node can be asked afterwards. Both need of "matches" only that it relates positions; it may be any relation.
 *
 * Entries that match nothing on the other side are left out of the table and counted: they are single on every path.
 */
export class EditGraph {
  readonly a: Sequence
  readonly b: Sequence
  /** Entries that stand alone in a shortest merge; its length is `(a.length + b.length + distance) / 2`. */
  readonly distance: number
  readonly #rows: Int32Array[] = []
  readonly #swapped: boolean
  readonly #long: Sequence
  readonly #short: Sequence
  /** How many entries from a position on are in the table. */
  readonly #leftOfA: Int32Array
  readonly #leftOfB: Int32Array

  /** @throws BudgetSpent */
  constructor(a: Sequence, b: Sequence, budget: Budget) {
    this.a = a
    this.b = b
    const sharedOfA = positionsShared(a, b)
    const sharedOfB = positionsShared(b, a)
    this.#leftOfA = countdown(a.length, sharedOfA)
    this.#leftOfB = countdown(b.length, sharedOfB)
    this.#swapped = sharedOfB.length > sharedOfA.length
    const [long, short] = this.#swapped ? [sharedOfB, sharedOfA] : [sharedOfA, sharedOfB]
    this.#long = select(this.#swapped ? b : a, long)
    this.#short = select(this.#swapped ? a : b, short)
    budget.spend(a.length + b.length)
    const apart = a.length - sharedOfA.length + (b.length - sharedOfB.length)
    const delta = long.length - short.length
    this.distance = apart + delta + 2 * this.#search(delta, budget)
  }

  /**
   * Whether a path from (x, y) to the end has at most `differences` single entries. To be asked only of nodes that a
   * shortest path can step to with as many differences left.
   */
  reaches(x: number, y: number, differences: number): boolean {
    const inA = this.#leftOfA[x] as number
    const inB = this.#leftOfB[y] as number
    const left = differences - (this.a.length - x - inA) - (this.b.length - y - inB)
    const [u, v] = this.#swapped ? [inB, inA] : [inA, inB]
    const delta = this.#long.length - this.#short.length
    const k = u - v
    const p = (left + Math.abs(delta - k) - delta) / 2
    const furthest = this.#rows[p]?.[k + p]
    return furthest !== undefined && furthest >= u
  }

  /** Fills the rows. Row p holds, for diagonals -p to delta + p, the furthest u reached from the end. */
  #search(delta: number, budget: Budget): number {
    const long = this.#long
    const short = this.#short
    const n = long.length
    const m = short.length
    let previous = new Int32Array(0)
    for (let p = 0; ; p++) {
      budget.spend(CELL * (delta + 2 * p + 1))
      const row = new Int32Array(delta + 2 * p + 1)
      const extend = (k: number, from: number) => {
        const limit = Math.min(n, m + k)
        const start = Math.min(from, limit)
        let u = start
        while (u < limit && matches(long, n - 1 - u, short, m - 1 - (u - k))) u++
        budget.spend(u - start + 1)
        row[k + p] = u
      }
      for (let k = -p; k < delta; k++) extend(k, Math.max((row[k - 1 + p] ?? -1) + 1, previous[k + p] ?? 0))
      for (let k = delta + p; k > delta; k--)
        extend(k, Math.max((previous[k + p - 2] ?? -1) + 1, row[k + 1 + p] ?? 0))
      extend(delta, Math.max((row[delta - 1 + p] ?? -1) + 1, row[delta + 1 + p] ?? 0))
      this.#rows.push(row)
      if (row[delta + p] === n) return p
      previous = row
    }
  }
}

function countdown(length: number, shared: Int32Array): Int32Array {
  const left = new Int32Array(length + 1)
  for (let i = length - 1, rest = shared.length - 1; i >= 0; i--) {
    const is = rest >= 0 && shared[rest] === i
    left[i] = (left[i + 1] as number) + (is ? 1 : 0)
    if (is) rest--
  }
  return left
}
