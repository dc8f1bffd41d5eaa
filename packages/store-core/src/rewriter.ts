import type { NewEntry } from './entry.ts'
import type { Receipt } from './receipt.ts'
import type { NewSession, ParentReason, Session, WriteCondition } from './session.ts'
import type { SessionRef } from './session-ref.ts'

/** A new end for a session. */
export interface Replacement {
  /** The first place that changes, 1 to `entryCount + 1`; what stands from there on becomes history. */
  readonly from: number
  /** What stands there instead; empty for an undo. */
  readonly entries: readonly NewEntry[]
  /** Entry ids of deliveries in the replaced part that shall not be carried over. All others are (S7). */
  readonly dropDeliveries?: readonly number[]
}

/** How a rewrite is made. */
export interface RewriteOptions extends WriteCondition {
  /** Who writes. Defaults to `gateway`. */
  readonly writer?: string
  /**
   * Makes a retry safe (S4): the same key and the same call again is a no-op that returns the first receipt, another
   * call is `KeyConflict`. Kept for as long as the session; apart from the entries' keys.
   */
  readonly operationKey?: string
}

/** What a replacement returns, after its commit. */
export interface RewriteReceipt extends Receipt {
  /** The generation that says it. */
  readonly generation: number
  /** Ids of the deliveries carried over, in their order. They stand from `from` on, before the call's own entries. */
  readonly carried: readonly number[]
  /** Whether the operation key had been used before: this is the first receipt, and nothing was written (S4). */
  readonly already: boolean
}

/** Changes what a session contains, without changing any entry. */
export interface SessionRewriter {
  /**
   * Makes a new generation in one transaction (S2, S7): the places before `from` as they stand, then the deliveries of
   * the replaced part (they happened before the new entries, and the person did receive them), then `entries`. What
   * left it stays readable as history until pruned, and its keys stay taken (S4). Retry and undo are this one call.
   *
   * An entry whose key was used before in the session, for the same record, is not stored again (S4): it is contained again
   * here if it was part of what is replaced or of history, and stays where it is if it stands before `from`; either
   * way its receipt says `already`. A replacement that changes nothing makes no generation and leaves the revision.
   *
   * Fails with `NoSession`, `SessionDeleted`, `RevisionConflict` (S6), `KeyConflict`, `InvalidRecord`, and
   * `InvalidArgument` for a `from` beyond the end or a `dropDeliveries` that names no delivery of the replaced part.
   *
   * Cost: one commit; re-chains the head from `from` on.
   */
  replace(session: SessionRef, replacement: Replacement, options?: RewriteOptions): Promise<RewriteReceipt>
}

/** Where a fork begins, and what the new session is. Its parent is filled in. */
export interface Fork extends Omit<NewSession, 'parent'> {
  /** The new session's id, in the parent's namespace. */
  readonly id: string
  /** The last place of the parent that the fork contains, 0 to its `entryCount`. Defaults to the parent's end. */
  readonly through?: number
  /** Why there is a new session. Defaults to `fork`. */
  readonly why?: ParentReason
}

/** How a fork is made: `operationKey` belongs to the parent, and so does `expectedRevision`. */
export type ForkOptions = Omit<RewriteOptions, 'writer'>

/** Starts sessions from the past of others. */
export interface SessionForker {
  /**
   * A new session that contains the parent's entries up to `through`, by reference (S8): nothing is copied, the parent does
   * not change, and pruning or deleting it keeps what forks still contain. Entries keep their ids; the fork's own count on
   * behind the greatest of them. The keys of the entries that it contains are taken in the fork as well (S4).
   *
   * The codec is the parent's unless given; title, meta and origin are not inherited. The revision is 0. The same
   * `operationKey` and call again returns the fork as it stands by then (S4).
   *
   * Fails with `NoSession`, `SessionExists`, `SessionDeleted`, `RevisionConflict`, `KeyConflict`, and `InvalidArgument`
   * for a `through` beyond the end.
   *
   * Cost: one commit; O(through) hashing for the head, no entry is copied.
   */
  fork(parent: SessionRef, fork: Fork, options?: ForkOptions): Promise<Session>
}
