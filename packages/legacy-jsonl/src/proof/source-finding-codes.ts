import type { CodeMeaning } from '@faircopy/store-core/backend'
import { SOURCE_CODES } from '../source/source-codes.ts'
import type { SourceFindingCode } from './source-finding.ts'

const RESTORE =
  'The store was changed behind its back, or damaged: restore a backup, or import the source into a new store.'

function told(meaning: string, step: string): CodeMeaning {
  return { severity: 'finding', meaning, step }
}

/** What each code of a {@link SourceFinding} means. */
export const SOURCE_FINDING_CODES: { readonly [C in SourceFindingCode]: CodeMeaning } = {
  'never-imported': told('The store knows nothing of this session.', 'Import the source.'),
  'not-imported-yet': told(
    'The store knows of the session, and not yet what it says.',
    'Import the source, or let the gateway go on with it.',
  ),
  undecided: told(
    'The order of the session is not known, and nobody has decided: the lines of the file are withheld.',
    'Look at both sides, and decide.',
  ),
  'unreadable-session': told(
    'No line and no row of the session is a usable entry.',
    'Mend the file, and import again; until then it stays where it is.',
  ),
  'no-message': told(
    'What the session tells is in the store, and none of its records is a message, or fewer than half are: no model is given the others.',
    SOURCE_CODES['no-message'].step,
  ),
  'several-files': told(
    'Another file of the source tells the session differently.',
    'Import the one that tells it right by itself, and take the other away.',
  ),
  'source-unreadable': told(
    'A file or the database could not be read, in whole or in part, or kept changing.',
    'Let yourself read it, put a sound copy in its place and import that, or wait until its writer rests; then verify again.',
  ),
  'source-problem': told(
    'Something of the source is told in no session, or has what no session tells: its code stands before the words.',
    'Do what docs/codes.md says of that code, and import again. The audit tells it alone.',
  ),
  'source-grown': told(
    'The source tells what was imported, and more: behind it, or lines that the store does not have byte for byte yet.',
    'Import it again: only what is new is written.',
  ),
  'source-changed': told(
    'The source is not what was imported: lines were edited, moved or cut off.',
    'See what an import would make of it; it never overwrites anything.',
  ),
  'no-transcript': told(
    'The source tells no session at all, so nothing is proven.',
    SOURCE_CODES['no-transcript'].step,
  ),
  'source-gone': told(SOURCE_CODES['source-gone'].meaning, SOURCE_CODES['source-gone'].step),
  'bytes-not-kept': told(
    'A line is longer than what is kept, so the source is the only place that has it.',
    'Keep the file; or write what it says in shorter lines, and import again.',
  ),
  'session-gone': told(
    'The session was in the store, and was deleted or pruned: no import brings it back.',
    SOURCE_CODES['session-deleted'].step,
  ),
  'line-missing': told('A line or row stands nowhere in the session.', RESTORE),
  'line-pruned': told(
    'A line or row stands nowhere in the session, of whose past something was pruned, or taken back with an import.',
    SOURCE_CODES.pruned.step,
  ),
  'line-moved': told('A line or row stands out of the order of its source.', RESTORE),
  'line-differs': told('The entry made of a line or row does not say what it says.', RESTORE),
  'line-doubled': told('Several entries were made of one line or row.', RESTORE),
  'foreign-entry': told('An entry is said to come from a line or row that it does not come from.', RESTORE),
  'withheld-written': told('An entry was made of a line of a session whose order is not known.', RESTORE),
  'quarantine-differs': told(
    "The bytes of a line that is no entry's record are not kept as they were.",
    RESTORE,
  ),
  'left-out': told(
    'An import left out what the session contained before it, or what it brought, or put it in another order.',
    RESTORE,
  ),
  'entry-hash': told('An entry, or the head of the session, does not match its own hash.', RESTORE),
  'head-unproven': told('The ledger names a head that the session never had.', RESTORE),
  'note-differs': told('The ledger says that something else was done than was.', RESTORE),
  'certificate-missing': told('The ledger has no certificate for its verdict.', RESTORE),
  'certificate-refuted': told('The certificate of a verdict does not hold.', RESTORE),
  'boundary-refuted': told(
    'A boundary in the ledger, where the source ended before a live append, is not proven.',
    RESTORE,
  ),
  'certificate-unchecked': told(
    'A certificate would take more work to check than is allowed: no import notes such a one.',
    'The lines were compared with the store nevertheless. Import the source into a fresh store.',
  ),
}
