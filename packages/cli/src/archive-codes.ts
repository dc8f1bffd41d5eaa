import { SOURCE_CODES, type SourceProblemCode } from '@faircopy/legacy-jsonl'
import type { CodeMeaning } from '@faircopy/store-core'

/** Why a file of a source stays where it is. Stable. */
export type StayCode =
  | 'undecided'
  | 'not-imported'
  | 'grown'
  | 'not-proven'
  | 'no-anchor'
  | 'bytes-not-kept'
  | 'in-use'
  | 'changed'
  | 'target-taken'
  | 'archive-damaged'
  | 'archive-missing'
  | 'move-failed'
  | SourceProblemCode

const ARCHIVE_AGAIN = 'faircopy archive SOURCE'

function stays(meaning: string, step: string, command: string): CodeMeaning {
  return { severity: 'finding', meaning, step, command }
}

/** What each code of `archive` means, beside those of the sources. */
export const ARCHIVE_CODES: { readonly [C in Exclude<StayCode, SourceProblemCode>]: CodeMeaning } = {
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
    'The file has changed since it was imported.',
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
  'bytes-not-kept': stays(
    'A line was too long to be kept, so the file is the only place that has it.',
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
    'faircopy archive --undo MANIFEST',
  ),
  'archive-missing': stays(
    'Neither the archive nor the source has the file.',
    'Put it back into the archive from where it was moved to, and undo again.',
    'faircopy archive --undo MANIFEST',
  ),
  'move-failed': stays(
    'The system refused to move the file; it is where it was.',
    'Mend what the detail says (permissions, room, the disk), and run the command again.',
    ARCHIVE_AGAIN,
  ),
}

/** What a code means, whichever package it is of. */
export function stayMeaning(code: StayCode): CodeMeaning {
  return code in ARCHIVE_CODES
    ? ARCHIVE_CODES[code as keyof typeof ARCHIVE_CODES]
    : SOURCE_CODES[code as SourceProblemCode]
}
