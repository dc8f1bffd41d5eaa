import { matches, type Sequence } from './sequence.ts'
import { type InSteps, LONG_STRIDE } from './terms/in-steps.ts'

/** Where a sequence lies inside another one, whole and in order. Linear in the outer sequence. */
export interface Embedding {
  /** For each inner entry the first outer position it can have. */
  readonly first: Int32Array
  /** For each inner entry the last outer position it can have; where it is also the first, it is the only one. */
  readonly last: Int32Array
}

/** @returns `undefined` where `outer` does not contain `inner`. */
export function* embed(inner: Sequence, outer: Sequence): InSteps<Embedding | undefined> {
  if (inner.length > outer.length) return undefined
  const first = new Int32Array(inner.length)
  const last = new Int32Array(inner.length)
  let i = 0
  for (let j = 0; i < inner.length && j < outer.length; j++) {
    if (j % LONG_STRIDE === 0) yield
    if (matches(inner, i, outer, j)) first[i++] = j
  }
  if (i < inner.length) return undefined
  for (let j = outer.length - 1; i > 0; j--) {
    if (j % LONG_STRIDE === 0) yield
    if (matches(inner, i - 1, outer, j)) last[--i] = j
  }
  return { first, last }
}
