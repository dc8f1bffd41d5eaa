import type {
  ChoiceObstacle,
  DifferenceCode,
  ResolutionRefusal,
  SessionReason,
  SourceFindingCode,
  SourceProblemCode,
} from '@faircopy/legacy-jsonl'
import type { StoreErrorCode } from '@faircopy/store-core'
import type { UndoRefusal, VerifyFinding } from '@faircopy/store-core/operator'

/**
 * For each code of a library the command that does what its step says, or that goes on after it; null where there is
 * none. `SOURCE`, `FILE`, `SESSION`, `IMPORT`, `FOLDER`, `ZONE`, `NEW` and `BACKUP` stand for what the report names.
 */
type Commands<Code extends string> = { readonly [C in Code]: string | null }

const IMPORT_AGAIN = 'faircopy import SOURCE'

/** What leads on from each problem of a source. */
export const SOURCE_COMMANDS: Commands<SourceProblemCode> = {
  ignored: 'faircopy import FILE',
  'torn-tail': null,
  'byte-order-mark': null,
  'field-conflict': 'faircopy show SESSION --history',
  'duplicate-member': null,
  'several-records': null,
  'invalid-json': IMPORT_AGAIN,
  'invalid-utf8': IMPORT_AGAIN,
  'not-an-object': IMPORT_AGAIN,
  'several-values': IMPORT_AGAIN,
  'nul-bytes': IMPORT_AGAIN,
  'too-long': IMPORT_AGAIN,
  'too-deep': IMPORT_AGAIN,
  'not-understood': null,
  'other-format': 'faircopy import FILE --format auto',
  'no-message': IMPORT_AGAIN,
  'unreadable-file': IMPORT_AGAIN,
  'not-a-regular-file': IMPORT_AGAIN,
  'not-a-folder': IMPORT_AGAIN,
  'part-of-home': 'faircopy import FOLDER',
  'symbolic-link': IMPORT_AGAIN,
  'index-unreadable': IMPORT_AGAIN,
  'database-unreadable': IMPORT_AGAIN,
  'database-too-new': null,
  'facts-left-out': 'faircopy status',
  'only-copy': IMPORT_AGAIN,
  'missing-transcript': IMPORT_AGAIN,
  'unusable-session-id': IMPORT_AGAIN,
  'several-files': 'faircopy import FILE',
  'covered-file': null,
  'other-file': 'faircopy import FILE',
  'id-mismatch': null,
  'index-disagrees': null,
  'source-edited': 'faircopy show SESSION --witness file --from SOURCE',
  'source-truncated': null,
  'other-time-zone': null,
  'source-changed': IMPORT_AGAIN,
  'decision-outdated': null,
  'session-claimed': IMPORT_AGAIN,
  'session-deleted': 'faircopy delete SESSION --undo',
  redacted: null,
  pruned: 'faircopy import SOURCE --db NEW',
  'order-refuted': 'faircopy report',
  'session-failed': IMPORT_AGAIN,
  'no-transcript': 'faircopy import FOLDER',
  'source-gone': IMPORT_AGAIN,
}

/** What leads on from each reason for which a session was not brought over whole. */
export const SESSION_COMMANDS: Commands<SessionReason> = {
  'several-orders': 'faircopy resolve SESSION',
  'no-evidence': 'faircopy resolve SESSION',
  'too-different': 'faircopy resolve SESSION',
  'several-files': 'faircopy import FILE',
  'no-usable-entry': IMPORT_AGAIN,
  'partly-read': IMPORT_AGAIN,
  failed: IMPORT_AGAIN,
}

/** What leads on where an import is not undone. */
export const UNDO_COMMANDS: Commands<UndoRefusal> = {
  rewritten: 'faircopy show SESSION --history',
  pruned: 'faircopy show SESSION --history',
  'not-imported': 'faircopy status',
  deleted: 'faircopy delete SESSION --undo',
}

/** What leads on from each difference between a store and a source. */
export const DIFFERENCE_COMMANDS: Commands<DifferenceCode> = {
  'not-in-store': IMPORT_AGAIN,
  deleted: 'faircopy delete SESSION --undo',
  'source-only': IMPORT_AGAIN,
  'store-only': null,
  withdrawn: 'faircopy show SESSION --history',
  redacted: null,
  order: 'faircopy show SESSION --witness file --from SOURCE',
  fields: IMPORT_AGAIN,
  undecided: 'faircopy resolve SESSION',
  unreadable: 'faircopy audit SOURCE',
}

/** What leads on from each obstacle to a choice. */
export const OBSTACLE_COMMANDS: Commands<ChoiceObstacle> = {
  'nothing-contested': null,
  'no-times': null,
  'no-zones': 'faircopy resolve SESSION --time-zone ZONE',
  'times-overlap': null,
  'three-sides': null,
  'branch-exists': null,
}

/** What leads on where a decision is refused. */
export const RESOLUTION_COMMANDS: Commands<ResolutionRefusal> = {
  NEVER_IMPORTED: IMPORT_AGAIN,
  NOTHING_TO_DECIDE: 'faircopy show SESSION',
  ALREADY_DECIDED: 'faircopy resolve SESSION --undo',
  SOURCE_MOVED_ON: IMPORT_AGAIN,
  SEVERAL_FILES: 'faircopy import FILE',
  CHOICE_NOT_POSSIBLE: 'faircopy resolve SESSION',
  NOT_DECIDED: 'faircopy status',
  BUILT_UPON: 'faircopy status --json',
  PRUNED: 'faircopy import SOURCE --db NEW',
  DELETED: 'faircopy delete SESSION --undo',
}

/** What leads on from what keeps a source from being proven. */
export const SOURCE_FINDING_COMMANDS: Commands<SourceFindingCode> = {
  'never-imported': IMPORT_AGAIN,
  'not-imported-yet': IMPORT_AGAIN,
  undecided: 'faircopy resolve SESSION --from SOURCE',
  'unreadable-session': IMPORT_AGAIN,
  'no-message': IMPORT_AGAIN,
  'several-files': 'faircopy import FILE',
  'source-unreadable': 'faircopy verify --against SOURCE',
  'source-problem': 'faircopy audit SOURCE',
  'source-grown': IMPORT_AGAIN,
  'source-changed': 'faircopy import SOURCE --dry-run',
  'no-transcript': 'faircopy verify --against FOLDER',
  'source-gone': 'faircopy verify --against SOURCE',
  'bytes-not-kept': IMPORT_AGAIN,
  'session-gone': 'faircopy delete SESSION --undo',
  'line-missing': 'faircopy show SESSION --witness file --from SOURCE',
  'line-pruned': 'faircopy import SOURCE --db NEW',
  'line-moved': 'faircopy show SESSION --witness file --from SOURCE',
  'line-differs': 'faircopy show SESSION --witness file --from SOURCE',
  'line-doubled': 'faircopy show SESSION --history',
  'foreign-entry': 'faircopy show SESSION --history',
  'withheld-written': 'faircopy show SESSION --history',
  'quarantine-differs': 'faircopy import SOURCE --db NEW',
  'entry-hash': 'faircopy doctor',
  'left-out': 'faircopy import SOURCE --db NEW',
  'head-unproven': 'faircopy import SOURCE --db NEW',
  'note-differs': 'faircopy import SOURCE --db NEW',
  'certificate-missing': 'faircopy import SOURCE --db NEW',
  'certificate-refuted': 'faircopy import SOURCE --db NEW',
  'boundary-refuted': 'faircopy import SOURCE --db NEW',
  'certificate-unchecked': 'faircopy import SOURCE --db NEW',
}

/** What leads on from each finding of `verify`. */
export const VERIFY_COMMANDS: Commands<VerifyFinding['code']> = {
  'database-damaged': 'faircopy restore BACKUP',
  'entry-hash': 'faircopy restore BACKUP',
  'entry-missing': 'faircopy restore BACKUP',
  'entry-unreadable': 'faircopy restore BACKUP',
  head: 'faircopy restore BACKUP',
  'entry-count': 'faircopy restore BACKUP',
  'key-without-entry': 'faircopy restore BACKUP',
  'entry-without-key': 'faircopy restore BACKUP',
  list: 'faircopy restore BACKUP',
  'row-damaged': 'faircopy restore BACKUP',
  'log-cut': 'faircopy restore BACKUP',
  'search-index-damaged': null,
}

/** What leads on from each failure of a store. */
export const STORE_COMMANDS: Commands<StoreErrorCode> = {
  ACCESS_DENIED: null,
  AMBIGUOUS_ORIGIN: null,
  CLOCK_FAILED: null,
  CURSOR_STALE: null,
  GENERATION_GONE: 'faircopy show SESSION --history',
  HOLD_FULL: null,
  INVALID_ARGUMENT: null,
  INVALID_RECORD: null,
  KEY_CONFLICT: null,
  KIND_REFUSED: null,
  NO_SESSION: 'faircopy list',
  NOT_A_STORE: null,
  READ_ONLY: null,
  RESTORE_REFUSED: null,
  RESTORE_UNFINISHED: 'faircopy restore --undo MANIFEST --yes',
  REVISION_CONFLICT: null,
  SCHEMA_TOO_NEW: null,
  SESSION_DELETED: 'faircopy delete SESSION --undo',
  SESSION_EXISTS: null,
  SESSION_FULL: null,
  STORE_BUSY: null,
  STORE_CLOSED: null,
  STORE_CORRUPT: 'faircopy restore BACKUP',
  STORE_FULL: null,
  STORE_IO: null,
  STORE_REPLACED: null,
  STRANGE_LOG: 'faircopy restore BACKUP',
  UNSAFE_LOCATION: null,
  UNSUPPORTED_RUNTIME: null,
}
