import type { SessionAddress } from './session-ref.ts'

/** What happened to a session last. A fork, an import and an undelete that bring a session are `created`. */
export type ChangeKind = 'created' | 'appended' | 'replaced' | 'updated' | 'deleted'

/** A session that changed, at the place of its last change. */
export interface SessionChange {
  readonly session: Required<SessionAddress>
  /** The last change. An import into a session and a redaction are `replaced`. */
  readonly change: ChangeKind
  readonly revision: number
  /** Another generation than the one you remember: what you read of the session must be read again. */
  readonly generation: number
}

/** Changes in commit order, and where to go on. */
export interface ChangePage {
  readonly changes: readonly SessionChange[]
  /** For the next call, also when there was nothing. Names its store; a restored backup makes it `CursorStale`. */
  readonly cursor: string
}

/** How many changes are wanted. */
export interface ChangeOptions {
  /** At most so many, 1 to 1000. Defaults to 100. */
  readonly limit?: number
}

/** How a change is waited for. */
export interface WaitOptions {
  /** Ends the wait at once, with its reason. */
  readonly signal?: AbortSignal
  /** Whether a process that does nothing else stays alive for the wait. Defaults to true. */
  readonly keepAlive?: boolean
}

/** Tells which sessions changed (S19). */
export interface ChangeReader {
  /**
   * Every session that changed since `cursor` (from the beginning without one), in commit order, across processes;
   * deleted ones too (S19). A session that changed several times since is told once, at the place of its last change:
   * nothing is missed, and the answer is bounded by the number of sessions. There is more until a page is empty.
   *
   * Fails with `CursorStale` for a cursor of another store, or of a state that this one never had, and with
   * `InvalidArgument` for one that no store made.
   *
   * Cost: O(limit).
   */
  changes(cursor?: string, options?: ChangeOptions): Promise<ChangePage>
  /**
   * Resolves once there is something after `cursor`, at once if there is already, without polling hard; wakes for
   * writes of other processes too (S19). Keeps its process alive meanwhile, unless told otherwise. Rejects at once with
   * the signal's reason when that is aborted, with `StoreClosed` when the store is closed, and fails as `changes` does.
   */
  waitForChange(cursor: string, options?: WaitOptions): Promise<void>
}
