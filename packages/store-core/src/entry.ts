import type { JsonObject } from './json.ts'

/** What an entry is. Any other name is legal and survives; only the named ones have a meaning here. */
export type EntryKind = 'message' | 'session_meta' | 'delivery' | 'compaction' | (string & {})

/** Where an imported entry was found. */
export interface Provenance {
  /** The import run. */
  readonly importId: string
  /** Which witness told it. */
  readonly witness: 'file' | 'database' | 'both'
  /** 1-based line in the file. */
  readonly line?: number
  /** Byte offset of the line's first byte. */
  readonly offset?: number
  /** Row id in the gateway's own database. */
  readonly row?: number
  /** The database's own stamp, exactly as it stood there: epoch seconds. */
  readonly rowTime?: string
  /** Members added to the file's record from the other witness. */
  readonly added?: readonly string[]
  /** Members that the witnesses tell differently; the file's value stands in the record, the other in the original. */
  readonly conflicts?: readonly string[]
  /**
   * What became of it: an `original` that a combined entry stands for, something `withdrawn` before the import
   * (undone, compacted away), a `repeat` written more than once by mistake. Absent for what is simply said.
   */
  readonly standing?: 'original' | 'withdrawn' | 'repeat'
  /** The entry of this session that this one replaced to gain fields. */
  readonly supersedes?: number
}

/** What a redaction left in an entry (S27). */
export interface Redaction {
  /** Epoch ms of the last one. */
  readonly at: number
  /** The {@link entryHash} of what the entry says now. */
  readonly hash: string
}

/** One record of a session, at its place now. */
export interface Entry {
  /** Assigned once within the session, counting up from 1, never reused or renumbered. */
  readonly id: number
  /** The place in what the session contains now, dense from 1 (S5); computed, so a rewrite changes it and not `id`. */
  readonly seq: number
  readonly kind: EntryKind
  readonly idempotencyKey: string | null
  /** Epoch ms as the writer gave it, or null. Data only: nothing is ordered by it (S5). */
  readonly at: number | null
  /** The JSON object in its exact text (S12). It is the truth; everything else is read out of it. */
  readonly record: string
  /** 64 hex digits: see {@link entryHash}. Of a redacted entry: of what it said before (S27). */
  readonly hash: string
  /** Who wrote it: `gateway`, `agent`, `mirror`, `import`, … */
  readonly writer: string
  readonly provenance: Provenance | null
  /** Only of an entry that a text was removed from (S27). */
  readonly redaction?: Redaction
}

/** An entry to be written. */
export interface NewEntry {
  /** Defaults to `message`. */
  readonly kind?: EntryKind
  /** The exact text of one JSON object, or a value that `JSON.stringify` turns into one. */
  readonly record: string | JsonObject
  /** Epoch ms. Defaults to null: no clock is consulted. */
  readonly at?: number | null
  /**
   * Makes a retry safe (S4): unique in its session, and of a `delivery` in the whole store. Entries without one are
   * never deduplicated.
   */
  readonly idempotencyKey?: string
  /**
   * The key of an entry that says the same. Where the session has it, nothing is stored: this entry's own key leads to
   * that one from then on, and the receipt says `already` (S4). Where it has not, the entry is stored as usual.
   */
  readonly correlation?: string
}
