import { type EntryRange, pushRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { ENTRIES_PER_SESSION } from '../file/schema.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged } from './damage.ts'
import { type SessionTip, tailOf } from './tip.ts'

/** A range and the place of its first entry. */
interface PlacedRange extends EntryRange {
  readonly seq: number
}

/** A range as it was found, before it is known to be what was written. */
interface FoundRange extends PlacedRange {
  readonly seal: number | null
}

const COLUMNS = 'seq, owner, first, last, seal'
const ALL = `SELECT ${COLUMNS} FROM range WHERE session = ? AND generation = ? ORDER BY seq`
/** Up to the range behind the last place, which says where that one has to end. */
const FROM_PLACE = `SELECT ${COLUMNS} FROM range WHERE session = ? AND generation = ?
  AND seq <= coalesce((SELECT min(seq) FROM range WHERE session = ? AND generation = ? AND seq > ?), 9007199254740991)
  AND seq >= coalesce((SELECT max(seq) FROM range WHERE session = ? AND generation = ? AND seq <= ?), 0)
  ORDER BY seq`
const AROUND = `SELECT ${COLUMNS} FROM range
  WHERE session = ? AND generation = ? AND first <= ? AND last >= ?`
const OF_ALL = 'SELECT DISTINCT owner, first, last FROM range WHERE session = ?'
const AROUND_OF_ALL = `SELECT generation, ${COLUMNS} FROM range WHERE session = ? AND first <= ? AND last >= ? LIMIT 1`
const COUNT = 'SELECT entry_count AS count FROM generation WHERE session = ? AND number = ?'
const INHERITED = 'SELECT first, last FROM inherited WHERE session = ? AND owner = ? ORDER BY first'
const INSERT = insertStatement('range')

/** How many ids a range has. */
export function lengthOf(range: EntryRange): number {
  return range.last - range.first + 1
}

/**
 * Checks the ranges that a session contains now, before it is written to: a session whose list is damaged takes nothing (S22).
 * Rows of a list never change, so each list is checked once on a connection.
 */
export function checkLive(connection: Connection, tip: SessionTip): void {
  if (listedPlaces(connection, tip, tip.generation) === 0) return
  let lists = checked.get(connection)
  if (lists?.get(tip.session) === tip.generation) return
  readRanges(connection, tip, tip.generation)
  if (!lists || lists.size >= MOST_CHECKED) {
    lists = new Map()
    checked.set(connection, lists)
  }
  lists.set(tip.session, tip.generation)
}

/** By session, the list that was checked last. */
const checked = new WeakMap<Connection, Map<number, number>>()
const MOST_CHECKED = 10_000

/** The list of ranges that a generation is; nothing where there is no such generation. Fails with `StoreCorrupt`. */
export function readRanges(connection: Connection, tip: SessionTip, generation: number): EntryRange[] {
  const found = connection.all<FoundRange>(ALL, tip.session, generation)
  checkList(connection, tip, generation, found, { from: 1, to: Number.POSITIVE_INFINITY })
  return withTail(found, tip, generation)
}

function withTail(found: readonly FoundRange[], tip: SessionTip, generation: number): EntryRange[] {
  const ranges: EntryRange[] = []
  for (const range of found) pushRange(ranges, bare(range))
  const tail = generation === tip.generation ? tailOf(tip) : null
  if (tail) pushRange(ranges, bare(tail))
  return ranges
}

/**
 * The ranges that contain places `from` to `to` of a generation. Cost: O(log ranges + ranges read). Fails with `StoreCorrupt`.
 */
export function readRangesBetween(
  connection: Connection,
  tip: SessionTip,
  generation: number,
  from: number,
  to: number,
): EntryRange[] {
  if (from > to) return []
  const tail = generation === tip.generation ? tailOf(tip) : null
  const placed: PlacedRange[] =
    tail && from >= tail.seq ? [] : readPlaced(connection, tip, generation, from, to)
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
export function readSeq(connection: Connection, tip: SessionTip, id: number): number | null {
  const tail = tailOf(tip)
  if (tail && id >= tail.first && id <= tail.last) return tail.seq + id - tail.first
  const range = connection.get<FoundRange>(AROUND, tip.session, tip.generation, id, id)
  if (!range) return null
  checkRange(connection, tip.session, tip.generation, range)
  return range.seq + id - range.first
}

/**
 * What every list of a session contains, now or before, in no order and with repeats. Cost: O(ranges of all lists). They are
 * many, so what they say is not held against their seals, only that it is the session's own: else `StoreCorrupt`.
 */
export function readAllRanges(connection: Connection, tip: SessionTip): EntryRange[] {
  const found = connection.all<EntryRange>(OF_ALL, tip.session)
  for (const range of found)
    if (range.owner !== tip.session && !isInherited(connection, tip.session, range))
      throw damaged(connection, tip.session, 'a list of entries')
  const tail = tailOf(tip)
  return tail ? [...found, bare(tail)] : found
}

/** Whose the entry of an id is, if a list of the session contains or contained it and it was not pruned. Fails with `StoreCorrupt`. */
export function ownerOf(connection: Connection, tip: SessionTip, id: number): number | null {
  const tail = tailOf(tip)
  if (tail && id >= tail.first && id <= tail.last) return tip.session
  const range = connection.get<FoundRange & { generation: number }>(AROUND_OF_ALL, tip.session, id, id)
  if (!range) return null
  checkRange(connection, tip.session, range.generation, range)
  return range.owner
}

function readPlaced(
  connection: Connection,
  tip: SessionTip,
  generation: number,
  from: number,
  to: number,
): FoundRange[] {
  const list = [tip.session, generation] as const
  const found = connection.all<FoundRange>(FROM_PLACE, ...list, ...list, to, ...list, from)
  checkList(connection, tip, generation, found, { from, to })
  return found
}

/**
 * Places of a list have to be where it says: each range begins where the one before it ends, and the last one of the list
 * ends where the list does. Else a session would contain what another one contains (S22).
 */
function checkList(
  connection: Connection,
  tip: SessionTip,
  generation: number,
  found: readonly FoundRange[],
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const [first] = found
  const last = found.at(-1)
  let next = first?.seq ?? 1
  let isWhole = next <= from
  for (const range of found) {
    checkRange(connection, tip.session, generation, range)
    isWhole &&= range.seq === next
    next += lengthOf(range)
  }
  const isEnd = !last || last.seq <= to
  const end = isEnd ? listedPlaces(connection, tip, generation) : null
  if (end !== null) isWhole &&= last ? next === end + 1 : from > end
  if (!isWhole) throw damaged(connection, tip.session, 'its list of entries')
}

/** How many places the ranges of a list say, its tail not counted; null where it has gone (S13). */
function listedPlaces(connection: Connection, tip: SessionTip, generation: number): number | null {
  if (generation === tip.generation) return (tailOf(tip)?.seq ?? tip.entryCount + 1) - 1
  return connection.get<{ count: number | null }>(COUNT, tip.session, generation)?.count ?? null
}

/** A range of a list of a session, as it was written. Entries of others are said only by a fork that began with them (S8). */
function checkRange(
  connection: Connection,
  session: number,
  generation: number,
  { seq, owner, first, last, seal }: FoundRange,
): void {
  const isOne = seq > 0 && owner > 0 && first > 0 && first <= last && last < ENTRIES_PER_SESSION
  const isWhole = isOne && isSealed(connection, seal, session, generation, seq, owner, first, last)
  if (
    !isWhole ||
    !(seal !== null || owner === session || isInherited(connection, session, { owner, first, last }))
  )
    throw damaged(connection, session, 'its list of entries')
}

function isInherited(connection: Connection, session: number, { owner, first, last }: EntryRange): boolean {
  let next = first
  for (const range of connection.all<Omit<EntryRange, 'owner'>>(INHERITED, session, owner))
    if (range.first <= next && range.last >= next) next = range.last + 1
  return next > last
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
export function closeTail(connection: Connection, tip: SessionTip): void {
  const tail = tailOf(tip)
  if (!tail) return
  const { seq, owner, first, last } = tail
  insertSealed(connection, INSERT, tip.session, tip.generation, seq, owner, first, last)
}

function bare({ owner, first, last }: EntryRange): EntryRange {
  return { owner, first, last }
}
