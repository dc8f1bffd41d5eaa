import type { Entry } from '@faircopy/store-core'
import type { EntryRange, Places } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { type Direction, readEntries } from '../rows/entry-row.ts'
import { failMissing } from '../rows/missing-place.ts'
import { lengthOf, readRangesBetween } from '../rows/ranges.ts'
import type { SessionTip } from '../rows/tip.ts'

/** So many bytes of text are read in a few milliseconds: no more in one snapshot, but for one entry that has more (S20). */
export const STEP_BYTES: number = 2 * 1024 * 1024

/** Whose places are read, and how many of them at a time. */
export interface EntryStep {
  readonly tip: SessionTip
  readonly generation: number
  readonly most: { readonly entries: number; readonly bytes: number }
}

/** How many places there are. */
export function countPlaces({ from, to }: Places): number {
  return Math.max(to - from + 1, 0)
}

/** The places that are left once so many have been read. */
export function placesLeft({ from, to, direction }: Places, read: number): Places {
  return direction === 'forward' ? { from: from + read, to, direction } : { from, to: to - read, direction }
}

/**
 * Reads some places of a generation: those that come first, as many as a step has at most, and one at least. Fails with
 * `StoreCorrupt` where a place has no entry, and with `GenerationGone` where its list was taken away.
 */
export function readStep(connection: Connection, step: EntryStep, places: Places): Entry[] {
  const { tip, generation, most } = step
  const { direction } = places
  const isForward = direction === 'forward'
  const count = Math.min(countPlaces(places), most.entries)
  if (count === 0) return []
  const from = isForward ? places.from : places.to - count + 1
  const to = from + count - 1
  const ranges = readRangesBetween(connection, tip, generation, from, to)
  if (!isForward) ranges.reverse()
  const entries: Entry[] = []
  let { bytes } = most
  for (const range of ranges) {
    const seq = isForward ? from + entries.length : to - entries.length
    const read = readEntries<number>(connection, range, direction, seq, { bytes, session: tip.session })
    if (!isFirstOf(range, direction, read)) break
    entries.push(...read)
    for (const { record } of read) bytes -= record.length
    if (read.length < lengthOf(range) || bytes <= 0) return entries
  }
  if (entries.length < count) failMissing(connection, tip.session, generation)
  return entries
}

/** Whether entries are those of a range that come first in a direction, one at least, and none is missing between them. */
function isFirstOf({ first, last }: EntryRange, direction: Direction, read: readonly Entry[]): boolean {
  const end = direction === 'forward' ? first + read.length - 1 : last - read.length + 1
  return read.at(-1)?.id === end
}
