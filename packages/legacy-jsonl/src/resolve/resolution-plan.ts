import type { AmbiguousReason } from '@faircopy/reconcile'
import type { Session, SessionAddress } from '@faircopy/store-core'
import type { ImportContent, RecordedDecision, Written } from '../ledger/note.ts'
import type { ResolutionChoice } from '../ledger/resolution-choice.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import type { ImportTarget, PlannedWitness } from '../plan/import-plan.ts'
import type { Taking } from '../plan/take-witnesses.ts'
import type { Telling } from '../plan/telling.ts'
import type { LegacySession } from '../source/legacy-source.ts'
import type { DecidedSides } from './decided-placement.ts'
import type { ChoiceObstacle } from './resolution-codes.ts'

/** A choice, and what it would come to, or why it is not possible. */
export type ResolutionOffer =
  | { readonly choice: ResolutionChoice; readonly report: SessionReport; readonly obstacle: null }
  | { readonly choice: ResolutionChoice; readonly report: null; readonly obstacle: ChoiceObstacle }

/** An undecided session's two sides, and what can be decided about them. Made on the head that the store had then. */
export interface ResolutionPlan {
  readonly session: LegacySession
  readonly store: ImportTarget
  /** The session as it stands. */
  readonly canonical: Session
  /** What left it undecided. */
  readonly undecided: Written & ImportContent
  readonly reason: AmbiguousReason | null
  /** Which witnesses tell the legacy side. */
  readonly toldBy: readonly ('database' | 'file')[]
  /** Every choice, once. */
  readonly offers: readonly ResolutionOffer[]
  /** The session that `branch` makes. */
  readonly branch: Required<SessionAddress>
  readonly work: ResolutionWork
}

/** What carrying out a choice needs. */
export interface ResolutionWork extends Taking {
  readonly key: string
  /** Live entries that were decided on before: they stay, in front of both sides. */
  readonly live: number
  /** Entries of the file that decisions before left in it. */
  readonly leftLines: number
  readonly sides: DecidedSides
  /** Its history is empty: what the database withdrew came with the import that left the session undecided. */
  readonly telling: Pick<Telling, 'database' | 'file' | 'certain' | 'history'>
  readonly database: PlannedWitness | null
  readonly file: PlannedWitness | null
  /** What has to be recorded with any choice. */
  readonly record: Pick<RecordedDecision, 'entry' | 'database' | 'file'>
}
