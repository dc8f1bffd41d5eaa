/** A stable code. Branch on it, never on `detail`. */
export type SourceProblemCode =
  /** A file that is no transcript: listed, not read. */
  | 'ignored'
  /** The last line has no line end and is an incomplete JSON prefix. */
  | 'torn-tail'
  /** A byte order mark at the start of the file, skipped. */
  | 'byte-order-mark'
  /** The witnesses tell a member differently; both values are kept. */
  | 'field-conflict'
  /** A member name stands twice in one record; readers differ on which counts. The text is kept. */
  | 'duplicate-member'
  | 'invalid-json'
  | 'invalid-utf8'
  | 'not-an-object'
  | 'several-values'
  | 'nul-bytes'
  | 'too-long'
  | 'too-deep'
  /** The adapter could not make sense of a record. */
  | 'not-understood'
  | 'unreadable-file'
  | 'not-a-regular-file'
  | 'symbolic-link'
  | 'index-unreadable'
  | 'database-unreadable'
  | 'database-too-new'
  /** The index names a session of which nothing else is left. */
  | 'missing-transcript'
  | 'unusable-session-id'
  /** Two files tell one session and neither continues the other. */
  | 'several-files'
  /** It kept changing while it was read. */
  | 'source-changed'
  /** What a person decided about the session says nothing about what the source tells now. */
  | 'decision-outdated'
  /** Another process was importing the session all the while; import again once it is done. */
  | 'session-claimed'
  /** The session could not be imported; others were. */
  | 'session-failed'

/** Something about a source that a person should know. Never transcript text. */
export interface SourceProblem {
  readonly code: SourceProblemCode
  /** The file or folder. */
  readonly path: string
  /** 1-based line. */
  readonly line?: number
  /** Byte offset of the line. */
  readonly offset?: number
  readonly detail: string
}

const REMARKS: ReadonlySet<SourceProblemCode> = new Set([
  'ignored',
  'torn-tail',
  'byte-order-mark',
  'field-conflict',
  'duplicate-member',
  'decision-outdated',
  'missing-transcript',
])

/** Whether a problem is a finding: something was not brought over whole, and a person should look. */
export function isFinding(problem: SourceProblem): boolean {
  return !REMARKS.has(problem.code)
}
