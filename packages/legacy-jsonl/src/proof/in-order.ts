import type { WitnessEntry } from '@faircopy/reconcile/check'
import { eachInTurn } from '@faircopy/store-core/backend'

/** A place on each of two sides. */
export type Pair = readonly [one: number, other: number]

/** The longest chain of pairs that rises on both sides; they rise on the first, or stay there while they fall on the second. */
export async function risingChain(pairs: readonly Pair[]): Promise<Pair[]> {
  const ends: number[] = []
  const before: number[] = []
  await eachInTurn(pairs, ([, value], i) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] as number]?.[1] ?? 0) < value) low = middle + 1
      else high = middle
    }
    before[i] = ends[low - 1] ?? -1
    ends[low] = i
  })
  const chain: Pair[] = []
  for (let i = ends.at(-1) ?? -1; i !== -1; i = before[i] as number) chain.push(pairs[i] as Pair)
  return chain.reverse()
}

/** With more pairs that could be, not the most that can be paired are looked for, but the first that can. */
const MOST_PAIRS = 1_000_000

/**
 * Pairs what says the same on both sides, in the order of both, and as much of it as can be: all of `told`, where `stored`
 * has all of it in that order. The longest chain among all pairs that could be is the most (Hunt and Szymanski, 1977).
 */
export async function pairInOrder(
  told: readonly WitnessEntry[],
  stored: readonly WitnessEntry[],
): Promise<readonly Pair[]> {
  if (told.length === 0 || stored.length === 0) return []
  const places = new Twins()
  await eachInTurn(stored, (entry, place) => places.add(entry, place))
  const first: Pair[] = []
  let possible = 0
  let last = -1
  await eachInTurn(told, (entry, i) => {
    const twins = places.of(entry)
    possible += twins.length
    const next = twins.find((place) => place > last)
    if (next === undefined) return
    first.push([i, next])
    last = next
  })
  if (first.length === told.length || possible > MOST_PAIRS) return first
  // From the end: of chains that are equally long it is the one whose first pairs come first.
  const pairs: Pair[] = []
  await eachInTurn([...told.entries()].reverse(), ([i, entry]) => {
    for (const place of places.of(entry)) pairs.push([-i, -place])
  })
  return (await risingChain(pairs)).map(([i, place]): Pair => [-i, -place]).reverse()
}

/** Places of entries that are one with another: by ids where both bear one, else by what they say. */
class Twins {
  readonly #byText = new Map<string, number[]>()
  readonly #byId = new Map<string, number[]>()
  readonly #withId = new Set<number>()

  add({ fingerprint, nativeId }: WitnessEntry, place: number): void {
    push(this.#byText, fingerprint, place)
    if (nativeId === undefined) return
    push(this.#byId, nativeId, place)
    this.#withId.add(place)
  }

  /** In rising order. */
  of({ fingerprint, nativeId }: WitnessEntry): readonly number[] {
    const alike = this.#byText.get(fingerprint) ?? []
    if (nativeId === undefined || this.#withId.size === 0) return alike
    const own = this.#byId.get(nativeId) ?? []
    return [...own, ...alike.filter((place) => !this.#withId.has(place))].sort((a, b) => a - b)
  }
}

function push(places: Map<string, number[]>, name: string, place: number): void {
  const known = places.get(name)
  if (known) known.push(place)
  else places.set(name, [place])
}
