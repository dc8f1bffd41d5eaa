import { type InSteps, LONG_STRIDE, Pace } from '../terms/in-steps.ts'
import { CutFinder, type Cuts } from './cuts.ts'
import { areOne, slice, type Told } from './side.ts'

/** What a step of a merge takes: an entry of `a`, one of `b`, or one of each that are one. */
export const OF_A = 1
export const OF_B = 2
export const OF_BOTH = 3

/** All that can begin a rest, by whether a pair, an entry of `b` and one of `a` do: bits 4, 2 and 1. */
const WAYS: readonly (readonly number[])[] = Array.from({ length: 8 }, (_, bits) => [
  ...(bits & 4 ? [OF_BOTH] : []),
  ...(bits & 1 ? [OF_A] : []),
  ...(bits & 2 ? [OF_B] : []),
])
const NO_WAY: readonly number[] = []
const ONLY_A: readonly number[] = [OF_A]
const ONLY_B: readonly number[] = [OF_B]
const ONLY_BOTH: readonly number[] = [OF_BOTH]

/** A table of so few cells is filled without a look for pairs to cut it at. */
const FEW_CELLS = 256

/** What a part costs, whatever its size, in cells. */
const WORK_OF_A_PART = 64

/** Work that a check may still do: a cell of a table that is filled, an entry that is counted. */
export class Allowance {
  #left: number

  constructor(work: number) {
    this.#left = work
  }

  /** Whether so much more is allowed; then it is taken. */
  take(work: number): boolean {
    if (work > this.#left) return false
    this.#left -= work
    return true
  }

  get left(): number {
    return this.#left
  }
}

/**
 * All shortest merges of two sides, as the textbook table of shortest common supersequences has them: filled only between
 * the pairs that every shortest merge has.
 */
export class MergeTable {
  readonly a: Told
  readonly b: Told
  /** Entries of a shortest merge. */
  readonly length: number
  readonly #parts: readonly Part[]
  /** The part that each entry of `a` is in, and the end; -1 for what is a cut, or begins with one. */
  readonly #partAt: Int32Array

  constructor(a: Told, b: Told, parts: readonly Part[]) {
    this.a = a
    this.b = b
    this.#parts = parts
    this.#partAt = new Int32Array(a.texts.length + 1).fill(-1)
    let [ofA, ofB, length] = [0, 0, 0]
    for (const [i, { x, endX, y, endY, band }] of parts.entries()) {
      this.#partAt.fill(i, x, endX + 1)
      ofA += endX - x
      ofB += endY - y
      length += band ? band.length : endX - x + (endY - y)
    }
    this.length = length + a.texts.length - ofA
    if (a.texts.length - ofA !== b.texts.length - ofB) throw new Error('cuts are pairs')
  }

  /** The steps that begin a shortest merge of what is left from (x, y) on: to be asked of places on a shortest merge. */
  stepsFrom(x: number, y: number): readonly number[] {
    const part = this.#parts[this.#partAt[x] as number]
    if (part && (x !== part.endX || y !== part.endY))
      return part.band?.stepsFrom(x - part.x, y - part.y) ?? (part.x === part.endX ? ONLY_B : ONLY_A)
    return x === this.a.texts.length && y === this.b.texts.length ? NO_WAY : ONLY_BOTH
  }
}

/** What lies between two cuts. */
interface Part {
  readonly x: number
  readonly endX: number
  readonly y: number
  readonly endY: number
  /** Absent where one side has nothing there. */
  readonly band?: Band
}

/** @returns `undefined` where the allowance does not suffice */
export function* tableOf(a: Told, b: Told, allowance: Allowance): InSteps<MergeTable | undefined> {
  const finder = yield* CutFinder.of(a, b)
  const parts: Part[] = []
  const open: Part[] = [{ x: 0, endX: a.texts.length, y: 0, endY: b.texts.length }]
  const pace = new Pace(LONG_STRIDE)
  for (let part = open.pop(); part; part = open.pop()) {
    const { x, endX, y, endY } = part
    const [n, m] = [endX - x, endY - y]
    if (pace.isOver(n + m + WORK_OF_A_PART)) yield
    if (n === 0 || m === 0) {
      if (n + m > 0) parts.push(part)
      continue
    }
    const [ofA, ofB] = [slice(a, x, endX), slice(b, y, endY)]
    const isSmall = (n + 1) * (m + 1) <= FEW_CELLS
    if (!isSmall && !allowance.take(n + m)) return undefined
    const cuts = isSmall ? undefined : yield* finder.find(ofA, ofB)
    if (cuts) {
      yield* openBetween(cuts, ofA, ofB, part, open)
      continue
    }
    const band = yield* bandOf(ofA, ofB, allowance)
    if (!band) return undefined
    parts.push({ ...part, band })
  }
  return new MergeTable(a, b, parts)
}

/** Opens what lies between the cuts of a part. Where both sides tell the same there, every pair of it is a cut as well. */
function* openBetween(cuts: Cuts, a: Told, b: Told, { x, y }: Part, open: Part[]): InSteps<void> {
  const [n, m] = [a.texts.length, b.texts.length]
  let [fromX, fromY] = [0, 0]
  for (let i = 0; i <= n; i++) {
    if (i % LONG_STRIDE === 0) yield
    const partner = i < n ? (cuts[i] as number) : m
    if (partner === -1) continue
    const isCut = i - fromX === partner - fromY && isSame(a, fromX, i, b, fromY)
    if (!isCut) open.push({ x: x + fromX, endX: x + i, y: y + fromY, endY: y + partner })
    fromX = i + 1
    fromY = partner + 1
  }
}

/** Whether entries of `a`, one by one, are those of `b` from a position on. */
function isSame(a: Told, from: number, to: number, b: Told, other: number): boolean {
  let i = from
  while (i < to && areOne(a, i, b, other + i - from)) i++
  return i === to
}

/** The table of two sides: its band is doubled until a shortest merge lies inside. */
function* bandOf(a: Told, b: Told, allowance: Allowance): InSteps<Band | undefined> {
  const [n, m] = [a.texts.length, b.texts.length]
  for (let more = 16; ; more *= 2) {
    const most = Math.min(Math.max(n, m) + more, n + m)
    if (!allowance.take((n + 1) * widthOf(n, m, most))) return undefined
    const band = new Band(a, b, most)
    yield* band.fill()
    if (band.length <= most) return band
  }
}

/**
 * The table of all merges that have at most `most` entries, filled row by row from the end. Those never stray further
 * from the diagonal than `most` allows, so only the band between is filled: of any shorter merge that there is, too. Two
 * bits for a cell remain: which single steps begin a shortest rest. A step that takes both always does, where the two are
 * one.
 */
class Band {
  readonly #a: Told
  readonly #b: Told
  readonly #most: number
  readonly #furthest: number
  readonly #width: number
  readonly #steps: Uint8Array
  #length = 0

  constructor(a: Told, b: Told, most: number) {
    const [n, m] = [a.texts.length, b.texts.length]
    this.#a = a
    this.#b = b
    this.#most = most
    this.#furthest = most - m
    this.#width = widthOf(n, m, most)
    this.#steps = new Uint8Array(Math.ceil(((n + 1) * this.#width) / 4))
  }

  /** Entries of a shortest merge, once it is filled. */
  get length(): number {
    return this.#length
  }

  *fill(): InSteps<void> {
    const [n, m] = [this.#a.texts.length, this.#b.texts.length]
    let below = new Int32Array(m + 2)
    let row = new Int32Array(m + 2)
    const pace = new Pace(LONG_STRIDE)
    for (let x = n; x >= 0; x--) {
      this.#fillRow(x, row, below)
      ;[row, below] = [below, row]
      if (pace.isOver(this.#width)) yield
    }
    this.#length = below[0] as number
  }

  stepsFrom(x: number, y: number): readonly number[] {
    const [n, m] = [this.#a.texts.length, this.#b.texts.length]
    const cell = this.#cell(x, y)
    const single = ((this.#steps[cell >> 2] as number) >> ((cell & 3) * 2)) & 3
    const pair = x < n && y < m && areOne(this.#a, x, this.#b, y) ? 4 : 0
    return WAYS[single | pair] as readonly number[]
  }

  #fillRow(x: number, row: Int32Array, below: Int32Array): void {
    const { texts, ids } = this.#b
    const [n, m] = [this.#a.texts.length, texts.length]
    const low = Math.max(0, x - this.#furthest)
    const high = Math.min(m, x + this.#most - n)
    const begin = this.#cell(x, low) - low
    const [text, id] = [this.#a.texts[x], this.#a.ids[x] ?? 0]
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
  }

  #cell(x: number, y: number): number {
    return x * this.#width + (this.#width > this.#b.texts.length ? y : y - x + this.#furthest)
  }
}

const UNREACHED = 2 ** 30

function widthOf(n: number, m: number, most: number): number {
  return Math.min(m + 1, 2 * most - n - m + 1)
}

/** A place of a shortest merge, and the steps with which some shortest merge goes on from it. */
export interface Crossing {
  readonly x: number
  readonly y: number
  readonly steps: readonly number[]
}

/** All places of all shortest merges: first the one they begin at, then those after one entry, after two, ... */
export function* crossings(table: MergeTable): Generator<readonly Crossing[], void, void> {
  const wide = table.b.texts.length + 1
  const crossing = (x: number, y: number): Crossing => ({ x, y, steps: table.stepsFrom(x, y) })
  let level: readonly Crossing[] = [crossing(0, 0)]
  for (let taken = 0; taken <= table.length; taken++) {
    yield level
    const [only] = level
    if (only && level.length === 1 && only.steps.length === 1) {
      const step = only.steps[0] as number
      level = [crossing(only.x + (step & OF_A), only.y + (step >> 1))]
      continue
    }
    const next = new Set<number>()
    for (const { x, y, steps } of level)
      for (const step of steps) next.add((x + (step & OF_A)) * wide + y + (step >> 1))
    level = Array.from(next, (place) => crossing(Math.floor(place / wide), place % wide))
  }
}

/** What a step says: a text, or of a pair of one id and two texts both. */
export function saidBy(a: Told, x: number, b: Told, y: number, step: number): number | string {
  const [mine, theirs] = [a.texts[x] as number, b.texts[y] as number]
  if (step === OF_A) return mine
  if (step === OF_B || mine === theirs) return theirs
  return mine < theirs ? `${mine} ${theirs}` : `${theirs} ${mine}`
}
