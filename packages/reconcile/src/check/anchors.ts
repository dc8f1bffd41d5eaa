import type { Anchor } from '../terms/certificate.ts'
import { each, type InSteps } from '../terms/in-steps.ts'
import { areOne, type Side } from './side.ts'

const DAY_AND_TWO_HOURS_MS = 26 * 60 * 60 * 1000

/** What could be an anchor of two sides, by what each of them tells; whether a merge pairs it is for others to say. */
export class Anchors {
  readonly #a: Side
  readonly #b: Side
  readonly #texts: readonly [Once, Once]
  readonly #ids: readonly [Once, Once]
  readonly #blocks: readonly [Once, Once]

  private constructor(a: Side, b: Side, told: { readonly [of in 'texts' | 'ids' | 'blocks']: [Once, Once] }) {
    this.#a = a
    this.#b = b
    this.#texts = told.texts
    this.#ids = told.ids
    this.#blocks = told.blocks
  }

  /** @param asked the entries of `a` that will be asked about; all of them where it is absent */
  static *of(a: Side, b: Side, asked?: readonly number[]): InSteps<Anchors> {
    function* once(nameOf: NameOf): InSteps<[Once, Once]> {
      const names = asked && new Set(asked.map((x) => nameOf(a, x)))
      return [yield* onceTold(a, nameOf, names), yield* onceTold(b, nameOf, names)]
    }
    const texts = yield* once((side, i) => side.texts[i])
    const ids = yield* once((side, i) => side.ids[i] || undefined)
    return new Anchors(a, b, { texts, ids, blocks: yield* once(blockAt) })
  }

  /** The kind of anchor that a pair would be; `undefined` where it is none. */
  kindOf(x: number, y: number): Anchor['kind'] | undefined {
    if (!this.#near(x, y) || !areOne(this.#a, x, this.#b, y)) return undefined
    return this.#isEntry(x, y) ? 'entry' : this.isBlock(x, y) ? 'block' : undefined
  }

  /** Two matched neighbours that differ, adjacent in both and told once by each as a block. */
  isBlock(x: number, y: number): boolean {
    const [inA, inB] = this.#blocks
    const block = blockAt(this.#a, x)
    return (
      block !== undefined &&
      inA.get(block) === x &&
      inB.get(block) === y &&
      [0, 1].every((i) => areOne(this.#a, x + i, this.#b, y + i) && this.#near(x + i, y + i))
    )
  }

  #isEntry(x: number, y: number): boolean {
    const id = this.#a.ids[x] as number
    if (id !== 0 && id === this.#b.ids[y]) return this.#ids[0].get(id) === x && this.#ids[1].get(id) === y
    const text = this.#a.texts[x] as number
    return (
      this.#texts[0].get(text) === x &&
      this.#texts[1].get(text) === y &&
      this.#a.entries[x]?.distinctive === true &&
      this.#b.entries[y]?.distinctive === true
    )
  }

  #near(x: number, y: number): boolean {
    const [one, two] = [this.#a.entries[x]?.stamp, this.#b.entries[y]?.stamp]
    return one === undefined || two === undefined || Math.abs(one - two) <= DAY_AND_TWO_HOURS_MS
  }
}

/** Where something stands that is told once; -1 where it is told more often. */
type Once = ReadonlyMap<number, number>
type NameOf = (side: Side, i: number) => number | undefined

function* onceTold(side: Side, nameOf: NameOf, names?: ReadonlySet<number | undefined>): InSteps<Once> {
  const places = new Map<number, number>()
  yield* each(side.at, (_, i) => {
    const name = nameOf(side, i)
    if (name !== undefined && names?.has(name) !== false) places.set(name, places.has(name) ? -1 : i)
  })
  return places
}

/** The number of two neighbours that differ. */
export function blockAt(side: Side, i: number): number | undefined {
  const [one, two] = [side.texts[i], side.texts[i + 1]]
  return one === undefined || two === undefined || one === two ? undefined : one * 2 ** 26 + two
}
