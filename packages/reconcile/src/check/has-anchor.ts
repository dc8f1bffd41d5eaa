import { each, type InSteps } from '../terms/in-steps.ts'
import type { WitnessEntry } from '../terms/witness.ts'
import { Anchors } from './anchors.ts'
import { Numbering, positionsOf } from './side.ts'

/**
 * Whether any of some pairs is one that two conversations would not share by chance: both histories tell it once, and it is
 * distinctive, bears an id, or stands in a block of two that is told once.
 *
 * @param pairs indices of entries of both that are taken for one another
 */
export function* hasAnchor(
  one: readonly WitnessEntry[],
  other: readonly WitnessEntry[],
  pairs: readonly (readonly [one: number, other: number])[],
): InSteps<boolean> {
  const numbering = new Numbering()
  const [a, b] = [yield* numbering.side(one), yield* numbering.side(other)]
  const [inA, inB] = [yield* positionsOf(a), yield* positionsOf(b)]
  const anchors = yield* Anchors.of(a, b)
  let found = false
  yield* each(pairs, ([i, j]) => {
    const [x, y] = [inA.get(i), inB.get(j)]
    found ||= x !== undefined && y !== undefined && anchors.kindOf(x, y) !== undefined
  })
  return found
}
