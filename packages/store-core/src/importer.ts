import type { NewEntry, Provenance } from './entry.ts'
import type { JsonObject } from './json.ts'
import type { NewSession, Session } from './session.ts'
import type { SessionAddress, SessionRef } from './session-ref.ts'

/** One import, of any number of sessions. */
export interface ImportRun {
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  /** Which sources, in which format, by which version. No transcript text. */
  readonly about: JsonObject
}

/** An entry that an import brings. Its writer is `import`. */
export interface ImportedEntry extends NewEntry {
  readonly provenance: Provenance
}

/** The reason of a kept line that nothing is wrong with: it tells of the session, and becomes no entry. */
export const METADATA_LINE = 'metadata'

/** The reason of a kept line that an entry stands for whose text is another: nothing is wrong with it, either. */
export const TEXT_LINE = 'text'

/** A source line that became no entry, or has another text than the entry that stands for it, kept with its bytes so that it outlives its file. */
export interface QuarantinedLine {
  /** Why: `invalid-json`, `invalid-utf8`, `torn-tail`, …, or one of {@link METADATA_LINE} and {@link TEXT_LINE}. */
  readonly reason: string
  /** 1-based. */
  readonly line: number
  /** Byte offset of the line's first byte. */
  readonly offset: number
  /** The line's length in bytes, its line end not counted. */
  readonly length: number
  /** The bytes; null where the line was too long to be held, or held a text that was redacted (S27). */
  readonly bytes: Uint8Array | null
}

/** Whether something is wrong with a kept line: it is neither metadata nor another text of an entry. */
export function isQuarantined({ reason }: Pick<QuarantinedLine, 'reason'>): boolean {
  return reason !== METADATA_LINE && reason !== TEXT_LINE
}

/** One step of what the session shall contain, in order. */
export type ImportStep =
  /** The live entries from one place to another, both included, as they stand. */
  | { readonly keep: { readonly from: number; readonly to: number } }
  /** A new entry that becomes live here. */
  | { readonly live: ImportedEntry }
  /** A new entry that is stored as history and never was live here. */
  | { readonly history: ImportedEntry }
  /** A line that becomes no entry and is kept beside the session, under this import. */
  | { readonly quarantine: QuarantinedLine }

/**
 * The verdicts which say that something of a session is not in the store, and may still come: it was only made known, or only
 * where its source ends was noted; nobody has decided its order; its import was undone.
 */
export const AWAITING_VERDICTS = ['indexed', 'boundary', 'ambiguous', 'undone'] as const

/** The reason of a note which says that a witness of its session is there and could not be read: what it tells may still come. */
export const PARTLY_READ = 'partly-read'

/** Whether a session whose last note this is waits for an import, so that no prune takes it (S27). */
export function isAwaiting({ verdict, reason }: Pick<LedgerNote, 'verdict' | 'reason'>): boolean {
  return reason === PARTLY_READ || AWAITING_VERDICTS.some((each) => each === verdict)
}

/** What a run decided about a session, kept for good beside what it wrote. No transcript text. */
export interface LedgerNote {
  /** The session, the digests of all its witnesses and the reconcile version, as one text. The same again writes nothing. */
  readonly key: string
  /** A session whose last note has one of {@link AWAITING_VERDICTS}, or {@link PARTLY_READ} as reason, is not pruned (S27). */
  readonly verdict: string
  readonly reason: string | null
  /**
   * Counts, dispositions, problems. A list of runs in its member `settles` says of what these quarantined of the session
   * that it is settled: mended, taken out of the source, or quarantined again by this run (see {@link settledRuns}).
   */
  readonly report: JsonObject
  /** What proves the verdict. */
  readonly certificate: JsonObject | null
}

/** A note in the ledger. */
export interface LedgerRecord extends LedgerNote {
  readonly importId: string
  readonly session: Required<SessionAddress>
  /** Epoch ms. */
  readonly at: number
  /** The session's head before and after; null where it did not exist. */
  readonly headBefore: string | null
  readonly headAfter: string | null
}

/** An import of one session. */
export interface SessionImport {
  readonly run: ImportRun
  readonly session: SessionRef
  /** What the sources know of the session. Fills what the store does not know; never overwrites. */
  readonly about: NewSession
  /** The head that the plan was made on; null where the session did not exist. Another one is `RevisionConflict`. */
  readonly expectedHead: string | null
  /**
   * What the session shall contain, whole and in order: what no step keeps becomes history. Null leaves the session (or
   * its absence) as it is, and only the note is written.
   */
  readonly steps: AsyncIterable<ImportStep> | null
  readonly note: LedgerNote
  /**
   * Notes about sessions, other ones as well, that are written in the same transaction: about the one that a branch is
   * made of, say. Their heads are those that the sessions have then. One whose key its session has already is left out.
   */
  readonly alsoNote?: readonly { readonly session: SessionRef; readonly note: LedgerNote }[]
  /**
   * Called once everything is staged, just before it becomes visible: throwing abandons the import. It may take its
   * time, and wait for imports of other sessions: none is held up by it.
   */
  readonly confirm?: () => Promise<void> | void
  /**
   * Ends the import at once, with its reason, also while `steps` or `confirm` do not answer: they are no longer waited for,
   * and nothing of it is left.
   */
  readonly signal?: AbortSignal
}

/** What became of an import. */
export interface ImportReceipt {
  /** `already`: the ledger knew the key, nothing was written. */
  readonly status: 'imported' | 'already'
  /** Null where the note was written for a session that does not exist. */
  readonly session: Session | null
  /** Live entries that the import brought. */
  readonly added: number
}

/** An import that shall be taken back from one session. */
export interface ImportUndo {
  /** The run that is undone. */
  readonly importId: string
  readonly session: SessionRef
  /** The run that undoes it: another one. */
  readonly run: ImportRun
  /** What the operator says about it. No transcript text. */
  readonly text?: string
}

/**
 * Why an import is not undone.
 *
 * - `rewritten`: what the session contains is no longer what the import made it contain, followed by what was appended since: it
 *   was replaced, or imported into again. Undo that first.
 * - `pruned`: what it contained before was pruned.
 * - `not-imported`: the run did nothing to the session.
 * - `deleted`: the session was deleted.
 */
export type UndoRefusal = 'rewritten' | 'pruned' | 'not-imported' | 'deleted'

/** What became of an undo. */
export interface UndoReceipt {
  /** `already`: it was undone before, nothing was written. */
  readonly status: 'undone' | 'already' | 'refused'
  /** With `refused`. */
  readonly reason?: UndoRefusal
  /** As it is; null where there is none: it did not exist before the import and contains nothing since. */
  readonly session: Session | null
  /** Entries that were removed from the store. */
  readonly removed: number
}

/** Who holds the claim on a session. */
export interface ImportClaimOwner {
  readonly host: string
  readonly pid: number
  /** Epoch ms. */
  readonly since: number
}

/** The claim of one importer on one session. */
export interface ImportClaim {
  /** Lets others have it. Again it does nothing. Closing the store does it as well. */
  release(): Promise<void>
}

/** What asking for a claim comes to. */
export type ImportClaiming = { readonly claim: ImportClaim } | { readonly heldBy: ImportClaimOwner }

/** Which quarantined lines are read. */
export interface QuarantineQuery {
  /** Those that a later import settled as well. Defaults to false. */
  readonly settled?: boolean
}

/** Which notes are read. */
export interface LedgerQuery {
  readonly session?: SessionRef
  readonly importId?: string
}

/** Brings legacy histories into a store. */
export interface TranscriptImporter {
  /**
   * Makes one session contain what `steps` give (S9). Entries are staged invisibly in small transactions, between which
   * other writers get in, and become visible in one. An import that fails or is killed leaves nothing visible; what it
   * staged is swept by the next import once its process is provably gone. A live session that it creates gets what was
   * held for its origin behind what `steps` give (S11).
   *
   * Fails with `RevisionConflict` if the session moved on since `expectedHead`, `SessionDeleted` (S27), `KeyConflict`
   * for a key that was used before, and as `append` does.
   *
   * Cost: O(new entries) writes; memory of one batch, whatever the session's length.
   */
  import(plan: SessionImport): Promise<ImportReceipt>
  /**
   * Takes back what one run did to one session, in one transaction (S9): the session contains what it contained before, followed
   * by what was appended since. What the import had placed of held deliveries counts as appended (S11). Facts that the
   * import filled in are unknown again unless they were changed since; of a session that it created they stay. The
   * entries that it brought are removed, with their quarantined lines, lists and keys, so that the same can be imported
   * again (S4); what a fork contains of them stays, with its keys in the fork, and is no history of this session any more
   * (S8). A session that the import created and that contains nothing else is gone without a tombstone: `get` gives null, it
   * can be created and imported again, `changes` tells that it was deleted (S19).
   *
   * The run's notes on the session give way to one of the undo's own run: key `undo <importId>`, verdict `undone`, report
   * `{ undid, key, verdict, text? }` of the last of them. Notes that the run wrote about other sessions are undone with
   * those. Idempotent: a second call is `already`, and removes what a killed one left behind. An import that only wrote
   * notes is undone by their removal; an undo cannot be undone, but the import made again.
   *
   * Refused, with the reason and nothing written: see {@link UndoRefusal}. Undo later imports first. Fails with
   * `InvalidArgument` where the undo names itself.
   *
   * Cost: one commit of O(ranges, keys, and entries appended since); the entries are removed in small ones behind it.
   */
  undoImport(undo: ImportUndo): Promise<UndoReceipt>
  /**
   * Claims a session for an importer, among those of all processes (S9). At most one has the claim; never waits, and
   * says who has it. A claim is let go by `release`, by closing the store, and once its process is provably gone or,
   * where that cannot be known (another host), long ago. Advice between importers: `import` asks nobody for it, and is
   * kept right by `expectedHead`.
   *
   * Cost: one commit, and one to release.
   */
  claimImport(session: SessionRef): Promise<ImportClaiming>
  /** The note of a session under a key, or null. */
  ledgerNote(session: SessionRef, key: string): Promise<LedgerRecord | null>
  /** The notes in the order they were written. Damaged ones are left out, and then named by `StoreCorrupt` (S22). */
  ledger(query?: LedgerQuery): AsyncIterable<LedgerRecord>
  /**
   * The quarantined lines of a session, in the order they were written; damage is told as by `ledger`. What a note
   * settles is kept, and given only where it is asked for; where the note's import is undone it is given again.
   */
  quarantined(
    session: SessionRef,
    query?: QuarantineQuery,
  ): AsyncIterable<QuarantinedLine & { readonly importId: string }>
  /** The runs that wrote anything, oldest first; damage is told as by `ledger`. */
  imports(): AsyncIterable<ImportRun>
}

/** The runs whose quarantined lines of a session are settled, by the session's notes. */
export function settledRuns(notes: Iterable<Pick<LedgerRecord, 'report'>>): ReadonlySet<string> {
  const settled = new Set<string>()
  for (const { report } of notes) {
    const runs = report['settles']
    for (const run of Array.isArray(runs) ? runs : []) if (typeof run === 'string') settled.add(run)
  }
  return settled
}
