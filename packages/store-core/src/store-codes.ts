import type { CodeMeaning } from './code-meaning.ts'
import type { StoreErrorCode } from './store-error.ts'
import type { VerifyFinding } from './verifier.ts'

const failure = (meaning: string, step: string, command: string | null = null): CodeMeaning => ({
  severity: 'failure',
  meaning,
  step,
  command,
})

/** What each code of {@link StoreError} means. */
export const STORE_CODES: { readonly [C in StoreErrorCode]: CodeMeaning } = {
  ACCESS_DENIED: failure(
    "The system, or Node's permission model, does not let this process use the file or its folder.",
    'Do what the message names: give access to the place, run as its owner, or start Node with the flag.',
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
    'See which there are.',
    'faircopy show SESSION --history',
  ),
  HOLD_FULL: failure(
    'More deliveries would be held for the origin than the store keeps.',
    'Create a session of that origin, which takes them in, or raise the limit.',
  ),
  INVALID_ARGUMENT: failure('A call, or a command line, has the wrong shape.', 'Correct it.'),
  INVALID_RECORD: failure(
    'A record is over the limit, nested too deep, or not the text of one JSON object.',
    'Correct the record; nothing of the call was stored.',
  ),
  KEY_CONFLICT: failure(
    'An idempotency key was used before, for another record; or an operation key, for another call.',
    "Use a new key for a new record, or onConflict: 'first' to keep the one that is stored.",
  ),
  KIND_REFUSED: failure(
    'A narrow appender was asked to write a kind that it may not.',
    'Write one that it may.',
  ),
  NO_SESSION: failure('The store has no such session.', 'See which there are.', 'faircopy list'),
  NOT_A_STORE: failure('The file is no store of faircopy.', 'Name another file with --db.'),
  READ_ONLY: failure('The store is open for reading only.', 'Open it for writing.'),
  RESTORE_REFUSED: failure(
    'A backup was not put in place, or a store not put back; nothing was touched.',
    'Do what the second line says: docs/backup.md goes through it step by step.',
  ),
  REVISION_CONFLICT: failure(
    'The session moved on since the call was made.',
    'Run the command again: it decides on what the session says now.',
  ),
  SCHEMA_TOO_NEW: failure(
    'A newer version made the file.',
    'Upgrade this program; the file was not touched.',
  ),
  SESSION_DELETED: failure(
    'The session was deleted; nothing but undeleting brings it back.',
    'Undelete it within 30 days of its deletion.',
    'faircopy delete SESSION --undo',
  ),
  SESSION_EXISTS: failure('The session exists already.', 'Use it, or choose another id.'),
  SESSION_FULL: failure(
    'The session holds as many entries as it can.',
    'Go on in a new session with this one as its parent.',
  ),
  STORE_BUSY: failure(
    'Another process held the store for longer than the wait; nothing was stored.',
    'Run the command again.',
  ),
  STORE_CLOSED: failure('The store was closed.', 'Open it again.'),
  STORE_CORRUPT: failure(
    'The file is damaged and writing stopped, or the sessions that are named are, and everything else goes on; nothing was touched.',
    'Leave the file and its -wal as they are: faircopy verify names what is damaged. Then restore the last backup, which puts both aside.',
    'faircopy restore BACKUP',
  ),
  STORE_FULL: failure(
    'There is no room on the disk of the store, or a reader holds its log; nothing acknowledged is lost.',
    'Free space there, or end the reader that is named, and run the command again: it goes on where it stopped.',
  ),
  STORE_IO: failure(
    'Reading or writing the file failed.',
    'Check the disk, and run the command again: what is stored already is found.',
  ),
  STORE_REPLACED: failure(
    'The file that was opened is no longer the one of that name.',
    'Open it again, and run the command again.',
  ),
  STRANGE_LOG: failure(
    'The -wal beside the file was not written over it: one was put there without the other. Neither was touched.',
    'Restore a backup, which puts both files aside first; or put back the two that belong together.',
    'faircopy restore BACKUP',
  ),
  UNSAFE_LOCATION: failure(
    'The place is not safe for a store: a link, a file system that cannot lock, a name that no file can have.',
    'Name a file on a local disk with --db.',
  ),
  UNSUPPORTED_RUNTIME: failure('This Node is too old.', 'Use Node 22.14 or newer.'),
}

const damage = (meaning: string): CodeMeaning => ({
  severity: 'finding',
  meaning,
  step: 'Restore the last backup, which puts the file aside with its -wal; what is damaged is not served as if it were whole.',
  command: 'faircopy restore BACKUP',
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
    command: 'faircopy restore BACKUP',
  },
  'search-index-damaged': {
    severity: 'finding',
    meaning:
      'The search index is not what it was made as, so that a search may miss entries; nothing of the store is lost.',
    step: "Delete the files that begin with the store's name and .search, at any time: the next search makes the index anew.",
    command: null,
  },
}
