import type { EntryKind, NewEntry } from './entry.ts'
import type { Origin } from './origin.ts'
import type { Receipt, ReceiptEntry } from './receipt.ts'
import type { NewSession } from './session.ts'
import type { SessionRef } from './session-ref.ts'

/** How an append is made. */
export interface AppendOptions {
  /** Who writes. Defaults to `gateway`. A narrow appender stamps its own, whatever is given here. */
  readonly writer?: string
  /** The session's revision as the caller read it; another one is `RevisionConflict` (S6). */
  readonly expectedRevision?: number
  /** What to do when a key was used for another record: fail with `KeyConflict` (default) or keep the first (S4). */
  readonly onConflict?: 'refuse' | 'first'
  /** Creates the session in the same transaction where it does not exist (S10). An origin says `whenAbsent` instead. */
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
   * (S4), checked before the revision (S6). An empty list writes nothing and answers with the session as it stands.
   * Records are kept byte for byte (S12), and a damaged index never fails an append (S18).
   *
   * The key of an entry of kind `delivery` is unique in the whole store (S4): a delivery that is stored in another
   * session is `already`, with that session in its receipt, and is not stored again. A call of which every entry is
   * such a delivery is answered from there, before its own session is looked up. One that is held for an origin (S11)
   * is placed here and held no longer.
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
  /** Defaults to the default one. Origins never match across namespaces. */
  readonly namespace?: string
  /** What is named must be so: see {@link matchesOrigin}. */
  readonly origin: Origin
  /**
   * No live session: fail with `NoSession` (default), hold the deliveries for the session that comes (S11), or create
   * one, whose origin is the target's unless it is given its own.
   */
  readonly whenAbsent?: 'refuse' | 'hold' | { readonly create: NewSession & { readonly id: string } }
}

/** What an append to an origin returns when it was held (S11). */
export interface HeldReceipt {
  readonly held: true
  /** How many deliveries are held for exactly this origin now. */
  readonly waiting: number
  /** One for each entry of the call, in its order: whether its key was held before, and for another record. */
  readonly entries: readonly Pick<ReceiptEntry, 'already' | 'differs'>[]
}

/** Appends to a session by its id or by its origin. This is all that a mirror gets. */
export interface TranscriptAppender extends SessionAppender {
  append(
    session: SessionRef,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt>
  /**
   * As above, for the one live session that an origin means, resolved inside the transaction (S10). Several are
   * `AmbiguousOrigin` with the candidates; never "the newest", and never one that has ended.
   *
   * With `whenAbsent: 'hold'`, entries of kind `delivery` (others are `InvalidArgument`) are kept durably until a live
   * session of that origin is created, and become its first entries in that transaction, once (S11). They are bounded
   * in number, beyond which the call is `HoldFull`, and in age, after which they are forgotten: see
   * {@link StorePolicy}.
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
  /** The kinds it may write; any other is `KindRefused`, and nothing of the call is stored. */
  readonly kinds: readonly EntryKind[]
}

/** Hands out narrow appenders. */
export interface AppenderSource {
  /** An appender that can write entries of `kinds` as `writer`, and nothing else. */
  appender(scope: AppenderScope): TranscriptAppender
}
