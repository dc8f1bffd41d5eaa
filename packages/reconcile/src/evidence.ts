import type { Embedding } from './embedding.ts'
import { matches, type Sequence } from './sequence.ts'
import { ANCHORS_KEPT, type Anchor } from './terms/certificate.ts'
import { each, highest, type InSteps, STRIDE } from './terms/in-steps.ts'
import type { WitnessEntry } from './terms/witness.ts'

/** Two entries stamped further apart than this are no anchor: the same greeting on two days. */
const FURTHEST_APART_MS = 26 * 60 * 60 * 1000

/**
 * Collects the anchors among matched pairs. A pair is one when it is told once by each witness and is distinctive; a
 * block of two neighbours when it is adjacent in both, told once as a block by each, and its entries differ.
 */
export class Evidence {
  readonly #a: Sequence
  readonly #b: Sequence
  readonly #canonical: readonly WitnessEntry[]
  readonly #legacy: readonly WitnessEntry[]
  readonly #times: Times
  readonly #blocks: { readonly canonical: Blocks; readonly legacy: Blocks }
  readonly #anchors: Anchor[] = []

  private constructor(
    [a, b]: Pair<Sequence>,
    [canonical, legacy]: Pair<Entries>,
    times: Times,
    [ofA, ofB]: Pair<Blocks>,
  ) {
    this.#a = a
    this.#b = b
    this.#canonical = canonical
    this.#legacy = legacy
    this.#blocks = { canonical: ofA, legacy: ofB }
    this.#times = times
  }

  static *of(a: Sequence, b: Sequence, canonical: Entries, legacy: Entries): InSteps<Evidence> {
    const letters = 1 + Math.max(yield* highest(a.letters), yield* highest(b.letters))
    const ids = 1 + Math.max(yield* highest(a.ids), yield* highest(b.ids))
    const times: Times = {
      letters: [yield* tally(a.letters, letters), yield* tally(b.letters, letters)],
      ids: [yield* tally(a.ids, ids), yield* tally(b.ids, ids)],
    }
    const blocks: Pair<Blocks> = [yield* blocksOf(a), yield* blocksOf(b)]
    return new Evidence([a, b], [canonical, legacy], times, blocks)
  }

  /** The first anchors seen, in order. */
  get anchors(): readonly Anchor[] {
    return this.#anchors
  }

  /** Considers a matched pair, alone and with its neighbours behind it. */
  see(x: number, y: number): void {
    if (this.#anchors.length === ANCHORS_KEPT) return
    const kind = this.#isAnchor(x, y) ? 'entry' : this.#isBlock(x, y) ? 'block' : undefined
    if (kind === undefined) return
    this.#anchors.push({ kind, canonical: this.#a.at[x] as number, legacy: this.#b.at[y] as number })
  }

  /** Considers the pairs that some embedding of one side, the `inner`, in the other makes. */
  *seeEmbedded({ first, last }: Embedding, inner: 'canonical' | 'legacy'): InSteps<void> {
    const [own, outer] = inner === 'canonical' ? [this.#a, this.#b] : [this.#b, this.#a]
    const byId = yield* placesOf(outer.ids)
    let byText: ReadonlyMap<number, number> | undefined
    const consider = (i: number, position: number | undefined) => {
      if (position === undefined || position < (first[i] as number) || position > (last[i] as number)) return
      if (!matches(own, i, outer, position)) return
      if (inner === 'canonical') this.see(i, position)
      else this.see(position, i)
    }
    for (let i = 0; i < first.length && this.#anchors.length < ANCHORS_KEPT; i++) {
      if (i % STRIDE === 0) yield
      // An anchor alone has one place only, unless ids make it one, or offer its text another.
      if (first[i] === last[i]) consider(i, first[i])
      else {
        const sameId = byId.get(own.ids[i] as number)
        byText ??= yield* placesOf(outer.letters)
        const sameText = byText.get(own.letters[i] as number)
        consider(i, sameId)
        if (sameText !== sameId) consider(i, sameText)
        const block = this.#partnerOfBlock(i, inner)
        if (block !== undefined && block < (last[i + 1] as number)) consider(i, block)
      }
    }
  }

  /** Where the other side tells the block that begins at a position of one side, if each tells it once. */
  #partnerOfBlock(position: number, side: 'canonical' | 'legacy'): number | undefined {
    const block = blockAt(side === 'canonical' ? this.#a : this.#b, position)
    if (block === undefined) return undefined
    const own = this.#blocks[side].get(block)
    const other = this.#blocks[side === 'canonical' ? 'legacy' : 'canonical'].get(block)
    return own === position && other !== SEVERAL ? other : undefined
  }

  #isAnchor(x: number, y: number): boolean {
    const id = this.#a.ids[x] as number
    const byId = id !== 0 && this.#b.ids[y] === id
    const name = byId ? id : (this.#a.letters[x] as number)
    const [inA, inB] = byId ? this.#times.ids : this.#times.letters
    if (inA[name] !== 1 || inB[name] !== 1 || !this.#near(x, y)) return false
    return byId || (this.#entry(x).distinctive && this.#other(y).distinctive)
  }

  #isBlock(x: number, y: number): boolean {
    return (
      y + 1 < this.#b.length &&
      this.#partnerOfBlock(x, 'canonical') === y &&
      matches(this.#a, x, this.#b, y) &&
      matches(this.#a, x + 1, this.#b, y + 1) &&
      this.#near(x, y) &&
      this.#near(x + 1, y + 1)
    )
  }

  #near(x: number, y: number): boolean {
    return isNear(this.#entry(x), this.#other(y))
  }

  #entry(x: number): WitnessEntry {
    return this.#canonical[this.#a.at[x] as number] as WitnessEntry
  }

  #other(y: number): WitnessEntry {
    return this.#legacy[this.#b.at[y] as number] as WitnessEntry
  }
}

type Entries = readonly WitnessEntry[]
type Pair<T> = readonly [T, T]

/** How often each text and each id is told by either side. */
interface Times {
  readonly letters: Pair<Int32Array>
  readonly ids: Pair<Int32Array>
}

/** Where each block stands that is told once; else {@link SEVERAL}. */
type Blocks = ReadonlyMap<number, number>

const SEVERAL = -1

/** The number of two neighbours that differ; `undefined` where there are none. */
function blockAt({ letters }: Sequence, position: number): number | undefined {
  const [one, two] = [letters[position], letters[position + 1]]
  return one === undefined || two === undefined || one === two ? undefined : one * 2 ** 26 + two
}

function* blocksOf(sequence: Sequence): InSteps<Blocks> {
  const blocks = new Map<number, number>()
  yield* each(sequence.letters, (_, position) => {
    const block = blockAt(sequence, position)
    if (block !== undefined) blocks.set(block, blocks.has(block) ? SEVERAL : position)
  })
  return blocks
}

/** Whether the stamps of two entries allow them to be an anchor. */
export function isNear({ stamp }: WitnessEntry, { stamp: other }: WitnessEntry): boolean {
  return stamp === undefined || other === undefined || Math.abs(stamp - other) <= FURTHEST_APART_MS
}

/** The last place of each id or text; an id of 0 is none. */
function* placesOf(names: Int32Array): InSteps<ReadonlyMap<number, number>> {
  const places = new Map<number, number>()
  yield* each(names, (name, place) => {
    if (name !== 0) places.set(name, place)
  })
  return places
}

function* tally(numbers: Int32Array, size: number): InSteps<Int32Array> {
  const times = new Int32Array(size)
  yield* each(numbers, (number) => {
    times[number] = (times[number] as number) + 1
  })
  return times
}
