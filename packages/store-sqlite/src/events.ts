/** What a store tells beside its answers. No transcript text. */
export type StoreEvent =
  /** A commit, and how long it held the event loop (S20). */
  | {
      readonly type: 'commit'
      readonly durationMs: number
      /** How many waiting calls it carried. */
      readonly calls: number
    }
  /** A checkpoint did not run to its end; commits go on, and the WAL grows until one does. */
  | { readonly type: 'checkpoint-failed'; readonly cause: unknown }
  /** The WAL grew past 64 MiB: a reader keeps its snapshot open, or checkpoints fail. */
  | { readonly type: 'wal-growth'; readonly bytes: number }
  /** The connection was dropped after an error and opened anew. */
  | { readonly type: 'reopened'; readonly cause: unknown }
  /** An import that died long ago was swept. */
  | { readonly type: 'swept'; readonly entries: number }

/** Hears what a store tells. What it throws is ignored. */
export type StoreEventListener = (event: StoreEvent) => void
