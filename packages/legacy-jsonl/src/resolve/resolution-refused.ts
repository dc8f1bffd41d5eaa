import { type SessionAddress, sessionLabel } from '@faircopy/store-core'
import { RESOLUTION_REFUSALS } from '../source-codes.ts'

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

/** A decision, or its undo, that was refused. Nothing was written. */
export class ResolutionRefused extends Error {
  readonly code: ResolutionRefusal
  readonly session: SessionAddress
  readonly advice: string

  constructor(code: ResolutionRefusal, session: SessionAddress, detail?: string) {
    const { meaning, step } = RESOLUTION_REFUSALS[code]
    const named = meaning.replace('The session', () => `Session ${sessionLabel(session)}`)
    super(`${detail === undefined ? named : named.replace(/\.$/, () => ` (${detail}).`)} ${step}`)
    this.name = 'ResolutionRefused'
    this.code = code
    this.session = session
    this.advice = step
  }
}
