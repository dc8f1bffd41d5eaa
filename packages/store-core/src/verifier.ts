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
  readonly namespace?: string
  readonly session?: string
  readonly entry?: number
  /** What differs, without any transcript text. */
  readonly detail: string
}

/** The result of checking a store. */
export interface VerifyReport {
  readonly sessions: number
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
   * Re-hashes every entry, live or history, and re-chains every head (S25). A redacted entry is held against the hash
   * in its redaction, and its head against the one it had before (S27). Reads only; damage is a finding, not an error.
   *
   * Cost: reads everything once, in short transactions.
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>
}
