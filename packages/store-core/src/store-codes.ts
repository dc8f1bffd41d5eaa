import type { CodeMeaning } from './code-meaning.ts'
import type { VerifyFinding } from './verifier.ts'

/**
 * What became of the write that failed (S3).
 *
 * - `not-stored`: nothing of the call is stored, and nothing of it will appear later.
 * - `unknown`: the write may or may not be stored (an I/O error at commit, a lost connection). Retrying with the
 *   same idempotency key is safe and tells.
 */
export type WriteOutcome = 'not-stored' | 'unknown'

/** Every code a store may fail with. Codes are stable: branch on them, never on a message. */
export type StoreErrorCode =
  | 'ACCESS_DENIED'
  | 'AMBIGUOUS_ORIGIN'
  | 'CLOCK_FAILED'
  | 'CURSOR_STALE'
  | 'GENERATION_GONE'
  | 'HOLD_FULL'
  | 'INVALID_ARGUMENT'
  | 'INVALID_RECORD'
  | 'KEY_CONFLICT'
  | 'KIND_REFUSED'
  | 'NO_SESSION'
  | 'NOT_A_STORE'
  | 'READ_ONLY'
  | 'RESTORE_REFUSED'
  | 'RESTORE_UNFINISHED'
  | 'REVISION_CONFLICT'
  | 'SCHEMA_TOO_NEW'
  | 'SESSION_DELETED'
  | 'SESSION_EXISTS'
  | 'SESSION_FULL'
  | 'STORE_BUSY'
  | 'STORE_CLOSED'
  | 'STORE_CORRUPT'
  | 'STORE_FULL'
  | 'STORE_IO'
  | 'STORE_REPLACED'
  | 'STRANGE_LOG'
  | 'UNSAFE_LOCATION'
  | 'UNSUPPORTED_RUNTIME'

/** What a code of a {@link StoreError} means, and what every error of it says of itself. */
export interface FailureMeaning extends CodeMeaning {
  /** What became of the write; null where each error says it. */
  readonly outcome: WriteOutcome | null
  /** Whether the same call may succeed later without anybody doing anything; null where each error says it. */
  readonly retryable: boolean | null
}

function failure(
  meaning: string,
  step: string,
  told: Partial<Pick<FailureMeaning, 'outcome' | 'retryable'>> = {},
): FailureMeaning {
  return { severity: 'failure', meaning, step, outcome: 'not-stored', retryable: false, ...told }
}

/** What each code of {@link StoreError} means: the one place that says it. */
export const STORE_CODES: { readonly [C in StoreErrorCode]: FailureMeaning } = {
  ACCESS_DENIED: failure(
    "The system, or Node's permission model, does not let this process use the file or its folder.",
    'Do what the message names: give access to the place, run as its owner, or start Node with the flag.',
    { outcome: null },
  ),
  AMBIGUOUS_ORIGIN: failure('Several live sessions have the origin.', 'Name the session, or the user.'),
  CLOCK_FAILED: failure(
    'The clock that the store was given threw, or told no time; nothing was stored.',
    'Give the store a clock that tells the epoch time in ms.',
  ),
  CURSOR_STALE: failure(
    'The session was rewritten since the cursor was made, or the cursor names another store.',
    'Start again without a cursor.',
  ),
  GENERATION_GONE: failure(
    'A generation of the session was pruned, or belonged to an import that was undone.',
    'Read the session again, or one of the generations that it still has.',
  ),
  HOLD_FULL: failure(
    'More deliveries would be held for the origin than the store keeps; nothing of the call was stored.',
    'Create a session of that origin, which takes them in, or raise the limit.',
  ),
  INVALID_ARGUMENT: failure('A call, or a command line, has the wrong shape.', 'Correct the call.'),
  INVALID_RECORD: failure(
    'A record is over the limit, nested too deep, or not the text of one JSON object.',
    'Nothing of the call was stored; correct the record.',
  ),
  KEY_CONFLICT: failure(
    'An idempotency key was used before, for another record; or an operation key, for another call.',
    "Use a new key for a new record, or onConflict: 'first' to keep the one that is stored.",
  ),
  KIND_REFUSED: failure(
    'A narrow appender was asked to write a kind that it may not.',
    'Write one that it may.',
  ),
  NO_SESSION: failure(
    'The store has no such session.',
    'Create it first, or let the call create it; a list tells which there are.',
  ),
  NOT_A_STORE: failure(
    'The file is no store of faircopy, or not only.',
    'Name another file; this one was not touched.',
  ),
  READ_ONLY: failure('The store is open for reading only.', 'Open it for writing.'),
  RESTORE_REFUSED: failure(
    'A backup was not put in place, or a store not put back; nothing was touched.',
    'Do what the message says: docs/backup.md goes through it step by step.',
  ),
  RESTORE_UNFINISHED: failure(
    'A restore of the store was stopped half-way: nothing can open it until it is completed, and nothing is lost.',
    'Restore the backup again, which completes it; or take the restore back by its manifest.',
  ),
  REVISION_CONFLICT: failure(
    'The session moved on since the call was made.',
    'Read the session again and decide anew; a command that is run again does so.',
  ),
  SCHEMA_TOO_NEW: failure(
    'A newer version made the file.',
    'Upgrade this program; the file was not touched.',
  ),
  SESSION_DELETED: failure(
    'The session was deleted; nothing but undeleting brings it back.',
    'Undelete it within the retention (30 days, where nothing else was set), or choose another id.',
  ),
  SESSION_EXISTS: failure('The session exists already.', 'Use it, or choose another id.'),
  SESSION_FULL: failure(
    'The session holds as many entries as it can.',
    'Go on in a new session with this one as its parent.',
  ),
  STORE_BUSY: failure(
    'Another process held the store for longer than the wait; nothing was stored.',
    'Try again, or wait longer.',
    { retryable: true },
  ),
  STORE_CLOSED: failure('The store was closed.', 'Open it again.'),
  STORE_CORRUPT: failure(
    'The file is damaged and writing stopped, or the sessions that are named are, and everything else goes on; nothing was touched.',
    'Leave the file and its -wal as they are: verifying the store names what is damaged. Then restore the last backup, which puts both aside.',
    { outcome: null },
  ),
  STORE_FULL: failure(
    'There is no room on the disk of the store, or a reader holds its log; nothing acknowledged is lost.',
    'Free space there, or end the reader that is named; then write again.',
    { outcome: null, retryable: true },
  ),
  STORE_IO: failure(
    'Reading or writing the file failed.',
    'Check the disk, then try again with the same idempotency key: what is stored already is found.',
    { outcome: null, retryable: null },
  ),
  STORE_REPLACED: failure(
    'The file that was opened is no longer the one of that name.',
    'Find out who moved, copied over or removed it; then open the store again and retry with the same keys.',
    { outcome: 'unknown' },
  ),
  STRANGE_LOG: failure(
    'The -wal beside the file was not written over it: one was put there without the other. Neither was touched.',
    'Put back the two that belong together, or restore a backup, which puts both files aside first.',
  ),
  UNSAFE_LOCATION: failure(
    'The place is not safe for a store: a link, a file system that cannot lock, a name that no file can have.',
    'Name a file on a local disk.',
  ),
  UNSUPPORTED_RUNTIME: failure('This Node is too old.', 'Use Node 22.14 or newer.'),
}

const damage = (meaning: string): CodeMeaning => ({
  severity: 'finding',
  meaning,
  step: 'Restore the last backup, which puts the file aside with its -wal; what is damaged is not served as if it were whole.',
})

/** What each finding of `verify` means. */
export const VERIFY_CODES: { readonly [C in VerifyFinding['code']]: CodeMeaning } = {
  'database-damaged': damage("The file's own structure is damaged."),
  'entry-hash': damage('An entry is not what was written.'),
  'entry-missing': damage('A session says an entry that is not there.'),
  'entry-unreadable': damage('An entry cannot be read.'),
  head: damage("A session's head does not follow from its entries."),
  'entry-count': damage("A session's count of entries is not what it says."),
  'key-without-entry': damage('An idempotency key leads to no entry.'),
  'entry-without-key': damage(
    "An entry's idempotency key is not taken, so that a retry would be stored again.",
  ),
  list: damage('The lists of what a session says or said do not fit together.'),
  'row-damaged': damage('What is kept beside the entries is not what was written.'),
  'log-cut': {
    severity: 'finding',
    meaning:
      'The write-ahead log holds commits behind a place that cannot be read: what they wrote is not there. After a cut of power they may be some that were never acknowledged.',
    step: 'If the power was cut, repeat what was at work then; else restore the last backup, which puts the file aside with its -wal.',
  },
  'search-index-damaged': {
    severity: 'finding',
    meaning:
      'The search index is not what it was made as, so that a search may miss entries; nothing of the store is lost.',
    step: "Delete the files that begin with the store's name and .search, at any time: the next search makes the index anew.",
  },
}
