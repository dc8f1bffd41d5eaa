import type { CodeMeaning, UndoRefusal } from '@faircopy/store-core'
import type { DifferenceCode } from './adopt/compare-session.ts'
import type { SessionReason } from './plan/session-report.ts'
import type { ChoiceObstacle } from './resolve/resolution-plan.ts'
import type { ResolutionRefusal } from './resolve/resolution-refused.ts'
import type { SourceProblemCode } from './source/source-problem.ts'

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
    'Mend it where the detail says, and import again: what it knows of a session joins when that is new, or has new messages.',
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
    'The file is shorter than what was imported before; the store keeps all of it.',
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
  'session-failed': finding(
    'The session could not be imported, and others were.',
    'See its detail, and import again.',
  ),
  'no-transcript': finding(
    'The source tells no session at all; nothing was read, and nothing written.',
    'If transcripts lie elsewhere, name their folder or file.',
  ),
  'source-gone': finding(
    'The store knows sessions of the source, and it tells none now.',
    'Mount its disk, or put back what was moved away; if it was archived, or removed on purpose, nothing has to be done.',
  ),
}

/** What each reason means for which an import is not undone for a session. */
export const UNDO_REFUSALS: { readonly [R in UndoRefusal]: CodeMeaning } = {
  rewritten: finding(
    'The session was rewritten since, or imported into again; it stays as it is.',
    'Undo what came later first, if that was an import, or keep what it says now.',
  ),
  pruned: finding(
    'What the session said before the import was pruned; it stays as it is.',
    'Nothing brings that back; keep what it says now, or delete the session.',
  ),
  'not-imported': finding('The import did nothing to the session.', 'See which imports there are.'),
  deleted: finding(
    'The session was deleted since.',
    'Undelete it within 30 days of its deletion, and undo again.',
  ),
}

/** What each reason of a {@link SessionReport} means. */
export const SESSION_REASONS: { readonly [R in SessionReason]: CodeMeaning } = {
  'several-orders': finding(
    'Each side has messages of its own at the same place: several orders are possible.',
    'Look at both sides and decide.',
  ),
  'no-evidence': finding(
    'Nothing proves that both sides tell the same conversation.',
    'Look at both sides and decide.',
  ),
  'too-different': finding(
    'The two sides differ too much to be compared within the budget.',
    'Look at both sides and decide.',
  ),
  'several-files': finding(
    'Several files tell the session differently.',
    'Import the one that tells it right by itself.',
  ),
  'no-usable-entry': finding(
    'No line and no row of the session is a usable entry.',
    'See its problems; mend the lines, and import again.',
  ),
  'partly-read': finding(
    'A file or the database that may tell of the session is there, and could not be read; what could is brought over.',
    'Do what its problem says, and import again.',
  ),
  failed: finding(
    'The session could not be imported, and nothing of it was written; its problem says why.',
    'Do what its problem says, and import again.',
  ),
}

/** What each difference between a store and a source means, as `audit` and a shadow compare them. */
export const DIFFERENCE_CODES: { readonly [C in DifferenceCode]: CodeMeaning } = {
  'not-in-store': remark('The store does not have the session: it was not imported.', 'Import the source.'),
  deleted: remark(
    'The store had the session, which was deleted or pruned: no import brings it back.',
    'If that was not meant, undelete it within 30 days of its deletion.',
  ),
  'source-only': remark(
    'Messages that only the source has.',
    'Import the source, which brings what was neither pruned from the store nor withheld.',
  ),
  'store-only': remark(
    'Messages that only the store has: written since, or found by an import elsewhere.',
    'Nothing to do.',
  ),
  withdrawn: remark(
    'Messages that the source tells and that were undone or compacted away.',
    'Nothing to do.',
  ),
  redacted: remark('Messages of which a text was redacted in the store.', 'Nothing to do.'),
  order: remark('Messages that both have, in another order.', 'See which side is right.'),
  fields: remark('Messages with members that the store lacks or has otherwise.', 'Import the source.'),
  undecided: remark(
    "The source's file and database can't be merged; its database was compared.",
    'Look at both sides and decide.',
  ),
  unreadable: remark('A side could not be read.', 'See the problems of the source.'),
}

/** What each obstacle to a choice of `resolve` means. */
export const OBSTACLE_CODES: { readonly [C in ChoiceObstacle]: CodeMeaning } = {
  'nothing-contested': remark(
    'No two messages stand against each other, so there is nothing for times to decide.',
    'Choose another way.',
  ),
  'no-times': remark('Not every contested message has a time.', 'Choose another way.'),
  'no-zones': remark('Its times name no zone.', 'Say in which zone the file was written.'),
  'times-overlap': remark(
    'In a contested gap neither side is wholly before the other.',
    'Choose another way.',
  ),
  'three-sides': remark(
    'The database and the file of the source contest each other as well.',
    'Choose another way.',
  ),
  'branch-exists': remark(
    'There is a session of the name that the branch would have.',
    'Choose another way.',
  ),
}

function refused(meaning: string, step: string): CodeMeaning {
  return { severity: 'failure', meaning, step }
}

/** What each code of a `ResolutionRefused` means: a sentence that begins with the session. */
export const RESOLUTION_REFUSALS: { readonly [C in ResolutionRefusal]: CodeMeaning } = {
  NEVER_IMPORTED: refused('The session was never imported.', 'Import it first.'),
  NOTHING_TO_DECIDE: refused(
    'The session is not undecided: its order is known.',
    'There is nothing to do; see what it says.',
  ),
  ALREADY_DECIDED: refused(
    'A person decided the session before.',
    'To decide otherwise, take that back first.',
  ),
  SOURCE_MOVED_ON: refused(
    'The session is told otherwise by this source than by the one that an import left undecided.',
    'Import it as it is now, or name the source that was imported.',
  ),
  SEVERAL_FILES: refused(
    'The session is claimed by several files that contradict each other: which one tells it is not decided here.',
    'Import the one that tells it, by itself.',
  ),
  CHOICE_NOT_POSSIBLE: refused('The session cannot be decided that way.', 'See what is possible.'),
  NOT_DECIDED: refused(
    'The session has no decision that could be taken back.',
    'There is nothing to do; see what is undecided.',
  ),
  BUILT_UPON: refused(
    'The session was imported again, or rewritten, since it was decided.',
    'Undo what came later first. See which imports there are.',
  ),
  PRUNED: refused(
    'The session no longer has what it said before the decision: that was pruned.',
    'Restore a backup, or import into a new store.',
  ),
  DELETED: refused('The session was deleted.', 'Undelete it within 30 days of its deletion.'),
}
