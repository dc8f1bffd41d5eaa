import type { JsonObject, SessionAddress } from '@faircopy/store-core'
import type { LedgerRecord } from '@faircopy/store-core/operator'
import type { LineCounts } from './line-counts.ts'
import type { ResolutionChoice } from './resolution-choice.ts'
import type { EntryCounts, ReadFile, SessionReport } from './session-report.ts'

/** What a witness had told when something was decided: so many entries, and a digest of what and where they are. */
export interface WitnessPast {
  readonly entries: number
  readonly digest: string
}

/** A decision as the ledger keeps it. */
export interface RecordedDecision {
  readonly choice: ResolutionChoice
  /** The operator's own words. */
  readonly note?: string
  /** Epoch ms. */
  readonly at: number
  /** The next entry id of the session: what has a smaller one, or was brought by the decision itself, was there. */
  readonly entry: number
  readonly database: WitnessPast | null
  readonly file: WitnessPast | null
  /** Lines of the file that stay where they are. */
  readonly withheld: number
  /** The session that the legacy side became. */
  readonly branch?: { readonly namespace: string; readonly id: string }
}

/** What the witnesses of a session told at one moment. Null for a witness that there was not. */
export interface SourceFingerprint {
  /** SHA-256 of the file's first `size` bytes; of all that its witness read, where its size is not known. */
  readonly file: { readonly size: number | null; readonly digest: string } | null
  /** SHA-256 of the session's rows. */
  readonly database: { readonly digest: string } | null
}

/**
 * That what was written live from an entry on came after everything that the witnesses told then. It is noted in the
 * ledger before the first of these entries is written, so it is proven and not guessed.
 */
export interface Boundary extends SourceFingerprint {
  /** Entries that were written live with this id or a greater one stand behind. */
  readonly entry: number
}

/** A part of a file as an import took it, between two of its lines that became no entry. */
export interface FilePart {
  /** Byte offset of its beginning then. */
  readonly from: number
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
}

/** What an import took of the witnesses, for later ones to go on from. */
export interface Taken {
  /** Of the file. */
  readonly path?: string
  /** Where lines of the file became no entry: what is between them. */
  readonly parts?: readonly FilePart[]
  /** In which stamps of the file that name no zone were read, where one was named. */
  readonly timeZone?: string
  /** How many rows became no entry. */
  readonly rows: number
  /** The highest entry id of the session then; 0 for none. */
  readonly through: number
}

/** The members of a session's report that are read again: see `SessionReport`. What else it had is kept beside them. */
export interface RememberedReport {
  readonly namespace?: string | undefined
  readonly id?: string | undefined
  readonly verdict?: string | undefined
  readonly reason?: string | undefined
  readonly entries?: EntryCounts | undefined
  readonly lines?: LineCounts | undefined
  readonly file?: ReadFile | undefined
  readonly rows?: number | undefined
  readonly stutter?: number | undefined
  readonly undated?: number | undefined
  readonly problems?: readonly { readonly code: string; readonly detail: string }[] | undefined
}

/** What a run remembers of a session. What a note has in another shape is read as if it were not there. */
export interface Memory {
  readonly report: RememberedReport
  /** Live entries of the session afterwards. */
  readonly entryCount?: number | undefined
  readonly taken?: Taken | undefined
  /** The runs whose quarantined lines are settled by this one. */
  readonly settles?: readonly string[] | undefined
  /** A digest of each fact that the source told of the session, by the fact's name. */
  readonly told?: { readonly [fact: string]: string } | undefined
  /** The source, as the run is about it. */
  readonly source?: JsonObject | undefined
}

/** What an import found and did. */
export interface ImportContent extends Memory {
  readonly as: 'import'
  /** The session, the digests of its witnesses and the version of the rules, as one text: `ledgerKey`. */
  readonly about: string
  /** What proves the verdict; anything, until it is checked. */
  readonly certificates: readonly unknown[]
  /** The boundaries that the certificates rest on; anything, until they are checked. */
  readonly boundaries: readonly unknown[]
}

/** What a later run filled in of the very same witnesses. It decides nothing. */
export interface FollowingContent extends Memory {
  /** `settled`: what had been quarantined; `dated`: times that were unknown; `facts`: what the source tells of the session. */
  readonly as: 'settled' | 'dated' | 'facts'
  /** Of the import that it follows. */
  readonly about: string
  /** What tells it from others about the same: the settled runs, the session's head, a digest of the facts. */
  readonly of: string
}

/** What a person decided. */
export interface DecisionContent extends Memory {
  readonly as: 'decision'
  /** Of the import that had left it open. */
  readonly about: string
  readonly decision: RecordedDecision
}

/** That a session was made of the legacy side of another one. */
export interface BranchContent extends Memory {
  readonly as: 'branch'
  /** Of the import that had left it open. */
  readonly about: string
  readonly branchOf: Required<SessionAddress>
}

/** What was decided, in a form that cannot be read here: a later version may have written it. */
export interface UnreadContent extends Memory {
  readonly as: 'unread'
  /** Of the import that had left it open. */
  readonly about: string
}

/** Where the source of a session ended when it was first written live. It decides nothing by itself. */
export interface BoundaryContent {
  readonly as: 'boundary'
  /** Null where it cannot be read. */
  readonly boundary: Boundary | null
}

/** That a session was made known before what it says was imported. */
export interface IndexContent {
  readonly as: 'index'
  /** The run. */
  readonly by: string
  /** Where its source ended, where what was held for it was placed at once. */
  readonly boundary: Boundary | null
}

/** That a run was taken back. */
export interface UndoContent {
  readonly as: 'undo'
  /** The run. */
  readonly undid: string
  /** Its last note about the session. */
  readonly undone: { readonly as: NoteContent['as']; readonly about: string }
}

/** What a note of a migration says. */
export type NoteContent =
  | ImportContent
  | FollowingContent
  | DecisionContent
  | BranchContent
  | UnreadContent
  | BoundaryContent
  | IndexContent
  | UndoContent

/** A note that a migration writes; that of an undo the store writes itself. */
export type NewNote = OfSession<Exclude<NoteContent, UndoContent | UnreadContent>>

type OfSession<C> = C extends Memory ? Omit<C, 'report'> & { readonly report: SessionReport } : C

/** Of a note, who wrote it when, and how the session stood. */
export type Written = Omit<LedgerRecord, 'report'>

/** A note in the ledger, read. */
export type Note = Written & NoteContent

/** A note that says something of a session's order: of an import or a decision, and not of what came before or after one. */
export type Word = Written & (ImportContent | DecisionContent | BranchContent | UnreadContent)

/** Whether a note says something of a session's order: see {@link Word}. */
export function isWord(note: Note): note is Word {
  return ['import', 'decision', 'branch', 'unread'].includes(note.as)
}

/** What a note remembers of a session; nothing where it is of none that read its witnesses. */
export function memoryOf(note: Note): Memory {
  return 'report' in note ? note : { report: {} }
}

/** The boundary that a note records, whatever else it says; null where it records none. */
export function boundaryOf(note: Note): Boundary | null {
  return note.as === 'boundary' || note.as === 'index' ? note.boundary : null
}
