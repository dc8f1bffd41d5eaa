import { type SessionAddress, type SessionRef, sessionAddress, sessionLabel } from './session-ref.ts'
import type { WriteOutcome } from './store-codes.ts'
import { StoreError } from './store-error.ts'

/** An argument has the wrong shape. */
export class InvalidArgument extends StoreError {
  constructor(what: string, cause?: unknown) {
    super('INVALID_ARGUMENT', `${what}.`, { cause })
  }
}

/** Why a record was refused (S12). */
export type InvalidRecordReason = 'not-json' | 'not-object' | 'too-deep' | 'too-large'

/** A record over the limit, nested too deep, or not the text of one JSON object (S12). */
export class InvalidRecord extends StoreError {
  readonly reason: InvalidRecordReason
  constructor(reason: InvalidRecordReason, what: string, advice?: string) {
    super('INVALID_RECORD', `${what}.`, { advice })
    this.reason = reason
  }
}

/** An idempotency key was used before, for another record; or an operation key, for another call (S4). */
export class KeyConflict extends StoreError {
  readonly idempotencyKey: string
  /** Without a session: used by a delivery that is held for an origin. */
  constructor(session: SessionRef | null, idempotencyKey: string, of: 'record' | 'call' = 'record') {
    const where = session ? `in session ${sessionLabel(session)}` : 'by a delivery that is held'
    super(
      'KEY_CONFLICT',
      `The ${of === 'call' ? 'operation' : 'idempotency'} key was used before ${where}, for another ${of}.`,
      {
        session,
        ...(of === 'call' && {
          advice: 'Use a new operation key for another call; what the first one did stands.',
        }),
      },
    )
    this.idempotencyKey = idempotencyKey
  }
}

/** The session moved on since the revision or head that the call was made on (S6, S9). */
export class RevisionConflict extends StoreError {
  readonly expected: number | string | null
  readonly actual: number | string | null
  constructor(session: SessionRef, expected: number | string | null, actual: number | string | null) {
    super(
      'REVISION_CONFLICT',
      `Session ${sessionLabel(session)} stands at ${actual ?? 'nothing'}, not at ${expected ?? 'nothing'}.`,
      { session },
    )
    this.expected = expected
    this.actual = actual
  }
}

/** The session does not exist (S10, S15). */
export class NoSession extends StoreError {
  constructor(session: SessionRef | null, what = 'does not exist') {
    super('NO_SESSION', session ? `Session ${sessionLabel(session)} ${what}.` : `No live session ${what}.`, {
      session,
    })
  }
}

/** The session exists already. */
export class SessionExists extends StoreError {
  constructor(session: SessionRef) {
    super('SESSION_EXISTS', `Session ${sessionLabel(session)} exists already.`, {
      session,
    })
  }
}

/** The session was deleted; import, mirror and retry never bring it back (S27). */
export class SessionDeleted extends StoreError {
  constructor(session: SessionRef) {
    super('SESSION_DELETED', `Session ${sessionLabel(session)} was deleted.`, {
      session,
    })
  }
}

/** A session has used up the entry ids that the backend can count. */
export class SessionFull extends StoreError {
  constructor(session: SessionRef, limit: number) {
    super('SESSION_FULL', `Session ${sessionLabel(session)} holds all ${limit} entries it can.`, {
      session,
    })
  }
}

/** Several live sessions have this origin (S10). */
export class AmbiguousOrigin extends StoreError {
  readonly candidates: readonly SessionRef[]
  constructor(candidates: readonly SessionRef[]) {
    super('AMBIGUOUS_ORIGIN', `${candidates.length} live sessions have this origin.`)
    this.candidates = candidates
  }
}

/** More deliveries would be held for the origin than the store keeps (S11). Nothing of the call was stored. */
export class HoldFull extends StoreError {
  constructor(limit: number) {
    super('HOLD_FULL', `More than ${limit} deliveries would be held for this origin.`)
  }
}

/** A narrow appender was asked to write a kind it may not. */
export class KindRefused extends StoreError {
  constructor(kind: string, allowed: readonly string[]) {
    super('KIND_REFUSED', `This appender may not write entries of kind "${kind}".`, {
      advice: `It may write: ${allowed.join(', ')}.`,
    })
  }
}

/** The generation that a cursor belongs to is no longer the session's own (S13), or its store was restored (S19). */
export class CursorStale extends StoreError {
  constructor(session: SessionRef | null) {
    super(
      'CURSOR_STALE',
      session
        ? `Session ${sessionLabel(session)} was rewritten since this cursor.`
        : 'The cursor names another store.',
      { session },
    )
  }
}

/** A list that the session had is gone (S7): it was pruned (S27), or belonged to an import that was undone (S9). */
export class GenerationGone extends StoreError {
  constructor(session: SessionRef, generation: number) {
    super('GENERATION_GONE', `Generation ${generation} of session ${sessionLabel(session)} is gone.`, {
      session,
    })
  }
}

/** Another process held the store longer than the wait (S20). Nothing was stored. */
export class StoreBusy extends StoreError {
  constructor(path: string, waitedMs: number, cause?: unknown) {
    super('STORE_BUSY', `The store at ${path} was busy for ${waitedMs} ms.`, { cause })
  }
}

/** The store was closed. */
export class StoreClosed extends StoreError {
  constructor(path: string) {
    super('STORE_CLOSED', `The store at ${path} is closed.`)
  }
}

/** The store was opened for reading only. */
export class ReadOnlyStore extends StoreError {
  constructor(path: string) {
    super('READ_ONLY', `The store at ${path} is open for reading only.`)
  }
}

/** A process that reads a store at this moment. */
export interface LogHolder {
  readonly pid: number
  /** Its command's name; null where it cannot be seen. */
  readonly command: string | null
}

/** A log that is as long as it may get, since somebody reads an old state and keeps it from being taken in. */
export interface HeldLog {
  readonly bytes: number
  /** Who reads, where that can be found out. */
  readonly holders: readonly LogHolder[]
}

/**
 * There is no room (S26), on the disk or in the log. Reads go on, and the same process writes again once there is room,
 * or once the one that holds the log is done.
 */
export class StoreFull extends StoreError {
  /** What is full: the disk, or the log that a reader holds. */
  readonly reason: 'disk' | 'log'
  constructor(path: string, room: number | null | HeldLog, outcome: WriteOutcome, cause?: unknown) {
    const isLog = typeof room === 'object' && room !== null
    super(
      'STORE_FULL',
      isLog
        ? `The log of ${path} has ${room.bytes} bytes and may not get longer: ${holdersText(room.holders)}.`
        : `No room to write ${path}${room === null ? '' : ` (${room} bytes free)`}.`,
      {
        outcome,
        advice: isLog
          ? 'End that reader, or wait until it is done; then write again. Nothing acknowledged is lost.'
          : 'Free space on its disk; deleting from the store needs space itself. Nothing acknowledged is lost.',
        cause,
      },
    )
    this.reason = isLog ? 'log' : 'disk'
  }
}

function holdersText(holders: readonly LogHolder[]): string {
  if (holders.length === 0) return 'a reader stays in one transaction and keeps it from being taken in'
  const named = holders.map(({ pid, command }) => `process ${pid}${command ? ` (${command})` : ''}`)
  return `${named.join(', ')} reads an old state and keeps it from being taken in`
}

/** Reading or writing the file failed (S3): after an error at commit nobody can know whether the write is stored. */
export class StoreIo extends StoreError {
  constructor(path: string, outcome: WriteOutcome, cause?: unknown) {
    super('STORE_IO', `Reading or writing ${path} failed.`, {
      outcome,
      retryable: outcome === 'unknown',
      cause,
    })
  }
}

/** What of a store is damaged, where it is not its structure. */
export interface Damage {
  /** The sessions that cannot be read whole, or written to. */
  readonly sessions: readonly SessionRef[]
  /** The entry of that one session that cannot be read. */
  readonly entry?: number
}

/** So many damaged sessions are named in a message. */
const NAMED = 10

/**
 * The file is damaged (S22). Where it is its structure, writing stopped and nothing was touched. Where it is what the
 * store has of single sessions, these are named and take no writes, and everything else goes on.
 */
export class StoreCorrupt extends StoreError {
  /** All damaged sessions that the call met; {@link session} is the first of them. */
  readonly sessions: readonly Required<SessionAddress>[]
  /** The damaged entry of the session, where it is known. */
  readonly entry?: number
  /** Whether it is the file's structure that is damaged, so that writing stopped for the whole store. */
  readonly isStructural: boolean
  /** `damage` is absent where it is the structure. */
  constructor(path: string, outcome: WriteOutcome, cause?: unknown, damage?: Damage) {
    super('STORE_CORRUPT', damage ? damageText(path, damage) : structureText(path), {
      outcome,
      session: damage?.sessions[0],
      cause,
    })
    this.sessions = damage?.sessions.map(sessionAddress) ?? []
    this.isStructural = damage === undefined
    if (damage?.entry !== undefined) this.entry = damage.entry
  }
}

function structureText(path: string): string {
  return `The store at ${path} is damaged; writing stopped and nothing was touched.`
}

function damageText(path: string, { sessions, entry }: Damage): string {
  const names = sessions.slice(0, NAMED).map(sessionLabel).join(', ')
  const more = sessions.length > NAMED ? ` and ${sessions.length - NAMED} more` : ''
  const what =
    sessions.length === 0
      ? "A row that is no single session's"
      : sessions.length > 1
        ? `Sessions ${names}${more}`
        : entry === undefined
          ? `Session ${names}`
          : `Entry ${entry} of session ${names}`
  return `${what} in the store at ${path} ${sessions.length > 1 ? 'are' : 'is'} damaged; nothing was touched, and everything else goes on.`
}

/** The file under us is not the file we opened (S21). Whether the last write is stored is unknown. */
export class StoreReplaced extends StoreError {
  constructor(path: string, what: string, cause?: unknown) {
    super('STORE_REPLACED', `The store at ${path} is not the one that was opened: ${what}.`, { cause })
  }
}

/**
 * The log beside the file was not written over this file (S21): one of them was put there without the other. Nothing of
 * it was served, nothing is stored, and neither file was touched.
 */
export class StrangeLog extends StoreError {
  constructor(path: string, cause?: unknown) {
    super(
      'STRANGE_LOG',
      `The log ${path}-wal was not written over the store at ${path} as it is now: the file was put there without its log, or the log was left behind by another.`,
      { cause },
    )
  }
}

/** The file was written by a newer version (S23). It was not touched. */
export class SchemaTooNew extends StoreError {
  constructor(path: string, found: number, known: number) {
    super('SCHEMA_TOO_NEW', `The store at ${path} has schema ${found}; this version knows ${known}.`)
  }
}

/** The file is not a store of ours, or not only: its schema is not exactly the one its version has (S23). */
export class NotAStore extends StoreError {
  constructor(path: string, what: string) {
    super('NOT_A_STORE', `${path} is not a Faircopy store: ${what}.`)
  }
}

/** The place is not one where a store is safe: a link, a foreign owner, a network file system (S24). */
export class UnsafeLocation extends StoreError {
  constructor(path: string, what: string, advice: string, cause?: unknown) {
    super('UNSAFE_LOCATION', `${path} is not a safe place for a store: ${what}.`, { advice, cause })
  }
}

/**
 * The system, or Node's permission model, does not let this process do with a file what a store needs: the modes of a
 * file or folder, a file system that is read-only, `--permission`.
 */
export class AccessDenied extends StoreError {
  constructor(
    what: string,
    {
      advice,
      outcome,
      cause,
    }: { readonly advice: string; readonly outcome: WriteOutcome; readonly cause: unknown },
  ) {
    super('ACCESS_DENIED', `${what}.`, { advice, outcome, cause })
  }
}

/** The clock that the store was given failed, or gave no time (S3). Nothing of the call was stored. */
export class ClockFailed extends StoreError {
  constructor(what: string, cause?: unknown) {
    super('CLOCK_FAILED', `The clock that the store was given told no time: ${what}.`, { cause })
  }
}

/** This Node cannot load the driver. */
export class UnsupportedRuntime extends StoreError {
  constructor(what: string) {
    super('UNSUPPORTED_RUNTIME', `${what}.`)
  }
}
