import type {
  Entry,
  EntryPage,
  HistoryEntry,
  ListOptions,
  PageOptions,
  ReadOptions,
  Session,
  SessionPage,
} from '@faircopy/store-core'
import {
  type Address,
  encodeListCursor,
  isListed,
  type ListKey,
  type PagePosition,
  placeOf,
  placesOfPage,
  placesOfStream,
  readable,
  readableList,
} from '@faircopy/store-core/backend'
import { entriesOf, knownEntries, storedEntry } from './entries.ts'
import type { Rows } from './rows.ts'
import { findSession, rangesOf, type SessionRow, sessionView } from './sessions.ts'

/** The session of an address, to be read. Fails with `NoSession` (S15). */
export function readableSession(rows: Rows, address: Address): SessionRow {
  const row = findSession(rows, address)
  return readable(address, row?.state === 'living' ? row : null)
}

export function readEntries(rows: Rows, address: Address, options: ReadOptions): Iterable<Entry> {
  const row = readableSession(rows, address)
  return entriesOf(rows, rangesOf(rows, row), placesOfStream(options, row.entry_count))
}

/** One page of a session (S13, S14). */
export function readPage(
  rows: Rows,
  address: Address,
  options: PageOptions,
  position: PagePosition | null,
): EntryPage {
  const row = readableSession(rows, address)
  const { revision, generation, entry_count: entryCount } = row
  const { places, next } = placesOfPage(address, { generation, entryCount }, options, position)
  return { entries: [...entriesOf(rows, rangesOf(rows, row), places)], next, revision }
}

/** What is stored for a session and not live (S7). */
export function* readHistory(rows: Rows, address: Address): Generator<HistoryEntry> {
  const row = readableSession(rows, address)
  const live = rangesOf(rows, row)
  for (const entry of knownEntries(rows, row)) {
    if (placeOf(live, entry.id) === null) yield { ...storedEntry(entry), seq: null }
  }
}

/** What a session contained in one of its generations (S7). */
export function readGeneration(rows: Rows, address: Address, asked: number): Iterable<Entry> {
  const row = readableSession(rows, address)
  const sql = 'SELECT 1 FROM list WHERE session = ? AND generation = ?'
  readableList(address, { asked, had: row.generation }, rows.get(sql, row.number, asked))
  return entriesOf(rows, rangesOf(rows, row, asked), placesOfStream({}, Number.MAX_SAFE_INTEGER))
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
