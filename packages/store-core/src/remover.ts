import type { Session } from './session.ts'
import type { SessionRef } from './session-ref.ts'

/** What may go. */
export interface PrunePolicy {
  /** History older than so many ms. */
  readonly historyOlderThan?: number
  /** Ended sessions that ended more than so many ms ago. */
  readonly endedOlderThan?: number
  /** Sessions that are kept whatever the policy says: legal holds. */
  readonly hold?: readonly SessionRef[]
  /** Defaults to true: report, and remove nothing. */
  readonly dryRun?: boolean
}

/** What went, or would go. */
export interface PruneReport {
  readonly sessions: number
  readonly entries: number
  readonly bytes: number
  readonly held: number
}

/** Takes things out of a store for good, and says so in their place (S27). */
export interface SessionRemover {
  /** Deletes a session and leaves a tombstone: import, mirror and retry never bring it back. */
  delete(session: SessionRef): Promise<void>
  /** Brings a deleted session back within the retention. */
  undelete(session: SessionRef): Promise<Session>
  /** Drops history and ended sessions by a policy; legal holds are respected, and so is what forks still say (S8). */
  prune(policy: PrunePolicy): Promise<PruneReport>
  /** Removes a text from an entry, its history and the index, keeps its hash and says so in its place; the head still chains. */
  redact(session: SessionRef, entryId: number, text: string): Promise<void>
}

/** Copies a store while it is used. */
export interface StoreBackup {
  /** An online, checked copy with owner-only permissions (S25). */
  backup(path: string): Promise<{ readonly bytes: number; readonly entries: number }>
}
