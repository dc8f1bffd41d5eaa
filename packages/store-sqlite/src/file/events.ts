import type { LogHolder } from '@faircopy/store-core'

/** What a store tells beside its answers. No transcript text. */
export type StoreEvent =
  /** A commit, and how long it held the event loop (S20). */
  | {
      readonly type: 'commit'
      readonly durationMs: number
      /** How many waiting calls it carried. */
      readonly calls: number
    }
  /** The file was opened, and how long that took. */
  | { readonly type: 'opened'; readonly durationMs: number }
  /** Another process had written the main file, and how long it took to see that it was a checkpoint (S21). */
  | { readonly type: 'proved'; readonly durationMs: number }
  /** A backup was made and is on its disk, and how long that took (S25). */
  | { readonly type: 'backed-up'; readonly durationMs: number }
  /** A new log was begun, and how long that held the event loop. */
  | { readonly type: 'log-begun'; readonly durationMs: number }
  /** A checkpoint took the log in, or as much of it as readers let it, and how long that took. */
  | { readonly type: 'checkpoint'; readonly durationMs: number }
  /** The main file was lengthened by so many bytes, so that taking the log in needs no room (S26). */
  | { readonly type: 'extended'; readonly bytes: number; readonly durationMs: number }
  /** The store was made small again, and how long that took (S27). */
  | { readonly type: 'compacted'; readonly durationMs: number }
  /** A checkpoint did not run to its end; commits go on, and the log grows until one does. */
  | { readonly type: 'checkpoint-failed'; readonly cause: unknown }
  /**
   * The log grew past 64 MiB: a reader keeps its snapshot open, or checkpoints fail. Who reads now, where that can be
   * found out; null elsewhere.
   */
  | { readonly type: 'wal-growth'; readonly bytes: number; readonly holders: readonly LogHolder[] | null }
  /** The connection was dropped after an error and opened anew. */
  | { readonly type: 'reopened'; readonly cause: unknown }
  /** An import that died long ago was swept. */
  | { readonly type: 'swept'; readonly entries: number }

/** Hears what a store tells. What it throws is ignored. */
export type StoreEventListener = (event: StoreEvent) => void
