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

/** A source line that became no entry, kept with its bytes so that it outlives its file. */
export interface QuarantinedLine {
  /** Why: `invalid-json`, `invalid-utf8`, `torn-tail`, … */
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

/** One step of what the session shall say, in order. */
export type ImportStep =
  /** The live entries from one place to another, both included, as they stand. */
  | { readonly keep: { readonly from: number; readonly to: number } }
  /** A new entry that becomes live here. */
  | { readonly live: ImportedEntry }
  /** A new entry that is stored as history and never was live here. */
  | { readonly history: ImportedEntry }
  /** A line that becomes no entry and is kept beside the session, under this import. */
  | { readonly quarantine: QuarantinedLine }

/** What a run decided about a session, kept for good beside what it wrote. No transcript text. */
export interface LedgerNote {
  /** The session, the digests of all its witnesses and the reconcile version, as one text. The same again writes nothing. */
  readonly key: string
  readonly verdict: string
  readonly reason: string | null
  /** Counts, dispositions, problems. */
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
   * What the session shall say, whole and in order: what no step keeps becomes history. Null leaves the session (or
   * its absence) as it is, and only the note is written.
   */
  readonly steps: AsyncIterable<ImportStep> | null
  readonly note: LedgerNote
  /** Called once everything is staged, just before it becomes visible: throwing abandons the import. */
  readonly confirm?: () => Promise<void> | void
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

/** Which notes are read. */
export interface LedgerQuery {
  readonly session?: SessionRef
  readonly importId?: string
}

/** Brings legacy histories into a store. */
export interface TranscriptImporter {
  /**
   * Makes one session say what `steps` say (S9). Entries are staged invisibly in small transactions, between which
   * other writers get in, and become visible in one. An import that fails or is killed leaves nothing visible; what it
   * staged is swept by the next import once its process is provably gone. A live session that it creates gets what was
   * held for its origin behind what `steps` say (S11).
   *
   * Fails with `RevisionConflict` if the session moved on since `expectedHead`, `SessionDeleted` (S27), `KeyConflict`
   * for a key that was used before, and as `append` does.
   *
   * Cost: O(new entries) writes; memory of one batch, whatever the session's length.
   */
  import(plan: SessionImport): Promise<ImportReceipt>
  /** The note of a session under a key, or null. */
  ledgerNote(session: SessionRef, key: string): Promise<LedgerRecord | null>
  /** The notes in the order they were written. */
  ledger(query?: LedgerQuery): AsyncIterable<LedgerRecord>
  /** The quarantined lines of a session, in the order they were written. */
  quarantined(session: SessionRef): AsyncIterable<QuarantinedLine & { readonly importId: string }>
  /** The runs that wrote anything, oldest first. */
  imports(): AsyncIterable<ImportRun>
}
