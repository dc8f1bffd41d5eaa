import type {
  Entry,
  JsonObject,
  ListOptions,
  Origin,
  Session,
  SessionPage,
  SessionRef,
} from '@faircopy/store-core'
import type { OpenTurn } from '../entries/open-turn.ts'
import type { OpenedSession } from './opened-session.ts'
import type { NewTurn, Turn } from './turn.ts'

/** Makes the request for a new session safe to repeat. */
export interface ResetOptions {
  /**
   * The platform's id of the command. Under the same key again, nothing is replaced while the session that it made lives,
   * or the one after it.
   */
  readonly idempotencyKey?: string
}

/** How an origin is opened. A key counts only with `forceNew`. */
export interface OpenSessionOptions extends ResetOptions {
  /** A new session, whatever lives there. */
  readonly forceNew?: boolean
}

/** How a session is taken up again. */
export interface ResumeOptions {
  /** Also a session that belongs to another origin. */
  readonly fromElsewhere?: boolean
}

/** Makes a change conditional, and safe to repeat. */
export interface RewindOptions {
  /** The session's revision as the caller read it; another one is `RevisionConflict` (S6). */
  readonly expectedRevision?: number
}

/** A retry: the turn that begins anew. */
export interface RetryOptions extends RewindOptions {
  /** What makes it this retry and no other: the platform's id of the command. */
  readonly idempotencyKey: string
}

/** An edit: what the person says instead. */
export interface EditOptions extends RetryOptions {
  readonly record: NewTurn['record']
  /** The id of the entry that is edited. Defaults to the last thing that the person said. */
  readonly entry?: number
}

/** A turn that was begun anew. */
export interface Retried {
  readonly turn: Turn
  /** What the person said, as its record has it: their text, never the command. */
  readonly text: string
  /** The record's exact text. */
  readonly record: string
}

/** How far back an undo goes. */
export interface UndoOptions extends RewindOptions {
  /** How many things that the person said are taken back, with all that came of them. Defaults to 1. */
  readonly turns?: number
  /** Makes the undo safe to repeat: the platform's id of the command. */
  readonly idempotencyKey?: string
}

/** What an undo took back. */
export interface Undone {
  /** What the person had said, oldest first; fewer than were asked for where there were no more. */
  readonly said: readonly Entry[]
  /** The session's revision now. */
  readonly revision: number
  /** Whether this undo was made before, and nothing was taken back now. */
  readonly already: boolean
}

/** How a session is compacted. */
export interface CompactOptions extends RewindOptions {
  /** What stands for all that the model is not shown any more, as a message of the session's codec. */
  readonly summary: JsonObject
  /** How many turns the model is shown as they were, besides. Defaults to none. */
  readonly keepTurns?: number
  /** Goes on in a new session, whose parent this one is; it says everything that this one said. Defaults to false. */
  readonly rotate?: boolean
}

/** In which living sessions open turns are looked for: by default in all of the namespace. */
export interface OpenTurnsOptions extends Pick<ListOptions, 'origin'> {
  /** Only sessions written to within so many ms. */
  readonly activeWithinMs?: number
}

/** Which sessions are listed. */
export interface ListSessionsOptions extends Pick<ListOptions, 'origin' | 'title' | 'state' | 'parent'> {
  /** Only sessions written to within so many ms. */
  readonly activeWithinMs?: number
  /** At most so many, 1 to 1000. Defaults to 100. */
  readonly limit?: number
  /** Where an earlier page ended; the other options must be the same as then. */
  readonly cursor?: string
}

/**
 * A gateway's sessions, on one store and without any state of its own: every answer is as good in another process, and
 * after a crash.
 *
 * Failures are the store's typed errors, at once and as they are (S3): nothing is written anywhere else, and nothing
 * pretends to be saved. What a gateway refuses by itself is a {@link GatewayError}.
 */
export interface Gateway {
  /**
   * The live session of an origin, or a new one, in one transaction, whoever asks and how many at once (S10). One that is
   * over by the policy, or was suspended, is ended and replaced in that transaction, once. What was held for the origin
   * is placed first (S11). A new thread starts empty; {@link Gateway.fork} seeds one.
   *
   * Fails with `AmbiguousOrigin` where several sessions live there that no gateway opened: resume the one that is meant.
   *
   * Cost: one look-up and one small page; a commit where a session is opened.
   */
  open(origin: Origin, options?: OpenSessionOptions): Promise<OpenedSession>
  /**
   * Ends the live session of an origin and opens a new one; null where none lives. `continued` where somebody else did
   * so at the same time, or this reset was made before.
   */
  reset(origin: Origin, options?: ResetOptions): Promise<OpenedSession | null>
  /**
   * Takes up an earlier session, ended or not: it lives again, and the one that lived there ends, in one transaction.
   * The one that lives there already is `continued`. Fails with `GatewayError` `OTHER_ORIGIN` for a session that belongs
   * to another origin, unless asked, and with `NoSession`, `SessionDeleted`.
   */
  resume(origin: Origin, session: SessionRef, options?: ResumeOptions): Promise<OpenedSession>
  /**
   * The live session of an origin, or a new one that says the past of another up to a place, by reference (S8). The
   * other does not change.
   */
  fork(origin: Origin, from: SessionRef, options?: { readonly through?: number }): Promise<OpenedSession>
  /**
   * Sessions of the namespace, the last written first, living ones unless asked. No entry is loaded (S14).
   */
  list(options?: ListSessionsOptions): Promise<SessionPage>
  /** Whether any session of the namespace but `except` says anything, ended or not: whether somebody was here before. */
  hasHistory(except?: SessionRef): Promise<boolean>
  /** Has the session replaced when its origin is opened next. Nothing that it says changes. */
  suspend(session: SessionRef, reason?: string): Promise<void>
  /**
   * Suspends every live session that was written to within so many ms: for a gateway that starts after a crash and would
   * rather not go on with what may be stuck. Gives those that were not suspended before.
   */
  suspendRecentlyActive(withinMs: number): Promise<readonly Session[]>
  /**
   * Stores what the person said, before anything is made of it, and says if it was there already (S4). Given what
   * {@link Gateway.open} gave, it goes to the session that lives there by then, which may have been compacted or reset
   * since; a message that the session before a reset has already is found there. Given a session, it fails with
   * `GatewayError` `SESSION_ENDED` once that has ended.
   */
  beginTurn(session: OpenedSession | SessionRef, turn: NewTurn): Promise<Turn>
  /** Goes on with a turn that was cut off, by the key it was begun with or as {@link Gateway.openTurns} gave it. Null where the session has no such turn. */
  resumeTurn(session: SessionRef, turn: OpenTurn | string): Promise<Turn | null>
  /**
   * The turns that were neither committed nor abandoned: of one session, oldest first, or of every living one that the
   * options let pass, session by session; one that says
   * nothing is not read. Cost: every entry of those sessions.
   */
  openTurns(where?: SessionRef | OpenTurnsOptions): Promise<readonly OpenTurn[]>
  /**
   * Begins the last turn anew: what came of what the person said becomes history, and the same record begins a turn
   * under the new key, in one transaction (S7). Deliveries stay. Null where nobody has said anything.
   */
  retry(session: SessionRef, options: RetryOptions): Promise<Retried | null>
  /** As a retry, with another record in place of what the person said; null where there is no such entry. */
  edit(session: SessionRef, options: EditOptions): Promise<Retried | null>
  /** Takes back what the person said last, and all that came of it (S7). Deliveries and `session_meta` stay. */
  undo(session: SessionRef, options?: UndoOptions): Promise<Undone>
  /**
   * Has the model shown a summary in place of what was said. Nothing that was said changes: an entry of kind
   * `compaction` is appended that names the first entry kept (S7). With `rotate` that entry is appended to a fork, and
   * this session's end, routes, origin, title and meta move to it in the same transaction; turns under way follow.
   * Gives the session that goes on. Fails with `RevisionConflict`, and with `GatewayError` `SESSION_ENDED` where
   * another session has taken its place.
   */
  compact(session: SessionRef, options: CompactOptions): Promise<Session>
}
