// chat-line.d.ts
import type { EntryKind, JsonObject, JsonValue } from '@faircopy/store-core';
/**
 * The kind of a chat record by its role. A role that no provider knows becomes the kind, so that the entry survives
 * and never reaches a model; a record without a usable role is of kind `unknown`.
 */
export declare function kindOfRole(role: JsonValue | undefined): EntryKind;
/** Whether a record is a chat message: a known role and something said or called. */
export declare function isChatMessage(record: JsonObject): boolean;
/**
 * Whether a record names its own type, as each line of Claude Code, Codex, pi and OpenClaw does, and no chat message
 * does.
 */
export declare function namesItsType(record: JsonObject): boolean;
// file-witness.d.ts
import { type RecordLimits } from '@faircopy/store-core';
import type { FormatAdapter } from './format-adapter.ts';
import type { LegacyWitness } from './legacy-source.ts';
/** A file and how to read it. */
export interface FileWitnessOptions {
    readonly path: string;
    readonly adapter: FormatAdapter;
    /** What a record may measure; a line over it is quarantined. Default: what a store takes. */
    readonly limits?: RecordLimits;
}
/**
 * One JSONL file as a witness. It is opened read-only, never through a symbolic link, and never if it is a FIFO or a
 * device. Each pass takes the file's SHA-256 and fails with `SourceChanged` if size, times or identity moved
 * meanwhile. Memory: a chunk of 256 KiB and one line.
 */
export declare function fileWitness(options: FileWitnessOptions): LegacyWitness;
// format-adapter.d.ts
import type { Codec, EntryKind, JsonObject, NewSession } from '@faircopy/store-core';
/** What an adapter makes of one line's record. */
export type DecodedLine = {
    readonly as: 'entry';
    readonly kind: EntryKind;
    /** Epoch ms, only where the record says so beyond doubt. */
    readonly at?: number | null;
    /** Ms, a stamp without zone read as UTC. Defaults to `at`. */
    readonly stamp?: number | null;
}
/** The line tells of the session and becomes no entry. */
 | {
    readonly as: 'metadata';
    readonly about?: NewSession;
}
/** The adapter cannot make sense of it: it is quarantined with its bytes, and the import goes on. */
 | {
    readonly as: 'not-understood';
    readonly detail: string;
};
/** A line's record and where it stands. */
export interface LineRecord {
    readonly record: JsonObject;
    /** 1-based. */
    readonly line: number;
}
/**
 * Reads one JSONL format. Pure: it sees one record at a time and touches nothing. Everything about bytes, line ends,
 * damage and memory is done before it is asked.
 */
export interface FormatAdapter {
    /** As in `--format NAME`. */
    readonly name: string;
    /** Reads the records it makes entries of. */
    readonly codec: Codec;
    /** Whether a file that begins with these records (at most 10, unparsable ones left out) is of this format. */
    recognises(beginning: readonly JsonObject[], fileName: string): boolean;
    decode(line: LineRecord): DecodedLine;
    /** The session that a file holds, by its name; null if files of that name hold none. Defaults to the name without `.jsonl`. */
    sessionId?(fileName: string): string | null;
}
// hermes-jsonl.d.ts
import type { FormatAdapter } from './format-adapter.ts';
import type { StampOptions } from './stamp-options.ts';
/**
 * Transcripts of the Hermes gateway, `sessions/<session id>.jsonl`, of all generations: lines of the gateway and of
 * its mirror, files rewritten without stamps by `/retry`, `/undo` and `/compress`, and files with `session_meta` at
 * any place or flattened to `null`.
 *
 * A mirrored line is of kind `delivery`, `session_meta` of that kind, a role that no provider knows is the kind itself,
 * and a line without role is of kind `unknown`. Fails with `InvalidArgument` for a time zone that is not known.
 */
export declare function hermesJsonl(options?: StampOptions): FormatAdapter;
// import-plan.d.ts
import type { HistoryReader, JsonObject, NewSession, TranscriptImporter, TranscriptReader } from '@faircopy/store-core';
import type { LegacySession, LegacySource, LegacyWitness } from './legacy-source.ts';
import type { SessionReport } from './session-report.ts';
import type { SourceProblem } from './source-problem.ts';
import type { Telling } from './telling.ts';
/** What an import asks of a store: to read what it has, and to take in sessions. */
export type ImportTarget = TranscriptReader & HistoryReader & TranscriptImporter;
/** What a session shall say, place by place: entries of the store, of the legacy side, or of both combined. */
export interface Placement {
    /** The store's `seq` at each place; 0 where the store does not have the entry. */
    readonly store: Int32Array;
    /** The index in the telling; -1 where only the store has the entry. */
    readonly told: Int32Array;
    /** 1 where an entry combined of both takes the place of the store's. */
    readonly combine: Uint8Array;
}
/** A witness that was read for a plan, and what exactly was read. */
export interface PlannedWitness {
    readonly witness: LegacyWitness;
    readonly digest: string;
    /** What its metadata lines tell of the session. */
    readonly about: NewSession;
}
/** What has to be written for a session. Of a telling only its positions are kept, not what was compared. */
export interface SessionWork {
    readonly telling: Pick<Telling, 'database' | 'file' | 'certain' | 'history'>;
    readonly database: PlannedWitness | null;
    /** Null also where its order is not known: then nothing of it is written. */
    readonly file: PlannedWitness | null;
    /** Null: the session's transcript stays as it is and only the note is written. */
    readonly placement: Placement | null;
    /** The store's head that the decision was made on; null where it did not have the session. */
    readonly expectedHead: string | null;
    readonly key: string;
    readonly certificate: JsonObject | null;
}
/** A decision about one session, made on the head that the store had then. */
export interface SessionPlan {
    readonly session: LegacySession;
    readonly report: SessionReport;
    /** Null: nothing is written at all. */
    readonly work: SessionWork | null;
}
/** Every decision of an import, before any of it is carried out. */
export interface ImportPlan {
    readonly source: LegacySource;
    /** Null where there is no store yet: a dry run into a file that does not exist. */
    readonly store: ImportTarget | null;
    readonly sessions: readonly SessionPlan[];
    /** What was found or passed over in the source as a whole. */
    readonly problems: readonly SourceProblem[];
}
// import-report.d.ts
import type { Verdict } from '@faircopy/reconcile';
import type { ImportPlan } from './import-plan.ts';
import { type LineCounts } from './line-counts.ts';
import type { SessionReport } from './session-report.ts';
import { type SourceProblem } from './source-problem.ts';
/** A source as a report names it. */
export interface SourceReport {
    readonly path: string;
    readonly format: string;
    readonly problems: readonly SourceProblem[];
}
/** Sums over all sessions. */
export interface ImportTotals {
    readonly sessions: number;
    readonly byVerdict: {
        readonly [V in Verdict]?: number;
    };
    readonly lines: LineCounts;
}
/** What an import did, or in a dry run would do. Holds no transcript text. */
export interface ImportReport {
    /** Null where nothing was written. */
    readonly importId: string | null;
    readonly dryRun: boolean;
    readonly sources: readonly SourceReport[];
    readonly sessions: readonly SessionReport[];
    readonly totals: ImportTotals;
}
/** The report of a plan that is not carried out. */
export declare function reportPlan(plan: ImportPlan): ImportReport;
/** Puts together the report of one source. */
export declare function composeReport(plan: ImportPlan, sessions: readonly SessionReport[], importId: string | null, dryRun: boolean): ImportReport;
/** Several sources' reports as one. */
export declare function joinReports(reports: readonly ImportReport[]): ImportReport;
/** Whether anything wants a person's eye: an undecided or unreadable session, or a problem that is a finding. */
export declare function hasFindings(report: ImportReport): boolean;
// index.d.ts
export { kindOfRole } from './chat-line.ts';
export { type FileWitnessOptions, fileWitness } from './file-witness.ts';
export type * from './format-adapter.ts';
export { hermesJsonl } from './hermes-jsonl.ts';
export type * from './import-plan.ts';
export * from './import-report.ts';
export { jsonlAdapters } from './jsonl-adapters.ts';
export type * from './legacy-entry.ts';
export type * from './legacy-source.ts';
export * from './line-counts.ts';
export { type JsonlSourceOptions, openJsonlSource } from './open-jsonl-source.ts';
export { openaiChatJsonl } from './openai-chat-jsonl.ts';
export { type LineFault, type ParsedLine, parseLine } from './parse-line.ts';
export { type PlanOptions, planImport } from './plan-import.ts';
export { type LineEnd, readLines, type SourceLine } from './read-lines.ts';
export * from './record-traits.ts';
export { type ImportProgress, type RunOptions, runImport } from './run-import.ts';
export type * from './session-report.ts';
export * from './source-error.ts';
export * from './source-problem.ts';
export type * from './stamp-options.ts';
export { readTimeStamp, type TimeStamp, type WallClock } from './time-stamp.ts';
export { wallClockOf } from './wall-clock.ts';
// jsonl-adapters.d.ts
import type { FormatAdapter } from './format-adapter.ts';
import type { StampOptions } from './stamp-options.ts';
/**
 * The built-in adapters, in the order in which they are asked whether they recognise a file. Fails with
 * `InvalidArgument` for a time zone that is not known.
 */
export declare function jsonlAdapters(options?: StampOptions): readonly FormatAdapter[];
// legacy-entry.d.ts
import type { EntryKind } from '@faircopy/store-core';
import type { RecordTraits } from './record-traits.ts';
/** Where a witness has an entry. */
export type LegacyPlace = 
/** 1-based line, and the byte offset of its first byte. */
{
    readonly line: number;
    readonly offset: number;
}
/** Row id in the gateway's database, and the row's own stamp (epoch seconds, exactly as stored). */
 | {
    readonly row: number;
    readonly rowTime: string | null;
};
/** One entry as a witness has it, with its body. */
export interface LegacyEntry {
    readonly kind: EntryKind;
    /** The record's exact text: of a file its line, of a row its stated serialisation. */
    readonly record: string;
    /** Epoch ms where the source says so beyond doubt (a stamp with a zone, an epoch number); null otherwise. */
    readonly at: number | null;
    /** Ms, a stamp without zone read as UTC; only ever compared roughly. Null where there is none. */
    readonly stamp: number | null;
    /** What reconcile compares. A witness may compute it when it is asked for: the second pass never asks. */
    readonly traits: RecordTraits;
    /** Withdrawn entries (undone, compacted away) are history, not part of what the session says. */
    readonly withdrawn: boolean;
    readonly place: LegacyPlace;
}
// legacy-source.d.ts
import type { NewSession, QuarantinedLine } from '@faircopy/store-core';
import type { LegacyEntry } from './legacy-entry.ts';
import type { SourceProblem } from './source-problem.ts';
/** What a witness gives, one after the other, in its own order. */
export type WitnessItem = {
    readonly as: 'entry';
    readonly entry: LegacyEntry;
}
/** A line that becomes no entry but tells of the session. */
 | {
    readonly as: 'metadata';
    readonly about?: NewSession;
} | {
    readonly as: 'blank';
}
/** `torn-tail` is its own disposition; every other reason counts as quarantined. */
 | {
    readonly as: 'quarantined';
    readonly line: QuarantinedLine & {
        readonly reason: SourceProblem['code'];
    };
    /** For people, where there is more to say than the reason. Never transcript text. */
    readonly detail?: string;
}
/** No line of its own: something to know about the line that follows, or about the source. */
 | {
    readonly as: 'remark';
    readonly problem: SourceProblem;
};
/** One pass over a witness, from its first byte or row to its last. */
export interface WitnessReading extends AsyncIterable<WitnessItem> {
    /**
     * What exactly was read: SHA-256 of the file's bytes, or of the session's rows. Hex. Known once the iteration has
     * come to its end; reading it before throws. It does not depend on where the source lies.
     */
    readonly digest: string;
}
/** A history of one session, told by a source. It is read twice: for the plan, and for its bodies. */
export interface LegacyWitness {
    readonly kind: 'file' | 'database';
    /** For people: the file's path, or the database's. */
    readonly path: string;
    /** The codec that reads its records. */
    readonly codec: string;
    /** Begins a pass. Fails with {@link SourceUnreadable}, or with `SourceChanged` where it changed while it was read. */
    read(): WitnessReading;
    /** Whether the source is, by its size, times and identity, still what the last pass read. Cheap. */
    unchanged(): Promise<boolean>;
}
/** A session that a source knows of, from any of its witnesses or its index. */
export interface LegacySession {
    readonly namespace: string;
    readonly id: string;
    readonly about: NewSession;
    /** The gateway's own database, where it has the session. On a first import it stands as canonical. */
    readonly database: LegacyWitness | null;
    readonly file: LegacyWitness | null;
}
/**
 * Legacy transcripts that can be imported. It only ever reads: nothing in it is changed, moved or left behind.
 */
export interface LegacySource {
    /** For people. */
    readonly path: string;
    /** `hermes`, or the name of the adapter; `jsonl` as long as no single one is known. */
    readonly format: string;
    /** Every session, once each, in a stable order. Bodies are not read. */
    sessions(): AsyncIterable<LegacySession>;
    /** What was found or passed over while looking; complete once `sessions()` has ended. */
    readonly problems: readonly SourceProblem[];
    /** Lets go of handles and private copies. */
    close(): Promise<void>;
}
// line-counts.d.ts
/**
 * What became of a source line. Each line has exactly one, and they sum to the file's line count.
 *
 * - `imported`: became an entry
 * - `matched`: was an entry of the canonical side already, live or history
 * - `withheld`: an entry of an ambiguous session, left where it is
 * - `metadata`: tells of the session and becomes no entry
 * - `blank`, `quarantined`, `tornTail`: no entry
 */
export type LineDisposition = 'imported' | 'matched' | 'withheld' | 'metadata' | 'blank' | 'quarantined' | 'tornTail';
/** How many lines a file has, and how many of each disposition. */
export type LineCounts = {
    readonly [D in LineDisposition | 'total']: number;
};
/** The counts of a session without a file. */
export declare const NO_LINES: LineCounts;
// open-jsonl-source.d.ts
import { type RecordLimits } from '@faircopy/store-core';
import type { FormatAdapter } from './format-adapter.ts';
import type { LegacySource } from './legacy-source.ts';
/** How a source is read. */
export interface JsonlSourceOptions {
    /** The format, where it is known. Every file is then read with it. */
    readonly adapter?: FormatAdapter;
    /**
     * Adapters to choose from, each file's the first that recognises it. Default: {@link jsonlAdapters}. To add one of
     * your own: `[mine, ...jsonlAdapters()]`.
     */
    readonly adapters?: readonly FormatAdapter[];
    /** Of the sessions. Defaults to the store's default one. */
    readonly namespace?: string;
    /** What a record may measure; a line over it is quarantined. Default: what a store takes. */
    readonly limits?: RecordLimits;
    /** For the built-in adapters: the zone of stamps that name none. */
    readonly timeZone?: string;
}
/**
 * Opens a JSONL file, or a folder of such files, as a source of sessions. A session's id is its file's name without
 * `.jsonl`, unless the adapter says otherwise.
 *
 * Of a folder, the files named `*.jsonl` that lie directly in it are read, in the order of their ids, byte for byte.
 * Everything else in it, files of other names, folders, snapshots, drafts, is listed as `ignored`. What cannot be
 * read or recognised is a problem, and the others go on. Symbolic links are not followed, save that `path` itself may
 * lead to a folder by one. A file named by `path` is read whatever its name.
 *
 * Fails with `SourceUnreadable` if there is nothing at `path`, or a folder that cannot be listed.
 *
 * @example
 * ```ts
 * import { openJsonlSource } from '@faircopy/legacy-jsonl'
 *
 * const source = await openJsonlSource('sessions', { timeZone: 'Europe/Berlin' })
 * for await (const session of source.sessions()) console.log(session.id)
 * for (const problem of source.problems) console.log(problem.code, problem.path)
 * await source.close()
 * ```
 */
export declare function openJsonlSource(path: string, options?: JsonlSourceOptions): Promise<LegacySource>;
// openai-chat-jsonl.d.ts
import type { FormatAdapter } from './format-adapter.ts';
import type { StampOptions } from './stamp-options.ts';
/**
 * Plain chat messages of the OpenAI shape, one a line, as many home-made gateways keep them. A header
 * `{"_type":"metadata",…}`, as nanobot writes it, tells of the session: its `created_at` is the session's start, and
 * all of it is kept in the session's `meta` under `header`. `timestamp`, `created_at`, `created` and `ts` are read as
 * stamps.
 *
 * A whole conversation in one line (`{"messages":[…]}`) is not taken apart, as its messages have no lines of their own
 * that could be accounted for: it is quarantined, with its bytes. Fails with `InvalidArgument` for a time zone that is
 * not known.
 */
export declare function openaiChatJsonl(options?: StampOptions): FormatAdapter;
// parse-line.d.ts
import { type JsonObject, type RecordLimits } from '@faircopy/store-core';
import type { SourceLine } from './read-lines.ts';
/** Why a line is no record. */
export type LineFault = 
/** The file's last line has no line end and is the beginning of a JSON object. */
'torn-tail' | 'invalid-json' | 'invalid-utf8' | 'not-an-object' | 'several-values' | 'nul-bytes' | 'too-long' | 'too-deep';
/** What a line holds. */
export type ParsedLine = {
    readonly as: 'record';
    /** The line's exact text. */
    readonly text: string;
    readonly record: JsonObject;
    /** Whether a member name stands twice in the record itself, not in what it contains. */
    readonly duplicateMember: boolean;
} | {
    readonly as: 'blank';
} | {
    readonly as: 'fault';
    readonly fault: LineFault;
};
/** Reads a line as a record. Pure; every input has an answer, and nothing is thrown whatever the bytes. */
export declare function parseLine(line: SourceLine, limits: RecordLimits): ParsedLine;
// plan-import.d.ts
import type { ImportPlan, ImportTarget } from './import-plan.ts';
import type { LegacySource } from './legacy-source.ts';
/** How an import is planned. */
export interface PlanOptions {
    /** Told after each session. */
    readonly onProgress?: (done: {
        readonly sessions: number;
        readonly id: string;
    }) => void;
    readonly signal?: AbortSignal;
}
/**
 * Decides, for every session of a source, what an import will do, and writes nothing anywhere. {@link runImport}
 * carries out this very plan; a dry run stops here. Pass null for a store that does not exist yet.
 *
 * A session that two files of the source tell is planned once where the files are equal; otherwise the later one is
 * reported, and importing it by itself lets it meet what the store has by then.
 *
 * Cost: reads the source once; memory of about 200 bytes for an entry of the session at hand, 10 for every other.
 *
 * @example
 * ```ts
 * import { openJsonlSource, planImport, runImport } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: '/tmp/transcripts.db' })
 * const source = await openJsonlSource('/tmp/old-sessions')
 * const plan = await planImport(source, store)
 * console.log(plan.sessions.map(({ report }) => `${report.id}: ${report.verdict}`))
 * const report = await runImport(plan)
 * console.log(report.totals)
 * await source.close()
 * await store.close()
 * ```
 */
export declare function planImport(source: LegacySource, store: ImportTarget | null, options?: PlanOptions): Promise<ImportPlan>;
// read-lines.d.ts
/** How a line ended. `\r` alone only at the very end of a file that was cut between the two bytes of a CRLF. */
export type LineEnd = '\n' | '\r\n' | '\r' | '';
/** A line of a file, as bytes. */
export interface SourceLine {
    /** 1-based. */
    readonly line: number;
    /** Byte offset of the line's first byte in the file. */
    readonly offset: number;
    /** Length in bytes, the line end not counted. */
    readonly length: number;
    /**
     * The bytes, the line end not counted; null where they are more than the limit. A view that holds until the next
     * batch is asked for: copy what is kept longer.
     */
    readonly bytes: Uint8Array | null;
    readonly end: LineEnd;
}
/**
 * Splits bytes into lines. A line ends at byte 0x0A and nowhere else; one 0x0D before it belongs to the line end. A
 * UTF-8 byte order mark at the start of the file belongs to no line: line 1 then stands at offset 3. The lines and
 * their ends, one after the other, are the file.
 *
 * Lines come in batches, those that a chunk completed at once. Memory: one chunk and one line of at most `maxBytes`;
 * a longer line is passed over and counted.
 *
 * @param chunks Each may be reused by its owner once the next one is asked for.
 * @param maxBytes Bytes that a line may have, its line end not counted.
 */
export declare function readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<readonly SourceLine[], void, undefined>;
// record-traits.d.ts
import { type Codec, type EntryKind, type JsonObject, type JsonValue } from '@faircopy/store-core';
/** What reconcile may know of a record: never its text. */
export interface RecordTraits {
    /** Equal iff two records say the same: role, content (null is ""), tool calls, tool_call_id. SHA-256 in base64url. */
    readonly fingerprint: string;
    readonly nativeId: string | null;
    /** Whether it could be an anchor by itself: a native id, a tool call or its result, or 16 characters and more. */
    readonly distinctive: boolean;
    /** `session_meta` only: whether it carries anything. */
    readonly meta: 'payload' | 'flattened' | null;
    /**
     * Names and short hashes of the members that the fingerprint leaves out, stamps and nulls excepted: one text, read
     * by {@link fieldMap}, because a plan keeps one for every entry.
     */
    readonly fields: string;
}
/** The traits of a record. Pure; the same for a line, a row and a stored entry that say the same. */
export declare function recordTraits(kind: EntryKind, record: JsonObject, codec: Codec): RecordTraits;
/** The hashes in {@link RecordTraits.fields}, by member name. */
export declare function fieldMap(fields: string): ReadonlyMap<string, string>;
/** JSON with members sorted by name, so that two writers' key orders say the same. */
export declare function canonicalJson(value: JsonValue): string;
// run-import.d.ts
import { type ImportRun } from '@faircopy/store-core';
import type { ImportPlan } from './import-plan.ts';
import { type ImportReport } from './import-report.ts';
/** How far an import is. */
export interface ImportProgress {
    /** Sessions done with, of so many. */
    readonly sessions: number;
    readonly of: number;
    /** Entries written so far. */
    readonly entries: number;
    /** The session at hand. */
    readonly id: string;
}
/** How an import is run. */
export interface RunOptions {
    /** Told after each session, and now and then within a long one. */
    readonly onProgress?: (progress: ImportProgress) => void;
    /** Stops between sessions, or within one, which then leaves nothing visible. The signal's reason is thrown. */
    readonly signal?: AbortSignal;
    /** The run's id and time, where several sources are one import. Defaults to a new one. */
    readonly run?: Pick<ImportRun, 'id' | 'at'>;
}
/**
 * Carries out a plan, session by session. Each becomes visible whole or not at all (S9); one that fails is reported and
 * stops no other. A session whose source or store moved on since the plan is planned again. The same content again
 * writes nothing, wherever it lies.
 *
 * Fails only with what no later session could survive: errors of the store as a whole (`StoreFull`, `StoreIo`,
 * `StoreReplaced`, …) and the signal's reason. What was imported until then stays; running it again goes on.
 */
export declare function runImport(plan: ImportPlan, options?: RunOptions): Promise<ImportReport>;
// scanned-witness.d.ts
import type { WitnessEntry } from '@faircopy/reconcile';
import type { NewSession } from '@faircopy/store-core';
import type { LegacyWitness } from './legacy-source.ts';
import { type RecordTraits } from './record-traits.ts';
import type { SourceProblem } from './source-problem.ts';
/** What one pass over a witness left in memory: fingerprints and numbers, no bodies. */
export interface ScannedWitness {
    readonly witness: LegacyWitness;
    readonly digest: string;
    /** What the witness says, in its order. */
    readonly entries: readonly WitnessEntry[];
    /** Of each of `entries`, its index among all entries of the pass. */
    readonly positions: readonly number[];
    /** What it said and withdrew. */
    readonly history: readonly WitnessEntry[];
    readonly historyPositions: readonly number[];
    /** Of each entry of the pass, the byte offset of its line or the id of its row. */
    readonly places: readonly number[];
    /** How many lines became no entry, by disposition; rows have none. */
    readonly lines: {
        readonly metadata: number;
        readonly blank: number;
        readonly quarantined: number;
        readonly tornTail: number;
    };
    readonly problems: readonly SourceProblem[];
    /** What its metadata lines tell of the session, the last word counting. */
    readonly about: NewSession;
}
/** An entry as reconcile sees it. Its field hashes are unpacked only when asked for. */
export declare class TraitsEntry implements WitnessEntry {
    #private;
    readonly fingerprint: string;
    readonly distinctive: boolean;
    readonly nativeId?: string;
    readonly stamp?: number;
    readonly meta?: 'payload' | 'flattened';
    /** `shared` gives one text for equal ones: most entries of a session have the same few members. */
    constructor(traits: RecordTraits, stamp: number | null, shared?: Map<string, string>);
    get fields(): ReadonlyMap<string, string>;
}
/** Reads a witness once, keeping what reconcile needs. Memory: about 200 bytes an entry. */
export declare function scanWitness(witness: LegacyWitness, signal?: AbortSignal): Promise<ScannedWitness>;
// session-report.d.ts
import type { AmbiguousReason, Verdict } from '@faircopy/reconcile';
import type { LineCounts } from './line-counts.ts';
import type { SourceProblem } from './source-problem.ts';
/** What an import does to a session of the store. */
export type SessionAction = 'created' | 'extended' | 'replaced' | 'unchanged';
/** Entries without `session_meta`. */
export interface EntryCounts {
    readonly canonical: number;
    readonly legacy: number;
    /** Null for `ambiguous`. */
    readonly merged: number | null;
    /** Legacy entries that join the canonical ones. */
    readonly added: number;
}
/** Why a session is not brought over whole. */
export type SessionReason = AmbiguousReason | 'no-usable-entry' | 'failed';
/** What an import does, or did, with one session. Holds no transcript text. */
export interface SessionReport {
    readonly namespace: string;
    readonly id: string;
    readonly verdict: Verdict;
    readonly action: SessionAction;
    /** For `ambiguous` and `unreadable`, and where the session failed. */
    readonly reason?: SessionReason;
    readonly entries: EntryCounts;
    readonly lines: LineCounts;
    /** How many blocks the database told more than once by mistake, where it did. */
    readonly stutter?: number;
    /** Entries that took members from the other witness. */
    readonly combined?: number;
    readonly problems: readonly SourceProblem[];
}
// source-error.d.ts
/** A source, or one of its witnesses, cannot be read. */
export declare class SourceUnreadable extends Error {
    readonly code = "SOURCE_UNREADABLE";
    readonly path: string;
    constructor(path: string, what: string, cause?: unknown);
}
/** A source changed while it was read, or since it was planned. */
export declare class SourceChanged extends Error {
    readonly code = "SOURCE_CHANGED";
    readonly path: string;
    constructor(path: string);
}
// source-problem.d.ts
/** A stable code. Branch on it, never on `detail`. */
export type SourceProblemCode = 
/** A file that is no transcript: listed, not read. */
'ignored'
/** The last line has no line end and is an incomplete JSON prefix. */
 | 'torn-tail'
/** A byte order mark at the start of the file, skipped. */
 | 'byte-order-mark'
/** The witnesses tell a member differently; both values are kept. */
 | 'field-conflict'
/** A member name stands twice in one record; readers differ on which counts. The text is kept. */
 | 'duplicate-member' | 'invalid-json' | 'invalid-utf8' | 'not-an-object' | 'several-values' | 'nul-bytes' | 'too-long' | 'too-deep'
/** The adapter could not make sense of a record. */
 | 'not-understood' | 'unreadable-file' | 'not-a-regular-file' | 'symbolic-link' | 'index-unreadable' | 'database-unreadable' | 'database-too-new'
/** The index names a session of which nothing else is left. */
 | 'missing-transcript' | 'unusable-session-id'
/** Two files tell one session and neither continues the other. */
 | 'several-files'
/** It kept changing while it was read. */
 | 'source-changed'
/** The session could not be imported; others were. */
 | 'session-failed';
/** Something about a source that a person should know. Never transcript text. */
export interface SourceProblem {
    readonly code: SourceProblemCode;
    /** The file or folder. */
    readonly path: string;
    /** 1-based line. */
    readonly line?: number;
    /** Byte offset of the line. */
    readonly offset?: number;
    readonly detail: string;
}
/** Whether a problem is a finding: something was not brought over whole, and a person should look. */
export declare function isFinding(problem: SourceProblem): boolean;
// stamp-options.d.ts
/** How an adapter reads stamps. */
export interface StampOptions {
    /**
     * IANA name of the zone that the gateway's host kept its clock in, such as `Europe/Berlin`. Stamps without zone then
     * give `at`; an hour that came twice is taken to be the earlier. Without it they give none.
     */
    readonly timeZone?: string;
}
// telling.d.ts
import { type Reconciliation, type WitnessEntry } from '@faircopy/reconcile';
import type { ScannedWitness } from './scanned-witness.ts';
/** Why an entry of the database is stored as history and not as something the session says. */
export type HistoryStanding = 'withdrawn' | 'repeat';
/**
 * What the legacy side says as one: its database and its file merged, or the one there is. Positions are those of the
 * witnesses' passes; -1 where a witness does not tell the entry.
 */
export interface Telling {
    readonly entries: readonly WitnessEntry[];
    readonly database: Int32Array;
    readonly file: Int32Array;
    /** 1 where both tell it and no equally short merge pairs them otherwise: their members may be combined. */
    readonly certain: Uint8Array;
    /** Database positions that are history. */
    readonly history: ReadonlyMap<number, HistoryStanding>;
    /** The fingerprint of each of `history`. */
    readonly historyFingerprints: ReadonlyMap<number, string>;
    /** How many certain pairs give the file's record members that it lacks. */
    readonly combined: number;
    /** Members that certain pairs tell differently, and how many pairs do. */
    readonly conflicts: ReadonlyMap<string, number>;
    /** How database and file were merged; null where there was only one of them. */
    readonly pairing: Reconciliation | null;
}
/** Merges the witnesses of a source. Where their order is not known the database alone is told. */
export declare function tell(database: ScannedWitness | null, file: ScannedWitness | null): Telling;
// time-stamp.d.ts
import type { JsonValue } from '@faircopy/store-core';
/** When a record says it was written. */
export interface TimeStamp {
    /** Epoch ms, where the record says so beyond doubt; null otherwise. */
    readonly at: number | null;
    /** Ms; a stamp without zone is read as UTC. Null where there is none. */
    readonly stamp: number | null;
}
/** The instant, in epoch ms, at which clocks of some zone show a wall time, given as if it were UTC. */
export type WallClock = (wallTime: number) => number;
/**
 * Reads a stamp: a number of seconds (below 1e11), milliseconds (below 1e14) or microseconds (below 1e17) since the
 * epoch, rounded to milliseconds, or ISO 8601 text, cut off below them. Anything else, and any time before March 1973,
 * is no stamp: the record keeps it, and nothing is made of it.
 *
 * @param wallClock Turns stamps without zone into instants. Without it they have no `at`.
 */
export declare function readTimeStamp(value: JsonValue | undefined, wallClock?: WallClock): TimeStamp;
/** Whether a value is ISO text that names no zone. */
export declare function isNaiveStamp(value: JsonValue | undefined): boolean;
// wall-clock.d.ts
import type { WallClock } from './time-stamp.ts';
/**
 * The clocks on the wall of an IANA time zone (`Europe/Berlin`). A wall time that comes twice, when clocks go back, is
 * taken to be the earlier; one that never comes, when they go forward, is read with the offset from before. Fails with
 * `InvalidArgument` for a zone that is not known.
 */
export declare function wallClockOf(timeZone: string): WallClock;
