import type { SessionAddress } from './session-ref.ts'

/** A session that changed. */
export interface SessionChange {
  readonly session: Required<SessionAddress>
  readonly change: 'appended' | 'replaced' | 'updated' | 'deleted'
  readonly revision: number
}

/** Changes in commit order, and where to go on. */
export interface ChangePage {
  readonly changes: readonly SessionChange[]
  /** Names its store; a restored backup makes it `CursorStale`. */
  readonly cursor: string
}

/** Tells which sessions changed (S19). */
export interface ChangeReader {
  /** Every session that changed since `cursor` (from the beginning without one), across processes. */
  changes(cursor?: string, options?: { readonly limit?: number }): Promise<ChangePage>
  /** Resolves once there is something after `cursor`, without polling hard; rejects when aborted. */
  waitForChange(cursor: string, options?: { readonly signal?: AbortSignal }): Promise<void>
}
