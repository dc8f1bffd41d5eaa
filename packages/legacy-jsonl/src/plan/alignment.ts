import type { MergeRun, WitnessEntry } from '@faircopy/reconcile'
import { runSides } from './run-sides.ts'

/**
 * Places one behind the other: told by both sides, by one of them, or contested, where both have messages of their own
 * and nothing says which came first. The canonical ones come first there.
 */
export interface Stretch {
  readonly as: 'common' | 'canonical' | 'legacy' | 'contested'
  /** Of the alignment's places, the first and the one behind the last. */
  readonly from: number
  readonly to: number
}

/** Two sides laid beside each other. Followed in order, the places read each side front to back. */
export interface Alignment {
  /** The index in the canonical side at each place; -1 where it has nothing there. */
  readonly canonical: Int32Array
  /** The index in the legacy side at each place; -1 where it has nothing there. */
  readonly legacy: Int32Array
  /** 1 where both are paired and no equally short merge pairs them otherwise. */
  readonly certain: Uint8Array
  /** 1 where both tell it, also where the record of one side alone stands: a `session_meta`. */
  readonly shared: Uint8Array
  readonly stretches: readonly Stretch[]
}

/** Cuts a merge of two sides into stretches. `session_meta` alone never makes one contested. */
export function alignmentOf(
  runs: readonly MergeRun[],
  canonical: readonly WitnessEntry[],
  legacy: readonly WitnessEntry[],
): Alignment {
  const length = runs.reduce((sum, run) => sum + run.length, 0)
  const places = {
    canonical: new Int32Array(length),
    legacy: new Int32Array(length),
    certain: new Uint8Array(length),
    shared: new Uint8Array(length),
  }
  const stretches: Stretch[] = []
  const close = (as: Stretch['as'], from: number, to: number): void => {
    const last = stretches.at(-1)
    if (from === to) return
    if (last?.as === as) stretches[stretches.length - 1] = { ...last, to }
    else stretches.push({ as, from, to })
  }
  const isMessage = (side: readonly WitnessEntry[], index: number): boolean =>
    index !== -1 && side[index]?.meta === undefined
  let at = 0
  let gap = new Gap(0)
  for (const run of runs) {
    for (let i = 0; i < run.length; i++, at++) {
      const sides = runSides(run, i)
      places.canonical[at] = sides.canonical
      places.legacy[at] = sides.legacy
      places.shared[at] = run.from === 'both' ? 1 : 0
      if (run.from === 'both' && run.stands === undefined) {
        places.certain[at] = run.certain ? 1 : 0
        close(gap.kind, gap.from, at)
        close('common', at, at + 1)
        gap = new Gap(at + 1)
      } else {
        gap.add(run.from, isMessage(canonical, sides.canonical), isMessage(legacy, sides.legacy))
      }
    }
  }
  close(gap.kind, gap.from, at)
  return { ...places, stretches }
}

/** What stands between two messages that both sides tell. */
class Gap {
  readonly from: number
  #canonical = false
  #legacy = false
  #metaOf: Stretch['as'] = 'common'

  constructor(from: number) {
    this.from = from
  }

  add(from: MergeRun['from'], isCanonicalMessage: boolean, isLegacyMessage: boolean): void {
    this.#canonical ||= isCanonicalMessage
    this.#legacy ||= isLegacyMessage
    if (from !== 'both') this.#metaOf = from
  }

  get kind(): Stretch['as'] {
    if (this.#canonical && this.#legacy) return 'contested'
    if (this.#canonical) return 'canonical'
    return this.#legacy ? 'legacy' : this.#metaOf
  }
}

/**
 * The alignment's places in an order in which, in each contested stretch, one side stands whole before the other.
 *
 * @param isLegacyFirst asked for each contested stretch
 */
export function inOrder(
  { canonical, legacy, stretches }: Alignment,
  isLegacyFirst: (stretch: Stretch) => boolean,
): number[] {
  const order: number[] = []
  const length = canonical.length
  for (const stretch of stretches) {
    const places = Array.from({ length: stretch.to - stretch.from }, (_, i) => stretch.from + i)
    if (stretch.as !== 'contested') {
      for (const place of places) order.push(place)
      continue
    }
    const ofLegacy = places.filter((place) => legacy[place] !== -1)
    const ofCanonical = places.filter((place) => legacy[place] === -1)
    for (const place of isLegacyFirst(stretch) ? ofLegacy : ofCanonical) order.push(place)
    for (const place of isLegacyFirst(stretch) ? ofCanonical : ofLegacy) order.push(place)
  }
  if (order.length !== length) throw new Error('an alignment has a place in no stretch')
  return order
}
