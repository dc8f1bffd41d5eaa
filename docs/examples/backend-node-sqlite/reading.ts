import {
  CursorStale,
  type Entry,
  type EntryPage,
  GenerationGone,
  type HistoryEntry,
  InvalidArgument,
  type ListOptions,
  NoSession,
  type PageOptions,
  type ReadOptions,
  type Session,
  type SessionPage,
} from '@faircopy/store-core'
import type { Address } from '@faircopy/store-core/backend'
import {
  encodeListCursor,
  encodePagePosition,
  isListed,
  type ListKey,
  type PagePosition,
  placeOf,
} from '@faircopy/store-core/backend'
import { entriesOf, knownEntries, storedEntry } from './entries.ts'
import type { Rows } from './rows.ts'
import { findSession, rangesOf, type SessionRow, sessionView } from './sessions.ts'

const PAGE = 100

/** The session of an address, to be read. Fails with `NoSession` (S15). */
export function readableSession(rows: Rows, address: Address): SessionRow {
  const row = findSession(rows, address)
  if (row?.state !== 'living') throw new NoSession(address)
  return row
}

export function readEntries(
  rows: Rows,
  address: Address,
  { from = 1, to, direction = 'forward' }: ReadOptions,
): Iterable<Entry> {
  const row = readableSession(rows, address)
  const places = { from, to: Math.min(to ?? row.entry_count, row.entry_count) }
  return entriesOf(rows, rangesOf(rows, row), places, direction)
}

/** One page of a session (S13, S14). */
export function readPage(
  rows: Rows,
  address: Address,
  { from = 1, to, direction = 'forward', limit = PAGE }: PageOptions,
  position: PagePosition | null,
): EntryPage {
  const row = readableSession(rows, address)
  const { generation, entry_count: end } = row
  if (position && position.generation !== generation) throw new CursorStale(address)
  const first = direction === 'forward' ? from : Math.min(to ?? end, end)
  const given = { seq: first, direction, until: (direction === 'forward' ? to : from) ?? null }
  const begun = position ?? given
  const isForward = begun.direction === 'forward'
  const until = isForward ? Math.min(begun.until ?? end, end) : (begun.until ?? 1)
  const places = isForward ? { from: begun.seq, to: until } : { from: until, to: begun.seq }
  const all = entriesOf(rows, rangesOf(rows, row), places, begun.direction)
  const entries = all.take(limit).toArray()
  const seq = begun.seq + (isForward ? entries.length : -entries.length)
  const isMore = entries.length > 0 && (isForward ? seq <= until : seq >= until)
  return {
    entries,
    next: isMore ? encodePagePosition({ ...begun, generation, seq }) : null,
    revision: row.revision,
  }
}

/** What is stored for a session and not live (S7). */
export function* readHistory(rows: Rows, address: Address): Generator<HistoryEntry> {
  const row = readableSession(rows, address)
  const live = rangesOf(rows, row)
  for (const entry of knownEntries(rows, row)) {
    if (placeOf(live, entry.id) === null) yield { ...storedEntry(entry), seq: null }
  }
}

/** What a session said in one of its generations (S7). */
export function readGeneration(rows: Rows, address: Address, asked: number): Iterable<Entry> {
  const row = readableSession(rows, address)
  if (asked > row.generation) {
    throw new InvalidArgument(`generation: the session has had ${row.generation}`)
  }
  const sql = 'SELECT 1 FROM list WHERE session = ? AND generation = ?'
  if (rows.get(sql, row.number, asked) === null) throw new GenerationGone(address, asked)
  return entriesOf(rows, rangesOf(rows, row, asked), { from: 1, to: Number.MAX_SAFE_INTEGER })
}

/** One page of a listing (S14). */
export function readList(
  rows: Rows,
  options: ListOptions,
  limit: number,
  after: ListKey | null,
): SessionPage {
  const listed = listedSessions(rows, options, after)
    .take(limit + 1)
    .toArray()
  const sessions = listed.slice(0, limit)
  const last = sessions.at(-1)
  const isMore = last !== undefined && listed.length > limit
  return { sessions, next: isMore ? encodeListCursor(last, options.order) : null }
}

const BY_ADDRESS = `SELECT * FROM session WHERE state = 'living' AND (namespace, id) > (?, ?) ORDER BY namespace, id`
const BY_TIME = `SELECT * FROM session
  WHERE state = 'living' AND updated_at <= ? AND (updated_at < ? OR (namespace, id) > (?, ?))
  ORDER BY updated_at DESC, namespace, id`

/** Text is in the order of its UTF-8 bytes, as SQLite compares it. Names are never empty. */
export function* listedSessions(
  rows: Rows,
  { order, ...options }: ListOptions,
  after: ListKey | null,
): Generator<Session> {
  const { updatedAt, namespace, id } = after ?? { updatedAt: Number.MAX_SAFE_INTEGER, namespace: '', id: '' }
  const all =
    order === 'recent'
      ? rows.each<SessionRow>(BY_TIME, updatedAt, updatedAt, namespace, id)
      : rows.each<SessionRow>(BY_ADDRESS, namespace, id)
  for (const row of all) {
    const session = sessionView(row)
    if (isListed(session, options)) yield session
  }
}
