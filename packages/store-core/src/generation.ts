/**
 * Consecutive entry ids of one owner, both ends included. The owner is the session itself, or the one it was forked
 * from: nothing is copied (S8).
 */
export interface EntryRange {
  /** The session whose entries these are, by the backend's own number. */
  readonly owner: number
  readonly first: number
  readonly last: number
}

/** An entry's fixed address: its owner and the id it has there. */
export interface EntryAddress {
  readonly owner: number
  readonly id: number
}

/** How many entries a list of ranges says. */
export function countEntries(ranges: readonly EntryRange[]): number {
  return ranges.reduce((sum, range) => sum + range.last - range.first + 1, 0)
}

/** Which entry stands at `seq` (1-based), or null beyond the end. */
export function entryAt(ranges: readonly EntryRange[], seq: number): EntryAddress | null {
  let before = 0
  for (const range of ranges) {
    const length = range.last - range.first + 1
    if (seq <= before + length)
      return seq < 1 ? null : { owner: range.owner, id: range.first + seq - before - 1 }
    before += length
  }
  return null
}

/** Where an entry stands now, or null where it is not live. */
export function seqOf(ranges: readonly EntryRange[], entry: EntryAddress): number | null {
  let before = 0
  for (const range of ranges) {
    if (range.owner === entry.owner && entry.id >= range.first && entry.id <= range.last) {
      return before + entry.id - range.first + 1
    }
    before += range.last - range.first + 1
  }
  return null
}

/**
 * Where the entry of this id stands now, whoever owns it, or null where it is not live. Ids are unique within a
 * session: a fork's own count on behind the greatest that it was forked with (S8).
 */
export function placeOf(ranges: readonly EntryRange[], id: number): number | null {
  let before = 0
  for (const range of ranges) {
    if (id >= range.first && id <= range.last) return before + id - range.first + 1
    before += range.last - range.first + 1
  }
  return null
}

/** The ranges that contain entries `from` to `to` (1-based, both included) of `ranges`. */
export function sliceRanges(ranges: readonly EntryRange[], from: number, to: number): EntryRange[] {
  const slice: EntryRange[] = []
  let before = 0
  for (const range of ranges) {
    const length = range.last - range.first + 1
    const first = Math.max(from - before, 1)
    const last = Math.min(to - before, length)
    if (first <= last)
      slice.push({ owner: range.owner, first: range.first + first - 1, last: range.first + last - 1 })
    before += length
  }
  return slice
}

/** Appends a range to a list, joining it to the last one where they touch. The list is changed. */
export function pushRange(ranges: EntryRange[], next: EntryRange): void {
  const last = ranges.at(-1)
  if (last && last.owner === next.owner && last.last + 1 === next.first) {
    ranges[ranges.length - 1] = { owner: last.owner, first: last.first, last: next.last }
  } else ranges.push(next)
}
