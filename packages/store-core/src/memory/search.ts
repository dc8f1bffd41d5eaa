import { codecNamed } from '../codecs.ts'
import { placeOf } from '../generation.ts'
import type { SearchHit, SearchOptions, SearchResult } from '../search.ts'
import { matches, relevance } from '../search-match.ts'
import { searchPieces } from '../search-terms.ts'
import { searchText } from '../search-text.ts'
import { DEFAULT_NAMESPACE } from '../session-ref.ts'
import type { MemorySession, MemoryState, StoredEntry } from './state.ts'
import { entryOf, liveRanges } from './view.ts'

const HITS = 20

/** The live entries that match, by looking at all of them: never behind (S17). */
export function search(
  state: MemoryState,
  text: string,
  { namespace, session: id, limit = HITS, order = 'newest' }: SearchOptions,
): SearchResult {
  const pieces = searchPieces(text)
  const isAsked = (session: MemorySession): boolean =>
    session.state === 'living' &&
    (namespace === undefined && id === undefined
      ? true
      : session.address.namespace === (namespace ?? DEFAULT_NAMESPACE)) &&
    (id === undefined || session.address.id === id)
  const asked = state.sessions.filter(isAsked)
  const found = state.log.toReversed().flatMap((address) => {
    const entry = entryOf(state, address)
    if (!entry) return []
    return asked.flatMap((session) => {
      const hit = hitIn(session, address.owner, entry)
      if (!hit) return []
      const said = searchText(entry, codecNamed(session.about.codec ?? ''))
      return matches(pieces, said) ? [{ hit, relevance: relevance(pieces, said) }] : []
    })
  })
  if (order === 'best') found.sort((a, b) => b.relevance - a.relevance)
  return { hits: found.slice(0, limit).map(({ hit }) => hit), complete: true, behind: 0 }
}

function hitIn(session: MemorySession, owner: number, entry: StoredEntry): SearchHit | null {
  const ranges = liveRanges(session)
  const says = ranges.some((one) => one.owner === owner && one.first <= entry.id && entry.id <= one.last)
  const seq = says ? placeOf(ranges, entry.id) : null
  return seq === null ? null : { session: session.address, entry: { ...entry, seq } }
}
