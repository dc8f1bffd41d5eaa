import type { EntryKind, NewEntry } from './entry.ts'
import type { Origin } from './origin.ts'
import type { Receipt } from './receipt.ts'
import type { NewSession } from './session.ts'
import type { SessionRef } from './session-ref.ts'

/** How an append is made. */
export interface AppendOptions {
  /** Who writes. Defaults to `gateway`. A narrow appender stamps its own. */
  readonly writer?: string
  /** The session's revision as the caller read it; another one is `RevisionConflict` (S6). */
  readonly expectedRevision?: number
  /** What to do when a key was used for another record: fail with `KeyConflict` (default) or keep the first (S4). */
  readonly onConflict?: 'refuse' | 'first'
  /** Creates the session in the same transaction where it does not exist (S10). */
  readonly create?: NewSession
}

/** Appends to a session by its id. */
export interface SessionAppender {
  /**
   * Appends entries at the end of a session, all or none (S2). When the promise resolves they are durable (S1); when
   * it rejects, the error's `outcome` says whether they may be stored (S3).
   *
   * Entries get dense places in call order; concurrent calls of any number of processes leave no gap and no duplicate
   * (S5). Calls that wait together share one commit. A key used before is a no-op that returns the first entry's place
   * (S4), checked before the revision. An empty list writes nothing and answers with the session as it stands.
   *
   * Fails with `NoSession`, `SessionDeleted`, `KeyConflict`, `RevisionConflict`, `InvalidRecord`, `SessionFull`,
   * `StoreBusy`, `StoreFull`, `StoreIo`, `StoreReplaced`, `StoreCorrupt`.
   *
   * Cost: one commit for all calls that wait; O(entries), whatever the session's length.
   */
  append(
    session: SessionRef,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt>
}

/** A session found by where its messages come from, inside the write's own transaction (S10). */
export interface OriginTarget {
  readonly namespace?: string
  readonly origin: Origin
  /** No live session: fail with `NoSession` (default), hold the entries for the one that comes (S11), or create one. */
  readonly whenAbsent?: 'refuse' | 'hold' | { readonly create: NewSession & { readonly id: string } }
}

/** What an append to an origin returns when it was held (S11). */
export interface HeldReceipt {
  readonly held: true
  /** How many entries are held for the origin now. */
  readonly waiting: number
}

/**
 * Appends to a session by its id or by its origin. This is all that a mirror gets.
 */
export interface TranscriptAppender extends SessionAppender {
  append(
    session: SessionRef,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt>
  /**
   * As above, for the one live session of an origin, resolved inside the transaction. Several are `AmbiguousOrigin`
   * with the candidates; never "the newest" (S10).
   */
  append(
    target: OriginTarget,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt | HeldReceipt>
}

/** What a narrow appender may do. */
export interface AppenderScope {
  /** Stamped on everything it writes. */
  readonly writer: string
  /** The kinds it may write; any other is `KindRefused`. */
  readonly kinds: readonly EntryKind[]
}

/** Hands out narrow appenders. */
export interface AppenderSource {
  /** An appender that can write entries of `kinds` as `writer`, and nothing else. */
  appender(scope: AppenderScope): TranscriptAppender
}
