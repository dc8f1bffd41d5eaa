import type { PagePosition } from '../cursor.ts'
import type { Entry } from '../entry.ts'
import { countEntries, type EntryRange, placeOf } from '../generation.ts'
import type { HistoryEntry } from '../history.ts'
import type { Address } from '../kernel/look-ups.ts'
import { compareListed, encodeListCursor, isListed, type ListKey } from '../listing.ts'
import { type Places, placesOfPage, placesOfStream } from '../places.ts'
import { readableList } from '../readable.ts'
import type { EntryPage, ListOptions, PageOptions, ReadOptions, SessionPage } from '../reader.ts'
import { type MemoryState, readableSession } from './state.ts'
import { currentGeneration, entryAtPlace, entryOf, knownAddresses, liveRanges, sessionView } from './view.ts'

/** The entries of a session in order. The state is the snapshot: nothing written later is in it (S13). */
export function* readEntries(state: MemoryState, address: Address, options: ReadOptions): Generator<Entry> {
  const ranges = liveRanges(readableSession(state, address))
  yield* entriesAt(state, ranges, placesOfStream(options, countEntries(ranges)))
}

/** One page of a session (S13, S14). */
export function readPage(
  state: MemoryState,
  address: Address,
  options: PageOptions,
  position: PagePosition | null,
): EntryPage {
  const session = readableSession(state, address)
  const { generation, ranges } = currentGeneration(session)
  const { places, next } = placesOfPage(
    address,
    { generation, entryCount: countEntries(ranges) },
    options,
    position,
  )
  return { entries: [...entriesAt(state, ranges, places)], next, revision: session.revision }
}

function* entriesAt(
  state: MemoryState,
  ranges: readonly EntryRange[],
  { from, to, direction }: Places,
): Generator<Entry> {
  for (let i = from; i <= to; i++) {
    const entry = entryAtPlace(state, ranges, direction === 'forward' ? i : from + to - i)
    if (entry) yield entry
  }
}

/** One page of a listing (S14). */
export function listPage(
  state: MemoryState,
  { order, ...options }: ListOptions,
  limit: number,
  after: ListKey | null,
): SessionPage {
  const listed = state.sessions
    .filter((session) => session.state === 'living')
    .map((session) => sessionView(state, session))
    .filter((session) => isListed(session, options))
    .filter((session) => !after || compareListed(after, session, order) < 0)
    .sort((a, b) => compareListed(a, b, order))
  const sessions = listed.slice(0, limit)
  const last = sessions.at(-1)
  return { sessions, next: last && listed.length > limit ? encodeListCursor(last, order) : null }
}

/** What is stored for a session and not live (S7). */
export function* readHistory(state: MemoryState, address: Address): Generator<HistoryEntry> {
  const session = readableSession(state, address)
  for (const known of knownAddresses(state, session).values()) {
    const entry = entryOf(state, known)
    if (entry && placeOf(liveRanges(session), known.id) === null) yield { ...entry, seq: null }
  }
}

/** What a session contained in one of its generations (S7). */
export function* readGeneration(state: MemoryState, address: Address, number: number): Generator<Entry> {
  const session = readableSession(state, address)
  const { generation: had } = currentGeneration(session)
  const found = session.generations.find(({ generation }) => generation === number) ?? null
  const { ranges } = readableList(address, { asked: number, had }, found)
  yield* entriesAt(state, ranges, placesOfStream({}, countEntries(ranges)))
}
