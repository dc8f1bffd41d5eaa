import { isNear } from './evidence.ts'
import { BOTH, CANONICAL, LEGACY, type Path } from './path.ts'
import { matches, type Sequence } from './sequence.ts'
import { each, type InSteps, Pace, STRIDE } from './terms/in-steps.ts'
import type { WitnessEntry } from './terms/witness.ts'

/**
 * A merge without a search, near linear: a longest chain of distinctive entries that each side tells once, with the
 * neighbours of these that match. The idea is that of B. Cohen's patience diff, one level deep.
 */
export function* anchoredPath(
  a: Sequence,
  b: Sequence,
  canonical: readonly WitnessEntry[],
  legacy: readonly WitnessEntry[],
): InSteps<Path> {
  const path: number[] = []
  let x = 0
  let y = 0
  let told = 0
  const alone = (toX: number, toY: number) => {
    for (; x < toX; x++) path.push(CANONICAL)
    for (; y < toY; y++) path.push(LEGACY)
  }
  const pace = new Pace()
  const pairs = () => {
    while (x < a.length && y < b.length && matches(a, x, b, y)) {
      path.push(BOTH)
      x++
      y++
    }
  }
  for (const [atX, atY] of yield* longestChain(yield* anchorsOf(a, b, canonical, legacy))) {
    if (pace.isOver(path.length - told)) yield
    told = path.length
    if (atX < x || atY < y) continue
    let before = 0
    while (atX - before > x && atY - before > y && matches(a, atX - before - 1, b, atY - before - 1)) before++
    alone(atX - before, atY - before)
    pairs()
  }
  alone(a.length, b.length)
  return Uint8Array.from(path)
}

/** Positions that each side tells once, that match, and that are distinctive; in the order of `a`. */
function* anchorsOf(
  a: Sequence,
  b: Sequence,
  canonical: readonly WitnessEntry[],
  legacy: readonly WitnessEntry[],
): InSteps<[number, number][]> {
  const ids = [yield* onlyPlaces(a.ids), yield* onlyPlaces(b.ids)] as const
  const letters = [yield* onlyPlaces(a.letters), yield* onlyPlaces(b.letters)] as const
  const anchors: [number, number][] = []
  for (let x = 0; x < a.length; x++) {
    if (x % STRIDE === 0) yield
    const one = canonical[a.at[x] as number] as WitnessEntry
    const id = a.ids[x] as number
    const byId = id !== 0 && ids[0].get(id) === x ? ids[1].get(id) : undefined
    const letter = a.letters[x] as number
    const y = byId ?? (letters[0].get(letter) === x ? letters[1].get(letter) : undefined)
    if (y === undefined || y === SEVERAL || !matches(a, x, b, y)) continue
    const two = legacy[b.at[y] as number] as WitnessEntry
    const distinctive = y === byId || (one.distinctive && two.distinctive)
    if (distinctive && isNear(one, two)) anchors.push([x, y])
  }
  return anchors
}

const SEVERAL = -1

/** Where each number stands, if it stands once. */
function* onlyPlaces(numbers: Int32Array): InSteps<Map<number, number>> {
  const places = new Map<number, number>()
  yield* each(numbers, (number, at) => {
    if (number !== 0) places.set(number, places.has(number) ? SEVERAL : at)
  })
  return places
}

/** A longest chain of pairs that rises on both sides. */
function* longestChain(pairs: readonly [number, number][]): InSteps<[number, number][]> {
  const ends: number[] = []
  const before = new Int32Array(pairs.length)
  yield* each(pairs, ([, y], i) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] as number] as [number, number])[1] < y) low = middle + 1
      else high = middle
    }
    before[i] = ends[low - 1] ?? -1
    ends[low] = i
  })
  const chain: [number, number][] = []
  for (let i = ends.at(-1) ?? -1; i !== -1; i = before[i] as number) chain.push(pairs[i] as [number, number])
  return chain.reverse()
}
