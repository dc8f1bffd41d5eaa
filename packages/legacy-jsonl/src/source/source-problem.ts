import { SOURCE_CODES } from '../source-codes.ts'
import type { BesideKind } from './beside-kinds.ts'

/** A stable code. Branch on it, never on `detail`. */
export type SourceProblemCode =
  /** A file that is not read as a transcript: listed by its kind. */
  | 'ignored'
  /** The last line has no line end and is an incomplete JSON prefix. */
  | 'torn-tail'
  /** A byte order mark at the start of the file, skipped. */
  | 'byte-order-mark'
  /** The witnesses tell a member differently; both values are kept. */
  | 'field-conflict'
  /** A member name stands twice in one record; readers differ on which counts. The text is kept. */
  | 'duplicate-member'
  /** A line holds several records, each of which was read: a line end is missing between them. */
  | 'several-records'
  | 'invalid-json'
  | 'invalid-utf8'
  | 'not-an-object'
  | 'several-values'
  | 'nul-bytes'
  | 'too-long'
  | 'too-deep'
  /** Nothing here reads a file, or a record in a transcript. */
  | 'not-understood'
  /** The file is not of the format that was named, or that its home has, but of another that is read here. */
  | 'other-format'
  /** None of a session's records is a message, or fewer than half are: no model is given the others. */
  | 'no-message'
  | 'unreadable-file'
  | 'not-a-regular-file'
  /** Something else stands where a folder of the source is looked for. */
  | 'not-a-folder'
  /** The source is a part of a larger one, whose rest was not read. */
  | 'part-of-home'
  | 'symbolic-link'
  | 'index-unreadable'
  | 'database-unreadable'
  | 'database-too-new'
  /** What a database says of a session takes more room than is kept of it. */
  | 'facts-left-out'
  /** A file that is not read has messages that nothing else in the source has. */
  | 'only-copy'
  /** The index names a session of which the source has nothing else. */
  | 'missing-transcript'
  | 'unusable-session-id'
  /** Two files tell one session and neither continues the other: nothing of either is written. */
  | 'several-files'
  /** Another file tells the session and has all that this one has; this one is not read. */
  | 'covered-file'
  /** Another file was decided to tell the session; what only this one has stays where it is. */
  | 'other-file'
  /** A file's records say that they are of another session than its name does. */
  | 'id-mismatch'
  /** Two places of the index lead one key to different sessions. */
  | 'index-disagrees'
  /** It is neither what was imported before nor that with more at its end. */
  | 'source-edited'
  /** It is shorter than what was imported before, and the store has all of it. */
  | 'source-truncated'
  /** An earlier import read stamps without a zone in another one; times that are known stay. */
  | 'other-time-zone'
  /** It kept changing while it was read. */
  | 'source-changed'
  /** What a person decided about the session says nothing about what the source tells now. */
  | 'decision-outdated'
  /** Another process was importing the session all the while; import again once it is done. */
  | 'session-claimed'
  /** The session was deleted from the store, or pruned, and stays so. */
  | 'session-deleted'
  /** A text of the session was redacted in the store; the source still has it. */
  | 'redacted'
  /** Messages that the source tells were in the store, which has pruned them. */
  | 'pruned'
  /** The session could not be imported; others were. */
  | 'session-failed'
  /** The source tells no session at all. */
  | 'no-transcript'
  /** The source tells no session, and the store knows sessions of it. */
  | 'source-gone'

/** Something about a source that a person should know. Never transcript text. */
export interface SourceProblem {
  readonly code: SourceProblemCode
  /** Of `ignored`: what the file is. */
  readonly kind?: BesideKind
  /** The file or folder. */
  readonly path: string
  /** 1-based line. */
  readonly line?: number
  /** Byte offset of the line. */
  readonly offset?: number
  /** How many problems of the code it stands for, where it is more than one. */
  readonly count?: number
  readonly detail: string
}

/** Whether a problem is a finding: something was not brought over whole, and a person should look. */
export function isFinding(problem: SourceProblem): boolean {
  return SOURCE_CODES[problem.code].severity === 'finding'
}
