import type { HistoryReader, NewSession, TranscriptReader } from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import type { FollowingContent, ImportContent } from '../ledger/note.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import type { LegacySession, LegacySource, LegacyWitness } from '../source/legacy-source.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import type { Taking } from './take-witnesses.ts'
import type { Telling } from './telling.ts'

/** What an import asks of a store: to read what it has, and to take in sessions. */
export type ImportTarget = TranscriptReader & HistoryReader & TranscriptImporter

/** What a session shall say, place by place: entries of the store, of the legacy side, or of both combined. */
export interface Placement {
  /** The store's `seq` at each place; 0 where the store does not have the entry. */
  readonly store: Int32Array
  /** The index in the telling; -1 where only the store has the entry. */
  readonly told: Int32Array
  /** What takes the place of the store's entry: 1 for one that is combined of both, 2 for the same with a time. */
  readonly combine: Uint8Array
}

/** A witness that was read for a plan, and what exactly was read. */
export interface PlannedWitness {
  readonly witness: LegacyWitness
  readonly digest: string
  /** What its metadata lines tell of the session. */
  readonly about: NewSession
}

/** What has to be written for a session. Of a telling only its positions are kept, not what was compared. */
export interface SessionWork extends Taking {
  readonly telling: Pick<Telling, 'database' | 'file' | 'certain' | 'history'>
  readonly database: PlannedWitness | null
  /** Null also where its order is not known: then nothing of it is written. */
  readonly file: PlannedWitness | null
  /** Null: the session's transcript stays as it is and only the note is written. */
  readonly placement: Placement | null
  /** The store's head that the decision was made on; null where it did not have the session. */
  readonly expectedHead: string | null
  /** What its note is, beside the report. */
  readonly note:
    | Pick<ImportContent, 'as' | 'about' | 'certificates' | 'boundaries'>
    | Pick<FollowingContent, 'as' | 'about' | 'of'>
  /** Whether the file is, or begins with, one that an import took before. */
  readonly isContinued: boolean
  /** What is brought of what the source tells of the session, where that is not all of it. */
  readonly about?: NewSession
  /** What the source tells of the session, where that is not what the session and the file here tell. */
  readonly told?: NewSession
  /** How many of the file's first entries a person's decision left in the file. */
  readonly leftLines: number
}

/** A decision about one session, made on the head that the store had then. */
export interface SessionPlan {
  readonly session: LegacySession
  readonly report: SessionReport
  /** What the ledger knows, or will know, the decision by. */
  readonly key: string
  /** Null: nothing is written at all. */
  readonly work: SessionWork | null
}

/** Every decision of an import, before any of it is carried out. */
export interface ImportPlan {
  readonly source: LegacySource
  /** Null where there is no store yet: a dry run into a file that does not exist. */
  readonly store: ImportTarget | null
  readonly sessions: readonly SessionPlan[]
  /** What was found or passed over in the source as a whole. */
  readonly problems: readonly SourceProblem[]
}
