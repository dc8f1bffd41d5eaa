import type { LogHolder } from './errors.ts'

/** What a store can tell about itself for a doctor, without reading any record. Null is what a backend does not have. */
export interface StoreFacts {
  /** `memory`, `sqlite`, … */
  readonly backend: string
  /** Names the store in cursors; a backup has another. */
  readonly storeId: string
  readonly path: string | null
  readonly schemaVersion: number | null
  /** Bytes of the store's file. */
  readonly bytes: number | null
  /** Bytes of its write-ahead log. */
  readonly walBytes: number | null
  /**
   * Processes that read the store at this moment: one that stays in its snapshot keeps the log from being taken in (S26).
   * Null also where that cannot be found out.
   */
  readonly logHolders: readonly LogHolder[] | null
  /** Calls of this store that wait to be stored, and how long the oldest has waited, in ms (S20). */
  readonly waitingWrites: number | null
  readonly oldestWaitMs: number | null
  /** Bytes in it that nothing uses: a compaction would give them back. */
  readonly freeBytes: number | null
  /** Permission bits of the file and of its folder: 0o600 and 0o700 (S24). */
  readonly fileMode: number | null
  readonly folderMode: number | null
  /** How many names the file has: more than one is a finding (S24). */
  readonly hardLinks: number | null
  /** Sessions that can be read, ended ones among them. */
  readonly sessions: number
  readonly endedSessions: number
  /** Sessions deleted and not yet pruned: they can be brought back or wait for `prune`. */
  readonly deletedSessions: number
  /** Entries that sessions contain or contained, each once, whoever stored them first: what `verify` counts. */
  readonly entries: number
  /** Those that no session contains now. */
  readonly historyEntries: number
  /** What imports left staged: work in progress, or leftovers of one that was killed (S9). */
  readonly stagedEntries: number
  /** Deliveries held for an origin (S11). */
  readonly heldDeliveries: number
}

/** Tells facts about a store. */
export interface StoreInspector {
  /** The facts as they stand. Never fails for damage that a reader would not fail for. */
  facts(): Promise<StoreFacts>
}
