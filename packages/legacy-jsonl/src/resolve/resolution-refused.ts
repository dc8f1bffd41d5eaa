import { type SessionAddress, sessionLabel } from '@faircopy/store-core'

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

const WORDS: { readonly [C in ResolutionRefusal]: readonly [message: string, advice: string] } = {
  NEVER_IMPORTED: ['was never imported', 'Import it first.'],
  NOTHING_TO_DECIDE: ['is not undecided: its order is known', 'There is nothing to do.'],
  ALREADY_DECIDED: ['was decided before', 'Undo that decision first.'],
  SOURCE_MOVED_ON: [
    'is told otherwise by this source than by the one that an import left undecided',
    'Import the source as it is now, or name the one that was imported.',
  ],
  SEVERAL_FILES: [
    'is claimed by several files that contradict each other',
    'Import the one that tells it, by itself.',
  ],
  CHOICE_NOT_POSSIBLE: ['cannot be decided that way', 'Choose one of those that are possible.'],
  NOT_DECIDED: ['has no decision that could be undone', 'There is nothing to do.'],
  BUILT_UPON: ['was imported again, or rewritten, since it was decided', 'Undo what came later first.'],
  PRUNED: [
    'no longer has what it said before',
    'Restore a backup (docs/backup.md), or import into a new store.',
  ],
  DELETED: ['was deleted', 'Undo its deletion first.'],
}

/** A decision, or its undo, that was refused. Nothing was written. */
export class ResolutionRefused extends Error {
  readonly code: ResolutionRefusal
  readonly session: SessionAddress
  readonly advice: string

  constructor(code: ResolutionRefusal, session: SessionAddress, detail?: string) {
    const [message, advice] = WORDS[code]
    const because = detail === undefined ? '' : ` (${detail})`
    super(`Session ${sessionLabel(session)} ${message}${because}. ${advice}`)
    this.name = 'ResolutionRefused'
    this.code = code
    this.session = session
    this.advice = advice
  }
}
