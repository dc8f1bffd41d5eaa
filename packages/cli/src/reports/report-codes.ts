import type { SourceProblemCode } from '@faircopy/legacy-jsonl'
import type { CodeMeaning } from '@faircopy/store-core/backend'
import type { HealthFinding } from '../store/health-finding.ts'

/** What a code of the command line means, and the command that leads on; null where there is none. */
export interface ReportMeaning extends CodeMeaning {
  readonly command: string | null
}

/** Why a file of a source stays where it is. Stable. */
export type StayCode =
  | 'undecided'
  | 'not-imported'
  | 'grown'
  | 'not-proven'
  | 'no-anchor'
  | 'withheld'
  | 'bytes-not-kept'
  | 'in-use'
  | 'changed'
  | 'target-taken'
  | 'archive-damaged'
  | 'archive-missing'
  | 'move-failed'
  | SourceProblemCode

const ARCHIVE_AGAIN = 'faircopy archive SOURCE'

function stays(meaning: string, step: string, command: string): ReportMeaning {
  return { severity: 'finding', meaning, step, command }
}

/** What each code of `archive` and its undo means, beside those of the sources. */
export const ARCHIVE_CODES: { readonly [C in Exclude<StayCode, SourceProblemCode>]: ReportMeaning } = {
  undecided: stays(
    'The order of its session is not known, so nothing of the file was written.',
    'Decide the session, and archive again.',
    'faircopy resolve SESSION',
  ),
  'not-imported': stays(
    'The store has not taken in what the file tells.',
    'Import it, and archive again.',
    'faircopy import SOURCE',
  ),
  grown: stays(
    'The file has lines that the store does not have, or not yet byte for byte.',
    'Import it again, and archive again.',
    'faircopy import SOURCE',
  ),
  'not-proven': stays(
    'A line that was imported is not found in the store as the file has it.',
    'See what differs.',
    'faircopy verify --against SOURCE',
  ),
  'no-anchor': stays(
    'Both sides are equal, but nothing in them is distinctive: they could be two conversations that begin alike.',
    'Compare it with the session; if they are one, archive it all the same.',
    'faircopy archive SOURCE --unanchored',
  ),
  withheld: stays(
    'A person decided that the session stays as it is, so the file is the only place that has some of its lines.',
    'Keep the file, or take the decision back and decide otherwise: --branch makes a session of it.',
    'faircopy resolve SESSION --undo',
  ),
  'bytes-not-kept': stays(
    'A line became no entry and was too long to be kept, so the file is the only place that has it.',
    'Keep the file, or mend the line, import and archive again.',
    'faircopy import SOURCE',
  ),
  'in-use': stays(
    "Another process has the file open, or the gateway's database beside it.",
    'Stop the gateway, import what it wrote last, and archive again.',
    ARCHIVE_AGAIN,
  ),
  changed: stays(
    'The file was written to or replaced while it was about to be moved.',
    'Import it again, and archive again.',
    'faircopy import SOURCE',
  ),
  'target-taken': stays(
    'Something else has the name that the file would get; nothing is overwritten.',
    'Archive to another folder, or move away what is there.',
    'faircopy archive SOURCE --to FOLDER',
  ),
  'archive-damaged': stays(
    'The archived file is not what the manifest says; it was not put back.',
    'Compare it with a backup; put it back by hand if it is right.',
    'faircopy archive --undo MANIFEST --yes',
  ),
  'archive-missing': stays(
    'Neither the archive nor the source has the file.',
    'Put it back into the archive from where it was moved to, and undo again.',
    'faircopy archive --undo MANIFEST --yes',
  ),
  'move-failed': stays(
    'The system refused to move the file; it is where it was.',
    'Mend what the detail says (permissions, room, the disk), and run the command again.',
    ARCHIVE_AGAIN,
  ),
}

function failure(meaning: string, step: string, command: string | null = null): ReportMeaning {
  return { severity: 'failure', meaning, step, command }
}

/** What the codes of failures mean that are the command line's own. */
export const CLI_CODES: { readonly [code: string]: ReportMeaning } = {
  USAGE: failure('The command was not called as it has to be.', 'See its help.', 'faircopy --help'),
  NO_STORE: failure(
    'There is no store where one was looked for.',
    'Import something first, or name another file with --db.',
    'faircopy import SOURCE',
  ),
  NO_SESSION: failure('The store has no such session.', 'See which there are.', 'faircopy list'),
  NO_WITNESS: failure(
    'The source has no such side of the session.',
    'See what the source has.',
    'faircopy audit SOURCE',
  ),
  NO_SUCH_TEXT: failure(
    'The entry does not hold the text that was to be redacted.',
    'See its exact text.',
    'faircopy show SESSION --json',
  ),
  NO_IMPORT: failure('The store knows of no such import.', 'See which there are.', 'faircopy status --json'),
  AMBIGUOUS_IMPORT: failure(
    'Several imports begin with the id that was given.',
    'Give more of it.',
    'faircopy status --json',
  ),
  NO_MANIFEST: failure(
    'There is no manifest where one was named.',
    'Name the file manifest-….json in the folder that the archive went to.',
  ),
  NOT_A_MANIFEST: failure(
    'The file is no manifest that this version reads, or names a place outside its archive and source; nothing was moved on its word.',
    'Name the file as faircopy archive wrote it, or use a newer faircopy.',
  ),
  LINK_REFUSED: failure(
    'A link stands in an archive, or on the way back to its source; it was not followed.',
    'Put what it leads to in its place, and run the command again.',
  ),
  NO_SOURCE: failure(
    'There is nothing where a source was looked for, or nothing of the format that was named.',
    'If transcripts lie elsewhere, name their folder or file.',
    'faircopy audit SOURCE',
  ),
  SOURCE_GONE: failure(
    'The source that the session was imported from is not there.',
    'Say where it is now.',
    'faircopy resolve SESSION --from SOURCE',
  ),
  FILE_EXISTS: failure(
    'The file is there already.',
    'Name another; an export replaces it with --force, a backup never.',
  ),
  NOT_A_FILE: failure('Something that is no regular file has the name.', 'Name another file.'),
  NOT_A_FOLDER: failure('Something that is no folder has the name.', 'Name another folder.'),
  SOURCE_UNREADABLE: failure(
    'A source cannot be read at all; nothing was written for it.',
    'Do what it says of the cause: of a permission, give yourself access (chmod, chown), or be its owner.',
  ),
  SOURCE_CHANGED: failure(
    'A source kept changing while it was read; nothing was written for it.',
    'Run the command again once its writer rests.',
  ),
  INTERRUPTED: failure(
    'A signal stopped the command; what was finished before stays.',
    'Run the same command again to go on.',
  ),
  UNEXPECTED: failure(
    'This is a fault of faircopy.',
    'Please report it with its two lines.',
    'faircopy report',
  ),
}

function unhealthy(meaning: string, step: string, command: string | null = null): ReportMeaning {
  return { severity: 'finding', meaning, step, command }
}

/** What each finding of `doctor` means. */
export const HEALTH_CODES: { readonly [C in HealthFinding['code']]: ReportMeaning } = {
  'not-readable': unhealthy('The store cannot be opened.', 'Do what its detail says.'),
  'file-mode': unhealthy('Others may read the store.', 'Take their rights away: chmod 600.'),
  'folder-mode': unhealthy('Others may write where the store lies.', 'Take their rights away: chmod 700.'),
  'hard-links': unhealthy(
    'The store has another name.',
    'Remove the other one: a file is locked by its name.',
  ),
  'large-log': unhealthy(
    'The write-ahead log is large.',
    'Close what has held the store open for reading; the log is then taken into the file.',
  ),
  'low-disk-space': unhealthy('The disk of the store is nearly full.', 'Free space there.'),
  damaged: unhealthy(
    'A session, or something else in the store, is not as it was written.',
    'Restore the last backup, which puts the store aside with its -wal.',
    'faircopy restore BACKUP',
  ),
  'search-index-damaged': unhealthy(
    'The search index is damaged, so that searches may miss entries; nothing of the store is lost.',
    'Delete the files that begin with its name and .search, at any time: the next search makes the index anew.',
  ),
  undecided: unhealthy(
    'Of some sessions a file was not brought over, because its order is not known.',
    'See which, and decide them.',
    'faircopy status',
  ),
  'source-gone': unhealthy(
    'The store does not have all of some sessions, and the source that has the rest is not where it was.',
    'Mount its disk, or put it back. Which sources and sessions:',
    'faircopy status',
  ),
  quarantined: unhealthy(
    'Some lines became no entry and are kept as their bytes.',
    'See them by file and line; mend them there, and import again.',
    'faircopy audit SOURCE',
  ),
  'import-unfinished': unhealthy(
    'An import was stopped before all was written; what was written stays.',
    'Import again, which goes on where it stopped, or take it back.',
    'faircopy import SOURCE',
  ),
  'staged-leftovers': unhealthy(
    'Entries that an import brought are not visible: it is at work, or was killed.',
    'If no import runs, import again: it sweeps what a killed one left, and goes on.',
    'faircopy import SOURCE',
  ),
  'held-deliveries': unhealthy(
    'Deliveries wait for a live session to be recorded in.',
    'Create the session that they are for, which takes them in.',
  ),
}
