import type { CodeMeaning } from '@faircopy/store-core/backend'
import type { LineFault } from '../lines/parse-line.ts'

/** A stable code. Branch on it, never on `detail`. */
export type SourceProblemCode =
  /** A file that is not read as a transcript: listed by its kind. */
  | 'ignored'
  | LineFault
  /** A byte order mark at the start of the file, skipped. */
  | 'byte-order-mark'
  /** The witnesses tell a member differently; both values are kept. */
  | 'field-conflict'
  /** A member name stands twice in one record; readers differ on which counts. The text is kept. */
  | 'duplicate-member'
  /** A line holds several records, each of which was read: a line end is missing between them. */
  | 'several-records'
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
  /** It is shorter than what was imported before, or has no row of the session any more; the store has all of it. */
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
  /** The order that was found for the session does not hold: a fault of the program. Nothing of it was written. */
  | 'order-refuted'
  /** The session could not be imported; others were. */
  | 'session-failed'
  /** The source tells no session at all. */
  | 'no-transcript'
  /** The source tells nothing of any session, and the store knows sessions of it. */
  | 'source-gone'

const QUARANTINED =
  'The line is kept with its bytes; if it should be an entry, mend it in the file, and import again: it takes its place.'

function remark(meaning: string, step: string): CodeMeaning {
  return { severity: 'remark', meaning, step }
}

function finding(meaning: string, step: string): CodeMeaning {
  return { severity: 'finding', meaning, step }
}

function quarantined(meaning: string): CodeMeaning {
  return finding(meaning, QUARANTINED)
}

/** What each code of a {@link SourceProblem} means. */
export const SOURCE_CODES: { readonly [C in SourceProblemCode]: CodeMeaning } = {
  ignored: remark(
    'The file was not read: it is empty, or by its name no transcript, or one that was reset, deleted or put aside.',
    'If it is a transcript that you want, import it by its path.',
  ),
  'torn-tail': remark(
    'The last line has no line end and is an incomplete JSON prefix: its writer was stopped.',
    'Nothing to do; if the line is completed, the next import brings it.',
  ),
  'byte-order-mark': remark('The file begins with a byte order mark, which was skipped.', 'Nothing to do.'),
  'field-conflict': remark(
    'The witnesses tell a member differently; one value stands, and the other is kept as history.',
    'To see both, show what is no longer said.',
  ),
  'duplicate-member': remark(
    'A member name stands twice in one record, and readers differ on which counts; the text is kept.',
    'Nothing to do.',
  ),
  'several-records': remark(
    'A line holds several records, as two writers leave them; each that is whole was read.',
    'Nothing to do.',
  ),
  'invalid-json': quarantined('A line is no JSON.'),
  'invalid-utf8': quarantined('A line, or the text of a row, is not UTF-8.'),
  'not-an-object': quarantined('A line is JSON, and no object.'),
  'several-values': quarantined('Several JSON values stand on one line, and not all of them are objects.'),
  'nul-bytes': quarantined('A line, or the text of a row, has NUL bytes, as a crash leaves them.'),
  'too-long': quarantined('A line or row is larger than a record may be.'),
  'too-deep': quarantined('A record is nested deeper than 200 levels.'),
  'not-understood': {
    severity: 'finding',
    meaning: 'Nothing here reads the file, or a record in a transcript; the detail says what it is.',
    step: 'Leave it where it is; or write it as chat messages, an object with role and content a line, and import again.',
  },
  'other-format': finding(
    'The file is not of the format that was named, or that its home has, but of another that is read here.',
    'Import it by itself, as what it is.',
  ),
  'no-message': finding(
    'None of the records of the session is a message, or fewer than half are: no model is given the others.',
    'If there should be messages, mend the file, and import again; if it is no transcript, take it out of the source.',
  ),
  'unreadable-file': finding(
    'The file could not be read; what it tells is not in the store.',
    'Let yourself read it (chmod u+r), or mend its disk, and import again.',
  ),
  'not-a-regular-file': finding(
    'It is a FIFO, a device or a socket, and was not opened.',
    'Put a regular file in its place, or take it away, and import again.',
  ),
  'not-a-folder': finding(
    'Something else stands where the source keeps a folder, and was not read.',
    'Put the folder in its place, and import again.',
  ),
  'part-of-home': remark(
    'The source is a part of a Hermes home, and the rest of that home was not read.',
    'If the home has more, import it whole.',
  ),
  'symbolic-link': finding(
    'It is a symbolic link, and was not followed.',
    'Put what it leads to in its place, or import that by its own path.',
  ),
  'index-unreadable': finding(
    'The index of the sessions could not be read, in whole or in part; transcripts were.',
    'Mend it where the detail says, and import again: what it knows of sessions and the store lacks then joins.',
  ),
  'database-unreadable': finding(
    'The database is none, or not all of it could be read: its detail says what is missing. The rest was read.',
    'Put a sound copy in its place, and import again: what is missing then joins at its place.',
  ),
  'database-too-new': remark(
    'The database has a newer schema than this version knows; its sessions and messages were read by their columns.',
    'Nothing to do; a newer faircopy may know more of it.',
  ),
  'facts-left-out': finding(
    'What the database says of a session takes more room than is kept of it: what its detail names was left out.',
    'Keep the database, which no command moves as long as it has more than the store. What was imported:',
  ),
  'only-copy': finding(
    'A snapshot of a session has messages that neither its rows nor a transcript have. It is the only copy there, and is not imported.',
    'Keep it; no command moves it. If a backup has the rows or the transcript, put that back, and import again.',
  ),
  'missing-transcript': remark(
    'The index names a session of which the source has nothing else.',
    'If its file was archived, nothing to do; if a backup has it, put it back, and import again.',
  ),
  'unusable-session-id': finding(
    'An id is empty, past 255 bytes, or no well-formed text; its session was not brought over.',
    'Rename the file, and import again.',
  ),
  'several-files': finding(
    'Two files tell one session differently, and neither continues the other: nothing of them is written.',
    'Import the one that tells it right by itself; the other stays where it is.',
  ),
  'covered-file': remark(
    'Another file of the session has all that this one has: it is a copy, or an earlier state.',
    'Nothing to do.',
  ),
  'other-file': remark(
    'Another file was chosen to tell the session; what only this one has stays in it.',
    'Import it by itself to let it join where its order is known.',
  ),
  'id-mismatch': remark(
    'The records of a file say that they are of another session than its name does; the records count.',
    'Nothing to do; rename the file if that is wrong.',
  ),
  'index-disagrees': remark(
    "Two places of the index lead one key to different sessions; the database's table counts.",
    'Nothing to do; the session that the other place names keeps what is said of it there.',
  ),
  'source-edited': finding(
    'The file is neither what was imported before nor that with more at its end; what was imported stands.',
    'See what the file says now, and decide the session if it is listed as undecided.',
  ),
  'source-truncated': remark(
    'The file is shorter than what was imported before, or the database has no row of the session any more; the store keeps all of it.',
    'Nothing to do.',
  ),
  'other-time-zone': remark(
    'An earlier import read stamps that name no zone in another one; times that are known stay as they are.',
    'Nothing to do. If the zone of then was wrong, undo that import, and import again.',
  ),
  'source-changed': finding(
    'The file kept changing while it was read.',
    'Import again once its writer rests.',
  ),
  'decision-outdated': remark(
    'What a person decided about the session says nothing about what the source tells now.',
    'Nothing to do, unless the session is listed as undecided again: then decide it.',
  ),
  'session-claimed': finding(
    'Another process was importing the session all the while.',
    'Import again once it is done.',
  ),
  'session-deleted': finding(
    'The session was deleted from the store, or pruned: nothing of it is there, and no import brings it back.',
    'If that was meant, nothing to do. Else undelete it within 30 days of its deletion, and import again; later, and where it was pruned, only a new store takes it in.',
  ),
  redacted: remark(
    'A text was redacted from the session in the store; the source still has it, and no import brings it back.',
    'If it must go everywhere, remove it from the source yourself.',
  ),
  pruned: finding(
    'Messages that the source tells left the session, and were pruned: the store does not have them any more.',
    'If that was meant, nothing to do; the source is the only place that has them now. To have them in a store again, import it into a new one.',
  ),
  'order-refuted': finding(
    'The order that was found for the session does not hold when it is checked: a fault of the program. Nothing of it was written.',
    'Keep the source, and report the fault with the detail; a later version imports it.',
  ),
  'session-failed': finding(
    'The session could not be imported, and others were.',
    'See its detail, and import again.',
  ),
  'no-transcript': finding(
    'The source tells no session at all; nothing was read, and nothing written.',
    'If transcripts lie elsewhere, name their folder or file.',
  ),
  'source-gone': finding(
    'The store knows sessions of the source, which tells nothing of them now.',
    'Mount its disk, or put back what was moved away; if it was archived, or removed on purpose, nothing has to be done.',
  ),
}
