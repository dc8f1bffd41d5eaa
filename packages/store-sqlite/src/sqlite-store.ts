import type { TranscriptSearch, TranscriptStore } from '@faircopy/store-core'
import type { StoreBackup, StoreCompactor } from '@faircopy/store-core/operator'

/** A store in one SQLite file: the whole contract, with search, backup and compaction. */
export interface SqliteStore extends TranscriptStore, TranscriptSearch, StoreBackup, StoreCompactor {
  /** The file, with no link on the way to it. */
  readonly path: string
  /** What a log may say of a store: never what is in it. */
  toJSON(): { readonly store: 'sqlite'; readonly path: string }
}
