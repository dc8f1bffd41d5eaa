import type { Session, WriteCondition } from './session.ts'
import type { SessionAddress, SessionRef } from './session-ref.ts'

/** What may go. Sessions deleted longer ago than the retention go with any policy; nothing else does unless named. */
export interface PrunePolicy {
  /** What left its session more than so many ms ago. */
  readonly historyOlderThan?: number
  /** Sessions that ended more than so many ms ago. */
  readonly endedOlderThan?: number
  /** Sessions that are kept whole, with their history, whatever the policy says: legal holds. */
  readonly hold?: readonly SessionRef[]
  /** Defaults to true: report, and remove nothing. */
  readonly dryRun?: boolean
}

/** What went, or in a dry run would go. */
export interface PruneReport {
  readonly dryRun: boolean
  /** Sessions removed: ended ones, and deleted ones beyond the retention. */
  readonly sessions: number
  /** Entries removed for good. Those that a fork or another session still contains are not among them (S8). */
  readonly entries: number
  /** Bytes of the removed entries' records, in UTF-8. */
  readonly bytes: number
  /** Sessions that the policy would have touched, and a hold kept. */
  readonly held: number
  /** Ended sessions that stay, held or not, because something of them is not imported yet, in the order of their creation. */
  readonly awaiting: readonly Required<SessionAddress>[]
}

/** What a redaction removed. */
export interface RedactReceipt {
  /** Ids of the entries of the session that held the text, the one named and history, in order. Empty: nothing did. */
  readonly entries: readonly number[]
  /** How many lines that are kept beside the session's entries held it, and lost their bytes. */
  readonly quarantined: number
}

/** Takes things out of a store for good, and says so in their place (S27). */
export interface SessionRemover {
  /**
   * Deletes a session and leaves a tombstone: import, mirror and retry never bring it back (S27), they fail with
   * `SessionDeleted`. What forks contain stays (S8). Deleting it again does nothing. Fails with `NoSession`,
   * `RevisionConflict` (S6).
   *
   * Cost: one commit, whatever the session's length; `prune` frees the room after the retention.
   */
  delete(session: SessionRef, options?: WriteCondition): Promise<void>
  /**
   * Brings a deleted session back as it was, within the retention (S27). One that lives is given as it stands. Fails
   * with `NoSession`, and with `SessionDeleted` after the retention.
   *
   * Cost: one commit.
   */
  undelete(session: SessionRef): Promise<Session>
  /**
   * Drops history, ended sessions and what was deleted longer ago than the retention, by a policy (S27). A dry run
   * unless told otherwise. Legal holds are respected, and so is what forks still contain (S8). A pruned session leaves a
   * tombstone like a deleted one, and cannot be brought back. The keys of pruned history stay taken (S4).
   *
   * An ended session of which something is not imported yet stays (S27), and is named: its import would be refused for ever.
   * Where a pruned session never had an entry, an import may still bring it.
   *
   * An abort of `signal` ends it between two transactions, with its reason: what is pruned stays so, and the next run goes
   * on there.
   *
   * Cost: reads the lists of ranges of the sessions that the policy touches; removes in short transactions.
   */
  prune(policy: PrunePolicy, options?: { readonly signal?: AbortSignal }): Promise<PruneReport>
  /**
   * Removes a text from an entry, from the session's history, the lines kept beside it and the index (S27): wherever it
   * stands in a string or number of the record, also escaped inside JSON within a string, it becomes `[redacted]`
   * ({@link redactRecord}). The entry says so (`redaction`) and keeps its first hash, so that the head still chains;
   * `verify` holds it against the hash in its redaction (S25). Every session that contains it gets a new generation, so
   * that readers read it again. Other live entries that hold the text are left: name them too.
   *
   * Fails with `NoSession`, `SessionDeleted`, and `InvalidArgument` for an entry that the session never had.
   *
   * Cost: reads the session's history once.
   */
  redact(session: SessionRef, entryId: number, text: string): Promise<RedactReceipt>
}

/** How a backup is made. */
export interface BackupOptions {
  /** Whether the copy is made as small as it can be: without the room of what was removed. Defaults to false. */
  readonly compact?: boolean
  readonly signal?: AbortSignal
}

/** Copies a store while it is used. */
export interface StoreBackup {
  /**
   * An online, checked copy with owner-only permissions (S25). It is a store of its own: cursors of `changes` that
   * belong to this one are `CursorStale` there (S19). An abort of `signal`, and closing the store, ends it and leaves
   * nothing of the copy.
   */
  backup(path: string, options?: BackupOptions): Promise<{ readonly bytes: number; readonly entries: number }>
}

/** What a compaction gave back. */
export interface Compaction {
  /** What the store took on its disk before and after, in bytes. */
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/** Makes a store small again. */
export interface StoreCompactor {
  /**
   * Gives the room of what was removed back to the disk (S27). What the store contains stays the same, and the promises of
   * removal hold for what is left. Killed at any moment, the store is whole, as it was or smaller. The store may be used
   * meanwhile, also by other processes; their writes wait.
   *
   * Fails with `StoreFull` where the disk has no room for it, `StoreBusy`, and `StoreCorrupt` for a store that is
   * damaged, which is left as it is.
   *
   * Cost: reads all and writes all that is left, once to a log and once to the store.
   */
  compact(): Promise<Compaction>
}
