import type { JsonObject } from './json.ts'
import type { Origin } from './origin.ts'
import type { SessionRef } from './session-ref.ts'

/** Why a session has a parent. */
export type ParentReason = 'fork' | 'reset' | 'compaction' | 'subagent' | 'divergence'

/** The session that this one goes on from. It need not (or no longer) be in the store. */
export interface SessionParent {
  readonly namespace: string
  readonly id: string
  /** The last entry of the parent that belongs to this session's past, where known. */
  readonly entry: number | null
  readonly why: ParentReason
}

/** One conversation, as the store knows it. Listing and looking up never load entries (S14). */
export interface Session {
  readonly namespace: string
  readonly id: string
  readonly origin: Origin | null
  readonly parent: SessionParent | null
  readonly title: string | null
  /** Facts about the session that the contract does not name. */
  readonly meta: JsonObject
  /** The {@link Codec} that reads the session's records. */
  readonly codec: string
  /** Epoch ms, null where unknown. */
  readonly startedAt: number | null
  /** Epoch ms; null while the session lives. */
  readonly endedAt: number | null
  readonly endReason: string | null
  /**
   * Moves with every write that a turn depends on (S6), and when an opening ends the session; deliveries, title and meta
   * leave it. Starts at 0.
   */
  readonly revision: number
  /** The number of the list of ranges that the session contains now. Appending does not change it. */
  readonly generation: number
  /** How many live entries there are. */
  readonly entryCount: number
  /** 64 hex digits: see {@link chainHead}. Two sessions contain the same iff their heads are equal. */
  readonly head: string
  /** Epoch ms of the last write to the session, by the clock of the process that wrote. */
  readonly updatedAt: number
}

/** What is known of a session when it is created. Everything is optional. */
export interface NewSession {
  readonly origin?: Origin | null
  readonly parent?:
    | (Omit<SessionParent, 'namespace' | 'entry'> & {
        readonly namespace?: string
        readonly entry?: number | null
      })
    | null
  readonly title?: string | null
  /** At most 1 MiB as JSON, and 200 levels; refused beyond, and where it holds what JSON does not have (S12). */
  readonly meta?: JsonObject
  /** Defaults to `openai-chat`. */
  readonly codec?: string
  readonly startedAt?: number | null
  readonly endedAt?: number | null
  readonly endReason?: string | null
}

/** Creates sessions. */
export interface SessionCreator {
  /**
   * Creates a session, empty but for what was held for its origin (S2, S11). Fails with `SessionExists` or, where it
   * was deleted, `SessionDeleted` (S27).
   *
   * Cost: one commit.
   */
  create(session: SessionRef, about?: NewSession): Promise<Session>
}

/** What {@link SessionUpdater.update} may change. A member left out stays. */
export interface SessionPatch {
  readonly title?: string | null
  /** Whole: what it leaves out is gone. With the limits of {@link NewSession.meta}. */
  readonly meta?: JsonObject
  readonly origin?: Origin | null
  readonly endedAt?: number | null
  readonly endReason?: string | null
}

/** Makes a write conditional. */
export interface WriteCondition {
  /** The session's revision as the caller read it; another one is `RevisionConflict` (S6). */
  readonly expectedRevision?: number
}

/** Changes what is known about a session, never what it contains. */
export interface SessionUpdater {
  /**
   * Changes title, meta, origin or end in one transaction (S2). The revision does not move (S6). An `endedAt` ends the
   * session, so that no origin leads to it any more (S10); null lets it live again. Held deliveries are not placed by
   * this (S11). Fails with `NoSession`, `SessionDeleted`, `RevisionConflict`.
   *
   * Cost: one commit.
   */
  update(session: SessionRef, patch: SessionPatch, options?: WriteCondition): Promise<Session>
}
