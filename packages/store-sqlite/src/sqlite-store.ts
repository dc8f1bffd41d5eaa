import type { StoreBackup, TranscriptSearch, TranscriptStore } from '@faircopy/store-core'

/** A store in one SQLite file: the whole contract, with search and backup. */
export interface SqliteStore extends TranscriptStore, TranscriptSearch, StoreBackup {
  /** The file, with no link on the way to it. */
  readonly path: string
  /** What a log may say of a store: never what is in it. */
  toJSON(): { readonly store: 'sqlite'; readonly path: string }
}
