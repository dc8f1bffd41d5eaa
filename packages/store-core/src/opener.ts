import type { NewEntry } from './entry.ts'
import type { Origin } from './origin.ts'
import type { Fork } from './rewriter.ts'
import type { NewSession, Session, WriteCondition } from './session.ts'

/** Where a session is opened: see {@link sessionsOpenedBy}. */
export interface OpenTarget {
  /** Defaults to the default one. */
  readonly namespace?: string
  /**
   * The origins that lead to the session, all of one platform: one, or one for each id that a person is known by. The
   * first that leads somewhere decides. What they leave out is not there: a chat without a thread is the chat itself.
   */
  readonly origins: readonly [Origin, ...Origin[]]
}

/** What is opened where no session lives, or in place of the one that ends. */
export type OpenedSession =
  /** A new session. */
  | { readonly create: NewSession & { readonly id: string } }
  /** A new session that contains another one's past, by reference (S8). */
  | { readonly fork: Fork & { readonly of: string } }
  /** A session of the namespace that is there; where it has ended, it lives again. */
  | { readonly reopen: string }

/** How an origin comes to a session. */
export interface Opening {
  readonly session: OpenedSession
  /**
   * The session that the caller found and does not go on with. If it is the one that lives, it ends, and everything that
   * led to it leads to the one that is opened. Its revision moves, so that a turn that is under way in it finds out (S6).
   * If another lives by now, that one is the answer, and nothing ends.
   */
  readonly end?: { readonly session: string; readonly at: number; readonly reason: string | null }
  /** Appended to the session that is opened, and not to one that was found. No deliveries, and no keys. */
  readonly entries?: readonly NewEntry[]
}

/** How an opening is made. */
export interface OpenOptions extends WriteCondition {
  /** Who writes. Defaults to `gateway`. */
  readonly writer?: string
}

/** What came of an opening, after its commit. */
export interface Opened {
  readonly session: Session
  readonly how: 'found' | 'created' | 'forked' | 'reopened'
  /** The session that this call ended, as it stands now. */
  readonly ended: Session | null
}

/** Opens the one session that an origin has. */
export interface SessionOpener {
  /** The live session that an opening of this target would find, or null. Fails with `AmbiguousOrigin`. Cost: as of `resolve`. */
  opened(target: OpenTarget): Promise<Session | null>
  /**
   * Gives the live session of an origin, and makes it so where there is none, in one transaction (S2, S10): any number
   * of processes that ask at once get the same one. The session in `end` is ended and replaced in that transaction too,
   * once, whoever asks; `expectedRevision` is that session's (S6). Afterwards every one of the target's origins leads
   * to the session by a route, unless it leads elsewhere. A session that is opened begins with what was held for its
   * own origin (S11), or a reopened one goes on with it.
   *
   * Safe to repeat after any failure (S3): what an earlier try opened is found.
   *
   * Fails with `AmbiguousOrigin`, `SessionExists`, `NoSession`, `SessionDeleted`, `RevisionConflict`, `InvalidRecord`,
   * `InvalidArgument`.
   *
   * Cost: one commit, and none where the session is found and every origin leads to it.
   */
  open(target: OpenTarget, opening: Opening, options?: OpenOptions): Promise<Opened>
}
