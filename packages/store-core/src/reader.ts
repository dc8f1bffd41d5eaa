import type { Entry } from './entry.ts'
import type { Origin } from './origin.ts'
import type { Session } from './session.ts'
import type { SessionAddress, SessionRef } from './session-ref.ts'

/** Which part of a session is read, and in which direction. */
export interface ReadOptions {
  /** First place wanted, 1-based and included. Defaults to 1. */
  readonly from?: number
  /** Last place wanted, included. Defaults to the end. */
  readonly to?: number
  /** `backward` starts at `to`. Defaults to `forward`. */
  readonly direction?: 'forward' | 'backward'
}

/** One page of a session. */
export interface PageOptions extends ReadOptions {
  /** At most so many entries, 1 to 1000. Defaults to 100. */
  readonly limit?: number
  /** Where an earlier page ended; the other options must be the same as then. */
  readonly cursor?: string
}

/** Entries in order, and how to go on. */
export interface EntryPage {
  readonly entries: readonly Entry[]
  /** For the next page; null at the end. */
  readonly next: string | null
  /** The session's revision in the snapshot that the page was read from. */
  readonly revision: number
}

/** Which sessions are listed, and in which order. A condition that is left out holds for all; deleted ones never appear. */
export interface ListOptions {
  /** Only this namespace. Defaults to all. */
  readonly namespace?: string
  /** Only sessions whose own origin is so in every part named here: see {@link matchesOrigin}. */
  readonly origin?: Partial<Origin>
  /** Only the children of this session. */
  readonly parent?: SessionRef
  /** Only sessions that live, or that have ended. */
  readonly state?: 'live' | 'ended'
  /** Only sessions written to at this time or later, epoch ms. */
  readonly activeSince?: number
  /** Only sessions whose title holds this text, whatever its case, width and accents: see {@link matchesTitle}. */
  readonly title?: string
  /**
   * `address` (default): by namespace and id, compared byte for byte; complete whatever is written meanwhile. `recent`:
   * the last written first, then by address; a session written to while pages are read may be missed.
   */
  readonly order?: 'address' | 'recent'
}

/** One page of a listing. */
export interface ListPageOptions extends ListOptions {
  /** At most so many sessions, 1 to 1000. Defaults to 100. */
  readonly limit?: number
  /** Where an earlier page ended; the other options must be the same as then. */
  readonly cursor?: string
}

/** Sessions in the order asked for. */
export interface SessionPage {
  readonly sessions: readonly Session[]
  readonly next: string | null
  /** Sessions of the page that are damaged and cannot be told (S22); absent where there are none. */
  readonly damaged?: readonly Required<SessionAddress>[]
}

/**
 * Reads sessions and what they contain. A failed read is a typed error, never an empty transcript (S15).
 *
 * @example
 * ```ts
 * import type { TranscriptReader } from '@faircopy/store-core'
 *
 * export async function lastWords(reader: TranscriptReader, session: string): Promise<string[]> {
 *   const page = await reader.page(session, { direction: 'backward', limit: 5 })
 *   return page.entries.map((entry) => entry.record).reverse()
 * }
 * ```
 */
export interface TranscriptReader {
  /** The session, or null where there is none (S15). Cost: one row. */
  get(session: SessionRef): Promise<Session | null>

  /**
   * The session's entries in `seq` order, as a stream that holds at most one page and reads one generation to its end,
   * whatever is written meanwhile (S13, S14). Fails with `NoSession` when first asked for an entry (S15).
   *
   * Cost: O(entries read); nothing is locked between pages.
   */
  read(session: SessionRef, options?: ReadOptions): AsyncIterable<Entry>

  /**
   * One page: a snapshot of whole transactions (S13). Appends after the first page are seen by later ones; a rewrite
   * makes the cursor `CursorStale`, never a repeat or a gap. Fails with `NoSession`.
   *
   * Cost: O(limit), wherever in the session.
   */
  page(session: SessionRef, options?: PageOptions): Promise<EntryPage>

  /**
   * One page of sessions, without loading any entry (S14).
   *
   * Cost: O(limit) in either order with at most a namespace, parent or time given; other conditions look at the
   * sessions they pass over. A session that changes while the page is made may be told as it is then, at its old place. A
   * damaged session is named and leaves the others as they are (S22).
   */
  list(options?: ListPageOptions): Promise<SessionPage>

  /**
   * All sessions as a stream that holds at most one page. Fails with `StoreCorrupt`, once it told all that can be read,
   * where sessions are damaged, and names them (S22).
   */
  sessions(options?: ListOptions): AsyncIterable<Session>
}

/** Ends the use of a store. */
export interface Closable {
  /**
   * Waits for what was accepted, then lets the file go. What waits for others, a wait for a change or an import, is ended
   * with `StoreClosed`. Calling it again does nothing; other calls fail by name.
   */
  close(): Promise<void>
}
