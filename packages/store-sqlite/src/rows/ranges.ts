import { type EntryRange, pushRange } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertSealed, insertStatement } from '../file/seal.ts'
import { type Tip, tailOf } from './tip.ts'

/** A range and the place of its first entry. */
interface PlacedRange extends EntryRange {
  readonly seq: number
}

const ALL = 'SELECT seq, owner, first, last FROM range WHERE session = ? AND generation = ? ORDER BY seq'
const FROM_PLACE = `SELECT seq, owner, first, last FROM range WHERE session = ? AND generation = ? AND seq <= ?
  AND seq >= coalesce((SELECT max(seq) FROM range WHERE session = ? AND generation = ? AND seq <= ?), 0)
  ORDER BY seq`
const AROUND = `SELECT seq, owner, first, last FROM range
  WHERE session = ? AND generation = ? AND first <= ? AND last >= ?`
const OF_ALL = 'SELECT DISTINCT owner, first, last FROM range WHERE session = ?'
const OWNER = 'SELECT owner FROM range WHERE session = ? AND first <= ? AND last >= ? LIMIT 1'
const INSERT = insertStatement('range')

/** How many ids a range has. */
export function lengthOf(range: EntryRange): number {
  return range.last - range.first + 1
}

/** The list of ranges that a generation is. */
export function readRanges(connection: Connection, tip: Tip, generation: number): EntryRange[] {
  const ranges: EntryRange[] = []
  for (const range of connection.all<PlacedRange>(ALL, tip.session, generation))
    pushRange(ranges, bare(range))
  const tail = generation === tip.generation ? tailOf(tip) : null
  if (tail) pushRange(ranges, bare(tail))
  return ranges
}

/** The ranges that say places `from` to `to` of a generation. Cost: O(log ranges + ranges read). */
export function readRangesBetween(
  connection: Connection,
  tip: Tip,
  generation: number,
  from: number,
  to: number,
): EntryRange[] {
  if (from > to) return []
  const tail = generation === tip.generation ? tailOf(tip) : null
  const placed =
    tail && from >= tail.seq
      ? []
      : connection.all<PlacedRange>(FROM_PLACE, tip.session, generation, to, tip.session, generation, from)
  if (tail && to >= tail.seq) placed.push(tail)
  const ranges: EntryRange[] = []
  for (const { seq, owner, first, last } of placed) {
    const begin = Math.max(first, first + from - seq)
    const end = Math.min(last, first + to - seq)
    if (begin <= end) pushRange(ranges, { owner, first: begin, last: end })
  }
  return ranges
}

/** Where the entry of an id stands now, whoever owns it, or null where it is not live. Cost: O(ranges). */
export function readSeq(connection: Connection, tip: Tip, id: number): number | null {
  const tail = tailOf(tip)
  if (tail && id >= tail.first && id <= tail.last) return tail.seq + id - tail.first
  const range = connection.get<PlacedRange>(AROUND, tip.session, tip.generation, id, id)
  return range ? range.seq + id - range.first : null
}

/** What every list of a session says, now or before, in no order and with repeats. Cost: O(ranges of all lists). */
export function readAllRanges(connection: Connection, tip: Tip): EntryRange[] {
  const ranges = connection.all<EntryRange>(OF_ALL, tip.session)
  const tail = tailOf(tip)
  return tail ? [...ranges, bare(tail)] : ranges
}

/** Whose the entry of an id is, if a list of the session says or said it and it was not pruned. */
export function ownerOf(connection: Connection, tip: Tip, id: number): number | null {
  const tail = tailOf(tip)
  if (tail && id >= tail.first && id <= tail.last) return tip.session
  return connection.get<{ owner: number }>(OWNER, tip.session, id, id)?.owner ?? null
}

/** Writes a generation's list. */
export function writeRanges(
  connection: Connection,
  session: number,
  generation: number,
  ranges: readonly EntryRange[],
): void {
  let seq = 1
  for (const { owner, first, last } of ranges) {
    insertSealed(connection, INSERT, session, generation, seq, owner, first, last)
    seq += last - first + 1
  }
}

/** Writes the tail to its generation's list, where it stays when a tip moves on. */
export function closeTail(connection: Connection, tip: Tip): void {
  const tail = tailOf(tip)
  if (!tail) return
  const { seq, owner, first, last } = tail
  insertSealed(connection, INSERT, tip.session, tip.generation, seq, owner, first, last)
}

/** How many places two lists begin with in common. */
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

function bare({ owner, first, last }: EntryRange): EntryRange {
  return { owner, first, last }
}
