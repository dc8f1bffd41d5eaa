import type { SessionRef } from './session-ref.ts'

/** What a check found wrong. */
export interface VerifyFinding {
  readonly code:
    | 'database-damaged'
    | 'entry-hash'
    | 'entry-missing'
    | 'entry-unreadable'
    | 'head'
    | 'entry-count'
    | 'key-without-entry'
    | 'entry-without-key'
    | 'list'
    | 'row-damaged'
    | 'log-cut'
    | 'search-index-damaged'
  readonly namespace?: string
  readonly session?: string
  readonly entry?: number
  /** What differs, without any transcript text. */
  readonly detail: string
}

/** The result of checking a store. */
export interface VerifyReport {
  /** Live sessions. */
  readonly sessions: number
  /**
   * Entries that sessions contain or contained, each counted once, whoever stored them first: what `facts` calls `entries`. Of one
   * session: all that it contains or contained, so that a fork's are counted with those it began with.
   */
  readonly entries: number
  readonly findings: readonly VerifyFinding[]
}

/** How a check is made. */
export interface VerifyOptions {
  /** Only this session. Defaults to all, and the file's own structure. */
  readonly session?: SessionRef
  readonly signal?: AbortSignal
  readonly onProgress?: (done: { readonly sessions: number; readonly entries: number }) => void
}

/** Checks that what is stored is what was written. */
export interface TranscriptVerifier {
  /**
   * Re-hashes every entry, live or history, and re-chains every head (S25), and checks all else that is stored: a file's
   * structure, every row and its values, its log and its search index. A redacted entry is held against the hash in its
   * redaction, and its head against the one it had before (S27). Reads only; damage is a finding, not an error. What a
   * session says is checked with it, also where the session that it was forked from is gone: a finding names a session
   * that can be opened, if there is any.
   *
   * Cost: reads everything once, session by session, whatever a damaged number in it says; the event loop has its turns
   * (S20), and `signal` is heard at each.
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>
}
