// hermes-home.d.ts
import { type LegacySource } from '@faircopy/legacy-jsonl';
import { type RecordLimits } from '@faircopy/store-core';
/** How a Hermes home is read. */
export interface HermesHomeOptions {
    /**
     * The namespace of the home's own sessions; profiles are then `<namespace>/<name>`. Without it the home is `default`
     * and a profile's namespace is its name.
     */
    readonly namespace?: string;
    /** IANA name of the zone that the host kept its clock in. Without it, stamps that name no zone are no times. */
    readonly timeZone?: string;
    /** What a record may measure; a line or row over it is quarantined. Default: what a store takes. */
    readonly limits?: RecordLimits;
}
/**
 * Opens a Hermes home: its `state.db`, `sessions/sessions.json` and `sessions/*.jsonl`, and those of its profiles.
 * Sessions come from all three, each once, profile by profile and by id; no message is read for the list.
 *
 * The home is only read, and nothing is left in it. Its database is read from a private copy, which takes as much room
 * in the folder for temporary files and is removed by `close()`; a database that some process has open meanwhile is
 * copied through SQLite, in one transaction. Every session sees the same state of it.
 *
 * A database that is damaged, or none, is a problem (`database-unreadable`), and the transcripts are still given. Fails
 * with `SourceUnreadable` where there is no home, and for what can be mended: a file or folder that may not be read, no
 * room for the copy; with `SourceChanged` where the database never rests long enough; with `InvalidArgument` for a
 * namespace or a time zone that is none.
 *
 * @example
 * ```ts
 * import { openHermesHome } from '@faircopy/legacy-hermes'
 *
 * const home = await openHermesHome('.hermes', { timeZone: 'America/Los_Angeles' })
 * for await (const { namespace, id, database, file } of home.sessions()) {
 *   console.log(namespace, id, database !== null, file !== null)
 * }
 * await home.close()
 * ```
 */
export declare function openHermesHome(path: string, options?: HermesHomeOptions): Promise<LegacySource>;
// index.d.ts
export { type HermesHomeOptions, openHermesHome } from './hermes-home.ts';
export { isHermesHome } from './is-hermes-home.ts';
// is-hermes-home.d.ts
/**
 * Whether a folder looks like a Hermes home: it, or one of its profiles, has a `state.db`, an index of Hermes sessions,
 * or a `sessions/` with transcripts named as Hermes names them; or a `sessions/` with a chat message in every line that
 * a file of any name begins with, while the folder has no transcripts of its own. Never fails.
 */
export declare function isHermesHome(path: string): Promise<boolean>;
