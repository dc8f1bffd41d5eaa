import type { Codec, EntryKind, JsonObject, NewSession } from '@faircopy/store-core'

/** What an adapter makes of one line's record. */
export type DecodedLine =
  | {
      readonly as: 'entry'
      readonly kind: EntryKind
      /** Epoch ms, only where the record says so beyond doubt. */
      readonly at?: number | null
      /** Ms, a stamp without zone read as UTC. Defaults to `at`. */
      readonly stamp?: number | null
    }
  /** The line tells of the session and becomes no entry. */
  | { readonly as: 'metadata'; readonly about?: NewSession }
  /** The adapter cannot make sense of it: it is quarantined with its bytes, and the import goes on. */
  | { readonly as: 'not-understood'; readonly detail: string }

/** A line's record and where it stands. */
export interface LineRecord {
  readonly record: JsonObject
  /** 1-based. */
  readonly line: number
  /** The record's exact text: it has what is lost on parsing, as numbers past 2^53. */
  readonly text?: string
}

/**
 * Reads one JSONL format. Pure: it sees one record at a time and touches nothing. Everything about bytes, line ends,
 * damage and memory is done before it is asked.
 */
export interface FormatAdapter {
  /** As in `--format NAME`. */
  readonly name: string
  /** Reads the records it makes entries of. */
  readonly codec: Codec
  /** The zone in which it reads stamps that name none, where it was told one. */
  readonly timeZone?: string
  /** Whether a file that begins with these records (at most 10, unparsable ones left out) is of this format. */
  recognises(beginning: readonly JsonObject[], fileName: string): boolean
  /**
   * Whether a record is one that the format knows. Where it is told, a file is refused of whose beginning not nearly all
   * fits, or that is binary, has NUL bytes there or is one JSON document, also where the format was named; a name by which
   * the adapter recognises a file without records excuses damage, and so does a store that knows the file. Without it `recognises` decides alone, and a
   * format that was named takes every file.
   */
  fits?(record: JsonObject): boolean
  decode(line: LineRecord): DecodedLine
  /** The session that a file holds, by its name; null if files of that name hold none. Defaults to the name without `.jsonl`. */
  sessionId?(fileName: string): string | null
  /**
   * The session that a file's records themselves say they belong to, from those it begins with; null if they don't say.
   * It counts before the file's name, and a name that says otherwise is reported as `id-mismatch`.
   */
  claimedId?(beginning: readonly JsonObject[]): string | null
}
