import type { Entry } from './entry.ts'
import type { SessionAddress } from './session-ref.ts'

/** What is looked for. */
export interface SearchOptions {
  readonly namespace?: string
  readonly session?: string
  /** At most so many hits, 1 to 1000. Defaults to 20. */
  readonly limit?: number
  readonly order?: 'newest' | 'best'
  /** Ms that catching up with the newest entries may take. Defaults to 200. */
  readonly budget?: number
}

/** A live entry that matches. */
export interface SearchHit {
  readonly session: Required<SessionAddress>
  readonly entry: Entry
}

/** Hits, and whether everything acknowledged before the question was looked at (S17). */
export interface SearchResult {
  readonly hits: readonly SearchHit[]
  readonly complete: boolean
  /** How many entries the index is behind, when not complete. */
  readonly behind: number
  /** Damaged sessions that may have hits, so that the answer is not complete (S22); absent where there are none. */
  readonly damaged?: readonly Required<SessionAddress>[]
}

/** Finds entries by their text. A capability a backend may decline (S17). */
export interface TranscriptSearch {
  /** Any text is a legal query (S17). Damage to the index never fails an append (S18). */
  search(text: string, options?: SearchOptions): Promise<SearchResult>
}
