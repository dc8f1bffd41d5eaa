import type { Verdict } from '@faircopy/reconcile'
import type { SourceProblem } from '../source/source-problem.ts'
import type { LineCounts } from './line-counts.ts'
import type { ResolutionChoice } from './resolution-choice.ts'
import type { SessionReason } from './session-reasons.ts'

/** What an import does to a session of the store. */
export type SessionAction = 'created' | 'extended' | 'replaced' | 'unchanged'

/** Entries without `session_meta`. */
export interface EntryCounts {
  readonly canonical: number
  readonly legacy: number
  /** Null for `ambiguous` and `failed`. */
  readonly merged: number | null
  /** Legacy entries that join the canonical ones. */
  readonly added: number
}

/** A file as it was read. */
export interface ReadFile {
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
}

/** What a source tells of a session and the store did not have so, by names: `title`, `origin`, `meta.hermes`, … */
export interface FactsReport {
  /** The store had none of them, and has them now. */
  readonly filled: readonly string[]
  /** The store has another one, which stays. Members of `meta` are not compared. */
  readonly kept: readonly string[]
}

/** What an import does, or did, with one session. Holds no transcript text. */
export interface SessionReport {
  readonly namespace: string
  readonly id: string
  /** `failed`: it could not be imported, and nothing of it was written; `reason` says so too, and a problem says why. */
  readonly verdict: Verdict | 'failed'
  readonly action: SessionAction
  /** For `ambiguous` and `unreadable`, where the session failed, and where a witness of it is there and could not be read. */
  readonly reason?: SessionReason
  readonly entries: EntryCounts
  readonly lines: LineCounts
  /** What was read of its file: the ledger's memory of it tells a file that grew from one that was edited. */
  readonly file?: ReadFile
  /** How many rows its database told, where it has one. */
  readonly rows?: number
  /** How many blocks the database told more than once by mistake, where it did. */
  readonly stutter?: number
  /** Entries that took members from the other witness. */
  readonly combined?: number
  /** Entries of the session, told by its file, whose time is unknown: their lines name no zone, and no zone was named. */
  readonly undated?: number
  /** Entries that got a time which was unknown when they were imported. */
  readonly dated?: number
  /** What the source tells of a session that the store had, where that had it not, or not so. */
  readonly facts?: FactsReport
  /** What a person decided about exactly these witnesses. */
  readonly decided?: ResolutionChoice
  readonly problems: readonly SourceProblem[]
}
