import type { EntryKind } from '@faircopy/store-core'
import type { RecordTraits } from '../formats/record-traits.ts'

/** Where a witness has an entry. */
export type LegacyPlace =
  /** 1-based line, and the byte offset of its first byte. */
  | { readonly line: number; readonly offset: number }
  /** Row id in the gateway's database, and the row's own stamp (epoch seconds, exactly as stored). */
  | { readonly row: number; readonly rowTime: string | null }

/** One entry as a witness has it, with its body. */
export interface LegacyEntry {
  readonly kind: EntryKind
  /** The record's exact text: of a file its line, of a row its stated serialisation. */
  readonly record: string
  /** Epoch ms where the source says so beyond doubt (a stamp with a zone, an epoch number); null otherwise. */
  readonly at: number | null
  /** Ms, a stamp without zone read as UTC; only ever compared roughly. Null where there is none. */
  readonly stamp: number | null
  /** What reconcile compares. A witness may compute it when it is asked for: the second pass never asks. */
  readonly traits: RecordTraits
  /** Withdrawn entries (undone, compacted away) are history, not part of what the session says. */
  readonly withdrawn: boolean
  readonly place: LegacyPlace
}
