import type { Budget } from './budget.ts'
import { matches, type Sequence, select } from './sequence.ts'
import { type InSteps, Pace, STRIDE } from './terms/in-steps.ts'
import type { WitnessEntry } from './terms/witness.ts'

/** All copies of a stuttered block were written within this. */
const HALF_A_SECOND_MS = 500

/** Rows that a writer inserted several times over. */
export interface Stutter {
  /** How many blocks repeat. */
  readonly blocks: number
  /** The rows that stand, one for each entry of the other witness. */
  readonly kept: Sequence
  /** Indices of the repeats in the list the rows were taken from. */
  readonly repeats: readonly number[]
}

interface Block {
  /** Where the block and its copies begin in the rows and in the other witness. */
  readonly row: number
  readonly entry: number
  readonly length: number
  readonly copies: number
  /** What has repeated so far: nothing, one text (its number) or at least two. */
  readonly repeated: number
  readonly before: Block | undefined
}

/** Steps charged for a way to read a block. */
const BLOCK = 64

const NOTHING = 0
const TWO_TEXTS = -1

/**
 * Reads `rows` as the entries of `other`, cut into blocks, where a block may stand several times in a row. It is a
 * stutter only if the blocks use up both sides, all copies of a block are stamped within half a second, and blocks of
 * at least two different texts repeat; anything else that repeats was said more than once.
 *
 * @returns `undefined` where it is no stutter. @throws BudgetSpent
 */
export function* findStutter(
  rows: Sequence,
  other: Sequence,
  entries: readonly WitnessEntry[],
  budget: Budget,
): InSteps<Stutter | undefined> {
  const texts = new Map<string, number>()
  const dead = new Set<string>()
  const open: Block[] = [{ row: 0, entry: 0, length: 0, copies: 1, repeated: NOTHING, before: undefined }]
  const pace = new Pace()
  for (let block = open.pop(); block; block = open.pop()) {
    if (pace.isOver(1)) yield
    const row = block.row + block.length * block.copies
    const entry = block.entry + block.length
    if (row === rows.length && entry === other.length && block.repeated === TWO_TEXTS)
      return yield* stutterOf(block, rows)
    const place = `${row} ${entry} ${block.repeated}`
    if (dead.has(place) || entry === other.length || !matches(rows, row, other, entry)) continue
    dead.add(place)
    open.push({ row, entry, length: 1, copies: 1, repeated: block.repeated, before: block })
    const burst = yield* burstAt(rows, entries, row)
    for (let length = 1; row + 2 * length <= burst && entry + length <= other.length; length++) {
      budget.spend(1)
      if (budget.isTurn()) yield
      if (!same(rows, row + length - 1, other, entry + length - 1)) break
      const most = copiesAt(rows, row, length, burst, budget)
      if (most < 2) continue
      budget.spend(length + BLOCK * most)
      const text = rows.letters.subarray(row, row + length).join(' ')
      const number = texts.get(text) ?? texts.size + 1
      texts.set(text, number)
      const repeated = block.repeated === NOTHING || block.repeated === number ? number : TWO_TEXTS
      for (let copies = 2; copies <= most; copies++)
        open.push({ row, entry, length, copies, repeated, before: block })
    }
  }
  return undefined
}

/** End of the rows from `row` on that are stamped within half a second of one another. */
function* burstAt(rows: Sequence, entries: readonly WitnessEntry[], row: number): InSteps<number> {
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  let end = row
  for (; end < rows.length; end++) {
    if ((end - row) % STRIDE === STRIDE - 1) yield
    const stamp = entries[rows.at[end] as number]?.stamp
    if (stamp === undefined) break
    earliest = Math.min(earliest, stamp)
    latest = Math.max(latest, stamp)
    if (!(latest - earliest <= HALF_A_SECOND_MS)) break
  }
  return end
}

/** How often the `length` rows at `row` stand there one behind the other. */
function copiesAt(rows: Sequence, row: number, length: number, end: number, budget: Budget): number {
  let at = row + length
  while (at < end && same(rows, at, rows, at - length)) at++
  budget.spend(at - row)
  return Math.floor((at - row) / length)
}

/** Copies bear the same text; a native id of their own would make them entries of their own. */
function same(a: Sequence, i: number, b: Sequence, j: number): boolean {
  return a.letters[i] === b.letters[j] && matches(a, i, b, j)
}

function* stutterOf(end: Block, rows: Sequence): InSteps<Stutter> {
  const kept: number[] = []
  const repeats: number[] = []
  let blocks = 0
  const pace = new Pace()
  for (let block: Block | undefined = end; block; block = block.before) {
    if (pace.isOver(block.length)) yield
    if (block.copies > 1) blocks++
    for (let i = block.length * block.copies - 1; i >= 0; i--)
      (i < block.length ? kept : repeats).push(block.row + i)
  }
  return {
    blocks,
    kept: yield* select(rows, kept.reverse()),
    repeats: repeats.reverse().map((position) => rows.at[position] as number),
  }
}
