import type { WitnessEntry } from '@faircopy/reconcile'
import type { ResolutionChoice } from '../ledger/resolution-choice.ts'
import { type Alignment, inOrder, type Stretch } from '../plan/alignment.ts'
import { gains, placementBehind } from '../plan/decide.ts'
import type { Placement } from '../plan/import-plan.ts'
import type { StoreWitness } from '../plan/store-witness.ts'

/** The choices that change what a session says. */
type PlacingChoice = 'adopt-legacy' | 'legacy-first' | 'by-time'

/** Both sides of a decision, and when each of their entries was written, where that is beyond doubt. */
export interface DecidedSides {
  readonly store: StoreWitness
  readonly told: readonly WitnessEntry[]
  /** Epoch ms of each of `told`. */
  readonly times: readonly (number | null)[]
  readonly alignment: Alignment
}

/** Why the sides can't be put in order by time. */
export type NoOrderByTime = 'nothing-contested' | 'no-times' | 'no-zones' | 'times-overlap'

/** What the session says once a choice was made; null where that is what it says already. */
export function placementOf(choice: ResolutionChoice, sides: DecidedSides, live: number): Placement | null {
  if (choice === 'keep-canonical' || choice === 'branch') return null
  return placementBehind(decidedPlacement(choice, sides), live)
}

function decidedPlacement(choice: PlacingChoice, sides: DecidedSides): Placement {
  if (choice === 'adopt-legacy') return adopted(sides)
  const isLegacyFirst =
    choice === 'legacy-first' ? () => true : (stretch: Stretch) => earlierSide(stretch, sides) === 'legacy'
  return placed(
    sides,
    inOrder(sides.alignment, isLegacyFirst).map((place) => ({
      store: sides.alignment.canonical[place] ?? -1,
      told: sides.alignment.legacy[place] ?? -1,
      certain: sides.alignment.certain[place] === 1,
    })),
  )
}

/** Why no order by time is known; null where every contested gap has one. */
export function noOrderByTime(sides: DecidedSides): NoOrderByTime | null {
  const contested = sides.alignment.stretches.filter(({ as }) => as === 'contested')
  if (contested.length === 0) return 'nothing-contested'
  const earlier = contested.map((stretch) => earlierSide(stretch, sides))
  const obstacles: readonly NoOrderByTime[] = ['no-times', 'no-zones', 'times-overlap']
  return obstacles.find((obstacle) => earlier.some((side) => side === obstacle)) ?? null
}

/** Which side of a contested gap is strictly before the other, by the times of all its messages. */
function earlierSide(
  { from, to }: Stretch,
  { store, told, times, alignment }: DecidedSides,
): 'canonical' | 'legacy' | Exclude<NoOrderByTime, 'nothing-contested'> {
  const canonical = new Span()
  const legacy = new Span()
  for (let place = from; place < to; place++) {
    const ofStore = store.entries[alignment.canonical[place] ?? -1]
    const index = alignment.legacy[place] ?? -1
    const ofTold = told[index]
    if (ofStore && ofStore.meta === undefined) canonical.add(ofStore.stamp ?? null, ofStore)
    if (ofTold && ofTold.meta === undefined) legacy.add(times[index] ?? null, ofTold)
  }
  if (canonical.isUnknown || legacy.isUnknown) return 'no-times'
  if (canonical.isNaive || legacy.isNaive) return 'no-zones'
  if (canonical.last < legacy.first) return 'canonical'
  return legacy.last < canonical.first ? 'legacy' : 'times-overlap'
}

class Span {
  first: number = Number.POSITIVE_INFINITY
  last: number = Number.NEGATIVE_INFINITY
  /** A message has no stamp at all. */
  isUnknown = false
  /** A message has a stamp that names no zone. */
  isNaive = false

  add(time: number | null, { stamp }: WitnessEntry): void {
    if (time === null && stamp === undefined) this.isUnknown = true
    else if (time === null) this.isNaive = true
    else {
      this.first = Math.min(this.first, time)
      this.last = Math.max(this.last, time)
    }
  }
}

interface Place {
  store: number
  readonly told: number
  readonly certain: boolean
}

/**
 * The legacy side, in its order. What says the same on the canonical side stands in its place, wherever it stood; of the
 * rest, what a gateway wrote live stands behind.
 */
function adopted(sides: DecidedSides): Placement {
  const { store, told, alignment } = sides
  const places: Place[] = []
  const left: number[] = []
  alignment.canonical.forEach((ofStore, at) => {
    const ofTold = alignment.legacy[at] ?? -1
    const one = store.entries[ofStore]
    const other = told[ofTold]
    const isRewritten = one !== undefined && other !== undefined && one.fingerprint !== other.fingerprint
    const isAlone = ofTold === -1 && alignment.shared[at] === 0
    if (one && (isAlone || isRewritten)) left.push(ofStore)
    if (isAlone) return
    const isPair = !isRewritten && alignment.certain[at] === 1
    places.push({ store: isRewritten ? -1 : ofStore, told: ofTold, certain: isPair })
  })
  const sameWords = new Map<string, Place[]>()
  for (const place of places.toReversed()) {
    const said = told[place.told]?.fingerprint
    if (place.store !== -1 || said === undefined) continue
    const same = sameWords.get(said)
    if (same) same.push(place)
    else sameWords.set(said, [place])
  }
  const isLive = (index: number): boolean => store.combinable[index] === 0
  for (const index of [...left.filter(isLive), ...left.filter((index) => !isLive(index))]) {
    const place = sameWords.get(store.entries[index]?.fingerprint ?? '')?.pop()
    if (place) place.store = index
  }
  const standing = new Set(places.map((place) => place.store))
  const behind = left.filter((index) => isLive(index) && !standing.has(index))
  return placed(sides, [...places, ...behind.map((index) => ({ store: index, told: -1, certain: false }))])
}

function placed({ store, told }: DecidedSides, places: readonly Place[]): Placement {
  const { length } = places
  const placement = {
    store: new Int32Array(length),
    told: new Int32Array(length),
    combine: new Uint8Array(length),
  }
  places.forEach((place, at) => {
    placement.store[at] = place.store + 1
    placement.told[at] = place.told
    const isPair = place.store !== -1 && place.told !== -1
    if (isPair && place.certain && gains(store, place.store, told[place.told])) placement.combine[at] = 1
  })
  return placement
}
