import type { EntryKind } from './entry.ts'
import { type EntryAddress, type EntryRange, pushRange, sliceRanges } from './generation.ts'

/**
 * The ranges of a replacement (S7): the places before `from`, then the deliveries carried over, then what is said
 * instead.
 */
export function replacedRanges(
  ranges: readonly EntryRange[],
  from: number,
  carried: readonly EntryAddress[],
  listed: readonly EntryAddress[],
): EntryRange[] {
  const next = sliceRanges(ranges, 1, from - 1)
  for (const { owner, id } of [...carried, ...listed]) pushRange(next, { owner, first: id, last: id })
  return next
}

/** Which entries of a replaced part are carried over, in their order: its deliveries, but for those in `except` (S7). */
export function carriedDeliveries<T extends { readonly id: number; readonly kind: EntryKind }>(
  replaced: readonly T[],
  except: ReadonlySet<number>,
): T[] {
  return replaced.filter(({ id, kind }) => kind === 'delivery' && !except.has(id))
}

/** Whether two lists of ranges contain the same entries in the same order, however they are cut. */
export function saysTheSame(a: readonly EntryRange[], b: readonly EntryRange[]): boolean {
  const [joinedA, joinedB] = [joined(a), joined(b)]
  return (
    joinedA.length === joinedB.length &&
    joinedA.every((range, i) => {
      const other = joinedB[i]
      return range.owner === other?.owner && range.first === other.first && range.last === other.last
    })
  )
}

/** How many places of two lists, from the first one on, say the same. */
export function sharedPlaces(a: readonly EntryRange[], b: readonly EntryRange[]): number {
  let shared = 0
  for (const [i, one] of a.entries()) {
    const other = b[i]
    if (other?.owner !== one.owner || other.first !== one.first) return shared
    shared += Math.min(one.last, other.last) - one.first + 1
    if (one.last !== other.last) return shared
  }
  return shared
}

function joined(ranges: readonly EntryRange[]): EntryRange[] {
  const result: EntryRange[] = []
  for (const range of ranges) pushRange(result, range)
  return result
}
