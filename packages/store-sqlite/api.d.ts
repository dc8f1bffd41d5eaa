// events.d.ts
/** What a store tells beside its answers. No transcript text. */
export type StoreEvent = 
/** A commit, and how long it held the event loop (S20). */
{
    readonly type: 'commit';
    readonly durationMs: number;
    /** How many waiting calls it carried. */
    readonly calls: number;
}
/** A checkpoint did not run to its end; commits go on, and the WAL grows until one does. */
 | {
    readonly type: 'checkpoint-failed';
    readonly cause: unknown;
}
/** The WAL grew past 64 MiB: a reader keeps its snapshot open, or checkpoints fail. */
 | {
    readonly type: 'wal-growth';
    readonly bytes: number;
}
/** The connection was dropped after an error and opened anew. */
 | {
    readonly type: 'reopened';
    readonly cause: unknown;
}
/** An import that died long ago was swept. */
 | {
    readonly type: 'swept';
    readonly entries: number;
};
/** Hears what a store tells. What it throws is ignored. */
export type StoreEventListener = (event: StoreEvent) => void;
// index.d.ts
export type { StoreEvent, StoreEventListener } from './events.ts';
export { type OpenOptions, openSqliteStore } from './open-sqlite-store.ts';
export type { SqliteStore } from './sqlite-store.ts';
// open-sqlite-store.d.ts
import { type RecordLimits, type StorePolicy } from '@faircopy/store-core';
import type { StoreEventListener } from './events.ts';
import type { SqliteStore } from './sqlite-store.ts';
/** How a store is opened. */
export interface OpenOptions {
    /** The file. Made, for its owner only, where there is none. */
    readonly path: string;
    /** Never write; a missing file is an error. Defaults to false. */
    readonly readOnly?: boolean;
    /** A missing or empty file is an error. Defaults to false. */
    readonly mustExist?: boolean;
    /** How long a call waits for another process's lock, in ms. Defaults to 5000 (S20). */
    readonly busyTimeoutMs?: number;
    /** Defaults to 16 MiB and 200 levels (S12). */
    readonly recordLimits?: Partial<RecordLimits>;
    /** Goes on where processes cannot share a write-ahead log, with a rollback journal (S24). Defaults to false. */
    readonly allowUnsafeFileSystem?: boolean;
    /** How many deliveries are held and how long, and how long a deleted session can be brought back (S11, S27). */
    readonly policy?: Partial<StorePolicy>;
    /** Epoch ms, for what is stamped. Nothing is ordered by it (S5). Defaults to `Date.now`. */
    readonly now?: () => number;
    /** Hears what the store tells beside its answers. */
    readonly onEvent?: StoreEventListener;
}
/**
 * Opens the store in a file, and makes one where there is none. Refuses, before anything is written, an unsafe place
 * (S24), a stranger's file and a newer schema (S23). Several stores may be open on one file, in any number of processes
 * (S20); in one process all must come from one copy of better-sqlite3.
 *
 * Fails with `UnsupportedRuntime`, `UnsafeLocation`, `NotAStore`, `SchemaTooNew`, `StoreCorrupt`, `StoreBusy`,
 * `StoreFull`, `StoreIo`.
 *
 * @example
 * ```ts
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: 'transcripts.db' })
 * await store.append('session-1', { record: { role: 'user', content: 'hello' }, idempotencyKey: 'turn-1' }, { create: {} })
 * await store.close()
 * ```
 */
export declare function openSqliteStore(options: OpenOptions): Promise<SqliteStore>;
// sqlite-store.d.ts
import type { StoreBackup, TranscriptSearch, TranscriptStore } from '@faircopy/store-core';
/** A store in one SQLite file: the whole contract, with search and backup. */
export interface SqliteStore extends TranscriptStore, TranscriptSearch, StoreBackup {
    /** The file, with no link on the way to it. */
    readonly path: string;
    /** What a log may say of a store: never what is in it. */
    toJSON(): {
        readonly store: 'sqlite';
        readonly path: string;
    };
}
