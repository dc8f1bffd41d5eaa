import type { AmbiguousReason } from '@faircopy/reconcile'
import type { CodeMeaning } from '@faircopy/store-core/backend'
import type { PARTLY_READ, UndoRefusal } from '@faircopy/store-core/operator'

/** Why a session is not brought over whole. */
export type SessionReason =
  | AmbiguousReason
  | 'several-files'
  | 'no-usable-entry'
  | typeof PARTLY_READ
  | 'failed'

function finding(meaning: string, step: string): CodeMeaning {
  return { severity: 'finding', meaning, step }
}

/** Whether a word is a reason. */
export function isReason(word: string): word is SessionReason {
  return Object.hasOwn(SESSION_REASONS, word)
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
