import { highest, type InSteps, LONG_STRIDE, STRIDE } from '../terms/in-steps.ts'
import { areOne, type Told } from './side.ts'

/** Of each entry of `a`, its partner in `b` where every shortest merge has the pair; else -1. */
export type Cuts = Int32Array

/**
 * Finds pairs that every shortest merge has, by counting. Two entries are a sole pair where neither matches anything else
 * on the other side. A merge is put together that has a longest chain of sole pairs, and the neighbours of these that
 * match. Any other merge leaves it somewhere and meets it again; what sole pairs lie between, it misses, and their entries
 * match nothing else. So between the two places it can have as many pairs only where the first merge has, on either side,
 * as many entries that stand alone although they match something, as there are sole pairs. A sole pair around which no
 * stretch is like that is in every shortest merge: what lies before it and what lies behind it are cases of their own.
 */
export class CutFinder {
  readonly #ofA: Partners
  readonly #ofB: Partners

  private constructor(texts: number, ids: number) {
    this.#ofA = new Partners(texts, ids)
    this.#ofB = new Partners(texts, ids)
  }

  /** For what is part of these two sides. */
  static *of(a: Told, b: Told): InSteps<CutFinder> {
    const texts = 1 + Math.max(yield* highest(a.texts), yield* highest(b.texts))
    const ids = 1 + Math.max(yield* highest(a.ids), yield* highest(b.ids))
    return new CutFinder(texts, ids)
  }

  /** @returns `undefined` where there is none */
  *find(a: Told, b: Told): InSteps<Cuts | undefined> {
    yield* this.#ofA.enter(b)
    yield* this.#ofB.enter(a)
    const chain = yield* this.#chain(a, b)
    const cuts = chain.length === 0 ? undefined : yield* this.#cuts(a, b, chain)
    yield* this.#ofA.leave(b)
    yield* this.#ofB.leave(a)
    return cuts
  }

  /** The longest chain of sole pairs that rises on both sides, by the entries of `a`. */
  *#chain(a: Told, b: Told): InSteps<Int32Array> {
    const ends: number[] = []
    const partners = new Int32Array(a.texts.length)
    const before = new Int32Array(a.texts.length)
    for (let x = 0; x < a.texts.length; x++) {
      if (x % STRIDE === 0) yield
      const y = this.#ofA.sole(a, x)
      if (y === -1 || this.#ofB.sole(b, y) !== x) continue
      partners[x] = y
      let low = 0
      let high = ends.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((partners[ends[middle] as number] as number) < y) low = middle + 1
        else high = middle
      }
      before[x] = ends[low - 1] ?? -1
      ends[low] = x
    }
    const chain = new Int32Array(ends.length)
    for (let x = ends.at(-1) ?? -1, i = chain.length; i > 0; x = before[x] as number) chain[--i] = x
    return chain
  }

  *#cuts(a: Told, b: Told, chain: Int32Array): InSteps<Cuts | undefined> {
    const steps = yield* this.#stepsBy(a, b, chain)
    const isCut = new Uint8Array(chain.length)
    for (const weights of [OF_A_ALONE, OF_B_ALONE, OF_EITHER]) yield* mark(isCut, steps, weights)
    if (!isCut.includes(1)) return undefined
    const cuts = new Int32Array(a.texts.length).fill(-1)
    for (const [i, x] of chain.entries()) if (isCut[i] === 1) cuts[x] = this.#ofA.sole(a, x)
    return cuts
  }

  /** What the steps of the merge are that is put together around a chain. */
  *#stepsBy(a: Told, b: Told, chain: Int32Array): InSteps<Uint8Array> {
    const [n, m] = [a.texts.length, b.texts.length]
    const steps = new Uint8Array(n + m)
    let count = 0
    let x = 0
    let y = 0
    for (let i = 0; i <= chain.length; i++) {
      if (i % STRIDE === 0) yield
      const toX = chain[i] ?? n
      const toY = i < chain.length ? this.#ofA.sole(a, toX) : m
      for (; x < toX && y < toY && areOne(a, x, b, y); x++, y++) count++
      let alike = 0
      while (toX - alike > x && toY - alike > y && areOne(a, toX - alike - 1, b, toY - alike - 1)) alike++
      for (; x < toX - alike; x++) steps[count++] = this.#ofA.count(a, x) > 0 ? LONE_OF_A : OTHER
      for (; y < toY - alike; y++) steps[count++] = this.#ofB.count(b, y) > 0 ? LONE_OF_B : OTHER
      count += alike
      if (i < chain.length) steps[count++] = SOLE
      x = toX + 1
      y = toY + 1
    }
    return steps.subarray(0, count)
  }
}

/** What a step of the merge in hand is: it stands alone although it matches something, or is a sole pair. */
const OTHER = 0
const LONE_OF_A = 1
const LONE_OF_B = 2
const SOLE = 3

/** What each kind of step counts; a sole pair counts against the others. */
type Weights = readonly [other: 0, loneOfA: number, loneOfB: number, sole: number]
const OF_A_ALONE: Weights = [0, 1, 0, -1]
const OF_B_ALONE: Weights = [0, 0, 1, -1]
const OF_EITHER: Weights = [0, 1, 1, -2]

/** Marks the sole pairs around which every stretch counts less than nothing. */
function* mark(isCut: Uint8Array, steps: Uint8Array, weights: Weights): InSteps<void> {
  const weightAt = (at: number): number => weights[steps[at] as number] as number
  const before = new Int32Array(isCut.length)
  let sole = 0
  let most = 0
  for (let at = 0; at < steps.length; at++) {
    if (at % LONG_STRIDE === 0) yield
    if (steps[at] === SOLE) before[sole++] = most
    most = Math.max(0, most + weightAt(at))
  }
  most = 0
  for (let at = steps.length - 1; at >= 0; at--) {
    if (at % LONG_STRIDE === 0) yield
    if (steps[at] === SOLE && (before[--sole] as number) + weightAt(at) + most < 0) isCut[sole] = 1
    most = Math.max(0, most + weightAt(at))
  }
}

/** How many entries of one side match an entry of the other, and which, where it is one. */
class Partners {
  readonly #byText: Places
  readonly #byTextWithoutId: Places
  readonly #byId: Places

  constructor(texts: number, ids: number) {
    this.#byText = new Places(texts)
    this.#byTextWithoutId = new Places(texts)
    this.#byId = new Places(ids)
  }

  *enter(side: Told): InSteps<void> {
    yield* this.#each(side, (places, name, i) => places.add(name, i))
  }

  /** What was entered must leave before anything else enters: so it costs no more than it is long. */
  *leave(side: Told): InSteps<void> {
    yield* this.#each(side, (places, name) => places.clear(name))
  }

  count(other: Told, i: number): number {
    const [id, text] = [other.ids[i] as number, other.texts[i] as number]
    return id === 0 ? this.#byText.count(text) : this.#byId.count(id) + this.#byTextWithoutId.count(text)
  }

  /** The one that it matches; -1 where there is none, or several. */
  sole(other: Told, i: number): number {
    if (this.count(other, i) !== 1) return -1
    const [id, text] = [other.ids[i] as number, other.texts[i] as number]
    if (id === 0) return this.#byText.last(text)
    return this.#byId.count(id) === 1 ? this.#byId.last(id) : this.#byTextWithoutId.last(text)
  }

  *#each(side: Told, take: (places: Places, name: number, i: number) => void): InSteps<void> {
    for (let i = 0; i < side.texts.length; i++) {
      if (i % LONG_STRIDE === 0) yield
      const [id, text] = [side.ids[i] as number, side.texts[i] as number]
      take(this.#byText, text, i)
      if (id === 0) take(this.#byTextWithoutId, text, i)
      else take(this.#byId, id, i)
    }
  }
}

/** How often each number stands somewhere, and where last. */
class Places {
  readonly #counts: Int32Array
  readonly #last: Int32Array

  constructor(numbers: number) {
    this.#counts = new Int32Array(numbers)
    this.#last = new Int32Array(numbers)
  }

  add(number: number, place: number): void {
    this.#counts[number] = this.count(number) + 1
    this.#last[number] = place
  }

  clear(number: number): void {
    this.#counts[number] = 0
  }

  count(number: number): number {
    return this.#counts[number] as number
  }

  last(number: number): number {
    return this.#last[number] as number
  }
}
