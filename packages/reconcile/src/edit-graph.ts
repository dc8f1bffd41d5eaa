import { type Budget, CELL } from './budget.ts'
import { matches, positionsShared, type Sequence, select } from './sequence.ts'
import { type InSteps, LONG_STRIDE } from './terms/in-steps.ts'

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
  readonly #rows: readonly Int32Array[]
  readonly #swapped: boolean
  /** How much longer the longer of the two sequences of the table is. */
  readonly #delta: number
  /** How many entries from a position on are in the table. */
  readonly #leftOfA: Int32Array
  readonly #leftOfB: Int32Array

  private constructor(
    a: Sequence,
    b: Sequence,
    [ofA, ofB]: readonly [Shared, Shared],
    rows: readonly Int32Array[],
  ) {
    this.a = a
    this.b = b
    this.#leftOfA = ofA.left
    this.#leftOfB = ofB.left
    this.#rows = rows
    this.#swapped = ofB.sequence.length > ofA.sequence.length
    this.#delta = Math.abs(ofA.sequence.length - ofB.sequence.length)
    const apart = a.length - ofA.sequence.length + (b.length - ofB.sequence.length)
    this.distance = apart + this.#delta + 2 * (rows.length - 1)
  }

  /** @throws BudgetSpent */
  static *of(a: Sequence, b: Sequence, budget: Budget): InSteps<EditGraph> {
    const ofA = yield* sharedOf(a, b)
    const ofB = yield* sharedOf(b, a)
    budget.spend(a.length + b.length)
    const [long, short] = ofB.sequence.length > ofA.sequence.length ? [ofB, ofA] : [ofA, ofB]
    return new EditGraph(a, b, [ofA, ofB], yield* rowsOf(long.sequence, short.sequence, budget))
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
    const k = u - v
    const p = (left + Math.abs(this.#delta - k) - this.#delta) / 2
    const furthest = this.#rows[p]?.[k + p]
    return furthest !== undefined && furthest >= u
  }
}

/** The entries of one side that are in the table. */
interface Shared {
  readonly sequence: Sequence
  /** How many of them there are from each position on. */
  readonly left: Int32Array
}

function* sharedOf(sequence: Sequence, other: Sequence): InSteps<Shared> {
  const positions = yield* positionsShared(sequence, other)
  const left = new Int32Array(sequence.length + 1)
  for (let i = sequence.length - 1, rest = positions.length - 1; i >= 0; i--) {
    if (i % LONG_STRIDE === 0) yield
    const is = rest >= 0 && positions[rest] === i
    left[i] = (left[i + 1] as number) + (is ? 1 : 0)
    if (is) rest--
  }
  return { sequence: yield* select(sequence, positions), left }
}

/** All rows. Row p holds, for diagonals -p to delta + p, the furthest u reached from the end. */
function* rowsOf(long: Sequence, short: Sequence, budget: Budget): InSteps<readonly Int32Array[]> {
  const rows: Int32Array[] = []
  let previous: Int32Array = new Int32Array(0)
  for (;;) {
    const row = new Row(long, short, rows.length, previous, budget)
    while (!row.fill(budget)) yield
    rows.push(row.furthest)
    if (row.isLast) return rows
    if (budget.isTurn()) yield
    previous = row.furthest
  }
}

/** A row while it is filled: from the lowest diagonal up to delta, then from the highest one down to it. */
class Row {
  readonly furthest: Int32Array
  readonly #long: Sequence
  readonly #short: Sequence
  readonly #delta: number
  readonly #p: number
  readonly #previous: Int32Array
  /** Diagonals that are done. */
  #done = 0

  constructor(long: Sequence, short: Sequence, p: number, previous: Int32Array, budget: Budget) {
    this.#long = long
    this.#short = short
    this.#delta = long.length - short.length
    this.#p = p
    this.#previous = previous
    budget.spend(CELL * (this.#delta + 2 * p + 1))
    this.furthest = new Int32Array(this.#delta + 2 * p + 1)
  }

  get isLast(): boolean {
    return this.furthest[this.#delta + this.#p] === this.#long.length
  }

  /** Goes on until a step is over. @returns whether all is done */
  fill(budget: Budget): boolean {
    const [row, previous, delta, p] = [this.furthest, this.#previous, this.#delta, this.#p]
    const [long, short] = [this.#long, this.#short]
    const [n, m, below] = [long.length, short.length, delta + p]
    let steps = 0
    while (this.#done < row.length && steps < LONG_STRIDE) {
      const done = this.#done++
      const at = done < below ? done : row.length - 1 - (done - below)
      const before = (at > below ? previous[at - 2] : row[at - 1]) ?? -1
      const after = (at < below ? previous[at] : row[at + 1]) ?? 0
      const k = at - p
      const limit = Math.min(n, m + k)
      const start = Math.min(Math.max(before + 1, after), limit)
      let u = start
      while (u < limit && matches(long, n - 1 - u, short, m - 1 - (u - k))) u++
      row[at] = u
      steps += u - start + 1
    }
    budget.spend(steps)
    return this.#done === row.length
  }
}
