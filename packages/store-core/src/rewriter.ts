import type { NewEntry } from './entry.ts'
import type { Receipt } from './receipt.ts'
import type { NewSession, Session } from './session.ts'
import type { SessionRef } from './session-ref.ts'

/** A new end for a session. */
export interface Replacement {
  /** The first place that changes; the entries from there on become history. `entryCount + 1` only appends. */
  readonly from: number
  /** What stands there instead; empty for an undo. */
  readonly entries: readonly NewEntry[]
  /** Entry ids of deliveries in the replaced part that shall not be carried over. All others are (S7). */
  readonly dropDeliveries?: readonly number[]
}

/** How a rewrite is made. */
export interface RewriteOptions {
  readonly writer?: string
  readonly expectedRevision?: number
  /** The same operation key again is a no-op that returns the first receipt (S4). */
  readonly operationKey?: string
}

/** Changes what a session says, without changing any entry. */
export interface SessionRewriter {
  /**
   * Makes a new generation in one transaction (S2, S7). What left it stays readable as history until pruned, and the
   * keys of those entries stay taken (S4). Retry and undo are this one call. Fails with `NoSession`,
   * `RevisionConflict`, `KeyConflict`.
   *
   * Cost: one commit; re-chains the head from `from` on.
   */
  replace(session: SessionRef, replacement: Replacement, options?: RewriteOptions): Promise<Receipt>
}

/** Where a fork begins, and what the new session is. */
export interface Fork extends NewSession {
  readonly id: string
  /** The last place of the parent that the fork says. Defaults to the parent's end. */
  readonly through?: number
}

/** Starts sessions from the past of others. */
export interface SessionForker {
  /**
   * A new session that says the parent's entries up to `through`, by reference (S8): nothing is copied and the parent
   * does not change; pruning the parent keeps what forks still say. Fails with `NoSession`, `SessionExists`.
   *
   * Cost: one commit; O(through) hashing for the head, no entry is copied.
   */
  fork(parent: SessionRef, fork: Fork, options?: Pick<RewriteOptions, 'operationKey'>): Promise<Session>
}
