import type { CodeMeaning } from '@faircopy/store-core/backend'
import type { NoOrderByTime } from './decided-placement.ts'

/**
 * Why a choice is not possible.
 *
 * - `nothing-contested`: nothing stands against anything else, so there is no order to be found
 * - `no-times`: messages of a contested gap have no time at all
 * - `no-zones`: they have, but not all times name a zone; a source opened with its time zone may know
 * - `times-overlap`: in a contested gap neither side is wholly before the other
 * - `three-sides`: the source's own two witnesses contest each other as well
 * - `branch-exists`: there is a session of the branch's name
 */
export type ChoiceObstacle = NoOrderByTime | 'three-sides' | 'branch-exists'

/** Why a decision, or its undo, was refused. A stable code. */
export type ResolutionRefusal =
  /** No import has brought the session. */
  | 'NEVER_IMPORTED'
  /** Its order is known: there is nothing to decide. */
  | 'NOTHING_TO_DECIDE'
  /** A person has decided already; that is to be undone first. */
  | 'ALREADY_DECIDED'
  /** The source tells the session otherwise than the import that left it undecided found it. */
  | 'SOURCE_MOVED_ON'
  /** Several files claim it and contradict each other: which one tells it is not decided here. */
  | 'SEVERAL_FILES'
  /** The choice is not among those that are possible for the session. */
  | 'CHOICE_NOT_POSSIBLE'
  /** There is no decision to undo. */
  | 'NOT_DECIDED'
  /** What was decided was built upon: a later import, or a rewrite of the session. */
  | 'BUILT_UPON'
  /** What the session said before was pruned. */
  | 'PRUNED'
  /** The session was deleted. */
  | 'DELETED'

function remark(meaning: string, step: string): CodeMeaning {
  return { severity: 'remark', meaning, step }
}

function refused(meaning: string, step: string): CodeMeaning {
  return { severity: 'failure', meaning, step }
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
