// appender.d.ts
import type { EntryKind, NewEntry } from './entry.ts';
import type { Origin } from './origin.ts';
import type { Receipt, ReceiptEntry } from './receipt.ts';
import type { NewSession } from './session.ts';
import type { SessionRef } from './session-ref.ts';
/** How an append is made. */
export interface AppendOptions {
    /** Who writes. Defaults to `gateway`. A narrow appender stamps its own, whatever is given here. */
    readonly writer?: string;
    /** The session's revision as the caller read it; another one is `RevisionConflict` (S6). */
    readonly expectedRevision?: number;
    /** What to do when a key was used for another record: fail with `KeyConflict` (default) or keep the first (S4). */
    readonly onConflict?: 'refuse' | 'first';
    /** Creates the session in the same transaction where it does not exist (S10). An origin says `whenAbsent` instead. */
    readonly create?: NewSession;
}
/** Appends to a session by its id. */
export interface SessionAppender {
    /**
     * Appends entries at the end of a session, all or none (S2). When the promise resolves they are durable (S1); when
     * it rejects, the error's `outcome` says whether they may be stored (S3).
     *
     * Entries get dense places in call order; concurrent calls of any number of processes leave no gap and no duplicate
     * (S5). Calls that wait together share one commit. A key used before is a no-op that returns the first entry's place
     * (S4), checked before the revision (S6). An empty list writes nothing and answers with the session as it stands.
     * Records are kept byte for byte (S12), and a damaged index never fails an append (S18).
     *
     * The key of an entry of kind `delivery` is unique in the whole store (S4): a delivery that is stored in another
     * session is `already`, with that session in its receipt, and is not stored again. A call of which every entry is
     * such a delivery is answered from there, before its own session is looked up. One that is held for an origin (S11)
     * is placed here and held no longer.
     *
     * Fails with `NoSession`, `SessionDeleted`, `KeyConflict`, `RevisionConflict`, `InvalidRecord`, `SessionFull`,
     * `StoreBusy`, `StoreFull`, `StoreIo`, `StoreReplaced`, `StoreCorrupt`.
     *
     * Cost: one commit for all calls that wait; O(entries), whatever the session's length.
     */
    append(session: SessionRef, entries: NewEntry | readonly NewEntry[], options?: AppendOptions): Promise<Receipt>;
}
/** A session found by where its messages come from, inside the write's own transaction (S10). */
export interface OriginTarget {
    /** Defaults to the default one. Origins never match across namespaces. */
    readonly namespace?: string;
    /** What is named must be so: see {@link matchesOrigin}. */
    readonly origin: Origin;
    /**
     * No live session: fail with `NoSession` (default), hold the deliveries for the session that comes (S11), or create
     * one, whose origin is the target's unless it is given its own.
     */
    readonly whenAbsent?: 'refuse' | 'hold' | {
        readonly create: NewSession & {
            readonly id: string;
        };
    };
}
/** What an append to an origin returns when it was held (S11). */
export interface HeldReceipt {
    readonly held: true;
    /** How many deliveries are held for exactly this origin now. */
    readonly waiting: number;
    /** One for each entry of the call, in its order: whether its key was held before, and for another record. */
    readonly entries: readonly Pick<ReceiptEntry, 'already' | 'differs'>[];
}
/** Appends to a session by its id or by its origin. This is all that a mirror gets. */
export interface TranscriptAppender extends SessionAppender {
    append(session: SessionRef, entries: NewEntry | readonly NewEntry[], options?: AppendOptions): Promise<Receipt>;
    /**
     * As above, for the one live session that an origin means, resolved inside the transaction (S10). Several are
     * `AmbiguousOrigin` with the candidates; never "the newest", and never one that has ended.
     *
     * With `whenAbsent: 'hold'`, entries of kind `delivery` (others are `InvalidArgument`) are kept durably until a live
     * session of that origin is created, and become its first entries in that transaction, once (S11). They are bounded
     * in number, beyond which the call is `HoldFull`, and in age, after which they are forgotten: see
     * {@link StorePolicy}.
     */
    append(target: OriginTarget, entries: NewEntry | readonly NewEntry[], options?: AppendOptions): Promise<Receipt | HeldReceipt>;
}
/** What a narrow appender may do. */
export interface AppenderScope {
    /** Stamped on everything it writes. */
    readonly writer: string;
    /** The kinds it may write; any other is `KindRefused`, and nothing of the call is stored. */
    readonly kinds: readonly EntryKind[];
}
/** Hands out narrow appenders. */
export interface AppenderSource {
    /** An appender that can write entries of `kinds` as `writer`, and nothing else. */
    appender(scope: AppenderScope): TranscriptAppender;
}
// capability.d.ts
import type { AppenderSource, SessionAppender, TranscriptAppender } from './appender.ts';
import type { ChangeReader } from './changes.ts';
import type { StoreInspector } from './facts.ts';
import type { HistoryReader } from './history.ts';
import type { TranscriptImporter } from './importer.ts';
import type { TranscriptReader } from './reader.ts';
import type { SessionRemover, StoreBackup } from './remover.ts';
import type { SessionForker, SessionRewriter } from './rewriter.ts';
import type { RouteStore } from './routes.ts';
import type { TranscriptSearch } from './search.ts';
import type { SessionCreator, SessionUpdater } from './session.ts';
import type { TranscriptVerifier } from './verifier.ts';
/** Every capability of a store, by name, and the interface that has it. */
export interface CapabilityInterfaces {
    readonly read: TranscriptReader;
    readonly history: HistoryReader;
    readonly append: SessionAppender;
    readonly 'append-to-origin': TranscriptAppender;
    readonly 'narrow-appender': AppenderSource;
    readonly create: SessionCreator;
    readonly update: SessionUpdater;
    readonly replace: SessionRewriter;
    readonly fork: SessionForker;
    readonly routes: RouteStore;
    readonly import: TranscriptImporter;
    readonly remove: SessionRemover;
    readonly changes: ChangeReader;
    readonly verify: TranscriptVerifier;
    readonly facts: StoreInspector;
    readonly search: TranscriptSearch;
    readonly backup: StoreBackup;
}
/** The name of a capability. */
export type Capability = keyof CapabilityInterfaces;
/** A store that has at least these capabilities: `StoreWith<'read' | 'append'>`. */
export type StoreWith<C extends Capability> = {
    readonly [K in C]: (store: CapabilityInterfaces[K]) => void;
}[C] extends (store: infer S) => void ? S : never;
/** The methods of each capability. Which object has a capability is told by them; an origin's append only by asking. */
export declare const CAPABILITY_METHODS: {
    readonly [C in Capability]: readonly (keyof CapabilityInterfaces[C])[];
};
// change-cursor.d.ts
/** A cursor of `changes`: the store it belongs to, and how many changes lie before it (S19). */
export declare function encodeChangeCursor(storeId: string, position: number): string;
/**
 * The position in a cursor of `changes`. Fails with `CursorStale` where it names another store or lies beyond `last`,
 * the store's own position: a backup was restored (S19). Fails with `InvalidArgument` for anything else.
 */
export declare function decodeChangeCursor(cursor: string, storeId: string, last: number): number;
// changes.d.ts
import type { SessionAddress } from './session-ref.ts';
/** What happened to a session last. A fork, an import and an undelete that bring a session are `created`. */
export type ChangeKind = 'created' | 'appended' | 'replaced' | 'updated' | 'deleted';
/** A session that changed, at the place of its last change. */
export interface SessionChange {
    readonly session: Required<SessionAddress>;
    /** The last change. An import into a session and a redaction are `replaced`. */
    readonly change: ChangeKind;
    readonly revision: number;
    /** Another generation than the one you remember: what you read of the session must be read again. */
    readonly generation: number;
}
/** Changes in commit order, and where to go on. */
export interface ChangePage {
    readonly changes: readonly SessionChange[];
    /** For the next call, also when there was nothing. Names its store; a restored backup makes it `CursorStale`. */
    readonly cursor: string;
}
/** How many changes are wanted. */
export interface ChangeOptions {
    /** At most so many, 1 to 1000. Defaults to 100. */
    readonly limit?: number;
}
/** Tells which sessions changed (S19). */
export interface ChangeReader {
    /**
     * Every session that changed since `cursor` (from the beginning without one), in commit order, across processes;
     * deleted ones too (S19). A session that changed several times since is told once, at the place of its last change:
     * nothing is missed, and the answer is bounded by the number of sessions. There is more until a page is empty.
     *
     * Fails with `CursorStale` for a cursor of another store, or of a state that this one never had, and with
     * `InvalidArgument` for one that no store made.
     *
     * Cost: O(limit).
     */
    changes(cursor?: string, options?: ChangeOptions): Promise<ChangePage>;
    /**
     * Resolves once there is something after `cursor`, at once if there is already, without polling hard; wakes for
     * writes of other processes too (S19). Rejects with the signal's reason when aborted, and fails as `changes` does.
     */
    waitForChange(cursor: string, options?: {
        readonly signal?: AbortSignal;
    }): Promise<void>;
}
// codec.d.ts
import type { JsonObject, JsonValue } from './json.ts';
/** A piece of a message's content. */
export type ContentPart = {
    readonly type: 'text';
    readonly text: string;
}
/** Anything that is not text, as it stands in the record. */
 | {
    readonly type: 'other';
    readonly value: JsonValue;
};
/** A tool call that a message makes. */
export interface ToolCall {
    readonly id: string | null;
    readonly name: string | null;
    /** The arguments as they stand in the record: usually JSON in a string, kept even where it is not valid. */
    readonly arguments: JsonValue;
}
/** What is read out of a record. A view: it can be recomputed at any time, and the record is the truth. */
export interface MessageView {
    readonly role: string | null;
    /** The content exactly as the record has it, decoded; null where there is none. */
    readonly content: JsonValue;
    readonly parts: readonly ContentPart[];
    readonly toolCalls: readonly ToolCall[];
    /** The raw tool calls as the record has them. */
    readonly rawToolCalls: JsonValue;
    /** Of a tool's result: the call that it answers. */
    readonly toolCallId: string | null;
    /** The readable text of the content, for people and for search. */
    readonly text: string;
    /** An id that the gateway, agent or provider gave the message itself. */
    readonly nativeId: string | null;
    /** Where the message was delivered from, if it is a copy of a delivery. */
    readonly deliveredFrom: string | null;
    /** Every member that the view does not name: nothing is forgotten. */
    readonly rest: JsonObject;
}
/** Reads records of one shape. Pure; never throws for a JSON object, however odd. */
export interface Codec {
    readonly name: string;
    view(record: JsonObject): MessageView;
}
// codecs.d.ts
import type { Codec } from './codec.ts';
/**
 * The codec of a name, looked for among `own` first, then among the built-in ones. An unknown name gets the
 * `openai-chat` one, which reads what it can of any object: a transcript is never unreadable for want of a codec.
 */
export declare function codecNamed(name: string, own?: readonly Codec[]): Codec;
// conformance.d.ts
export { CONFORMANCE_CASES, type Invariant } from './conformance/cases.ts';
export type { ConformanceCase } from './conformance/conformance-case.ts';
export { type ConformanceProcess, type Facility, NEEDS, type Need, type StoreFaults, } from './conformance/facility.ts';
export type { ProcessChannel } from './conformance/process-channel.ts';
export { serveConformance } from './conformance/serve.ts';
export { type ConformanceRun, conformanceRuns, storeConformance, } from './conformance/store-conformance.ts';
export type { ConformanceSubject, StoreSettings, TestRunner } from './conformance/subject.ts';
export type { Trial } from './conformance/trial.ts';
// conformance/cases.d.ts
import type { ConformanceCase } from './conformance-case.ts';
/** The number of an invariant of the contract. */
export type Invariant = `S${number}`;
/** Every case, by the invariant that it holds a store to. S28 is the run itself: see {@link storeConformance}. */
export declare const CONFORMANCE_CASES: ReadonlyMap<Invariant, readonly ConformanceCase[]>;
// conformance/conformance-case.d.ts
import type { Need } from './facility.ts';
import type { StoreSettings } from './subject.ts';
import type { StoreNeeding, Trial } from './trial.ts';
/** One thing that the contract promises, shown on a store. */
export interface ConformanceCase {
    /** What holds, as a sentence. Its title in a report begins with the number of the invariant. */
    readonly name: string;
    /** Without these the case cannot be carried out. */
    readonly needs: readonly Need[];
    readonly settings: StoreSettings;
    run(trial: Trial<never>): Promise<void>;
}
/** Writes a case: `run` gets a store that has what the case needs, and no more. */
export declare function conformanceCase<const N extends readonly Need[]>(name: string, needs: N, run: (trial: Trial<StoreNeeding<N[number]>>) => Promise<void>, settings?: StoreSettings): ConformanceCase;
// conformance/facility.d.ts
import { type Capability } from '../capability.ts';
import type { ProcessChannel } from './process-channel.ts';
/** What a backend's test set-up can do beside the store's own methods. Each may be declined, with a reason. */
export type Facility = 
/** What was written is there when the place is opened again. */
'reopen'
/** Several processes can use one place. */
 | 'processes'
/** `open` takes the clock from its settings. */
 | 'clock'
/** The store is a file, and `facts` tells its permissions. */
 | 'private-file' | `fault:${keyof StoreFaults}`;
/** What a case may need: a capability of the store, or a facility of the set-up. */
export type Need = Capability | Facility;
/** Ways to do harm to a store from outside. */
export interface StoreFaults {
    /** Holds the store's lock, as another writer would; call what it gives to let go. */
    readonly lock: (place: string) => Promise<() => Promise<void> | void>;
    /** Puts another store's file in the place of the one that is open. */
    readonly replace: (place: string) => Promise<void> | void;
    /** Damages the structure of a closed store's file, so that reading it must fail. */
    readonly damage: (place: string) => Promise<void> | void;
    /** Changes the text of a record of a closed store behind its back, its structure being left whole. */
    readonly tamper: (place: string) => Promise<void> | void;
    /** Makes a closed store look as if a newer version had written it. */
    readonly newer: (place: string) => Promise<void> | void;
    /** Leaves no room for what the open store writes; call what it gives to make room again. */
    readonly fill: (place: string) => Promise<() => Promise<void> | void>;
}
/** Every fault, by name. */
export declare const FAULTS: readonly (keyof StoreFaults)[];
/** Every facility, by name. */
export declare const FACILITIES: readonly Facility[];
/** Everything that a case may need. */
export declare const NEEDS: readonly Need[];
/** A process that serves the store of a place: see {@link serveConformance}. */
export interface ConformanceProcess extends ProcessChannel {
    /** Ends it as SIGKILL does; resolves once it is gone. */
    kill(): Promise<void>;
}
// conformance/process-channel.d.ts
/** How two processes tell each other JSON values: `process.send` and `process.on('message')`, say. */
export interface ProcessChannel {
    send(message: unknown): void;
    /** The listener gets every message from now on. */
    receive(listener: (message: unknown) => void): void;
}
// conformance/remote-store.d.ts
import type { AppendOptions } from '../appender.ts';
import type { NewEntry } from '../entry.ts';
import type { Receipt } from '../receipt.ts';
import type { ConformanceProcess } from './facility.ts';
import type { RemoteImport } from './serve.ts';
/** A store that another process serves. */
export interface RemoteStore {
    append(session: string, entries: NewEntry | readonly NewEntry[], options?: AppendOptions): Promise<Receipt>;
    /** Begins an import that never ends; resolves once it has taken all its steps. */
    hangInImport(plan: Omit<RemoteImport, 'hangs'>): Promise<void>;
    /** Ends the process as SIGKILL does. */
    kill(): Promise<void>;
}
/** The store that a process serves. */
export declare function remoteStore(process: ConformanceProcess): RemoteStore;
// conformance/serve.d.ts
import type { ImportStep, SessionImport } from '../importer.ts';
import type { ProcessChannel } from './process-channel.ts';
/** A call of one of the store's methods, in another process. */
export interface RemoteCall {
    readonly call: number;
    readonly method: string;
    readonly args: readonly unknown[];
}
/** What became of a call. */
export type RemoteAnswer = {
    readonly call: number;
    readonly did: unknown;
} | {
    readonly call: number;
    readonly failed: {
        readonly code: string | null;
        readonly message: string;
    };
};
/** The plan of an import in JSON: its steps as a list, and whether it never comes to their end. */
export interface RemoteImport extends Omit<SessionImport, 'steps' | 'confirm' | 'signal'> {
    readonly steps: readonly ImportStep[];
    readonly hangs: boolean;
}
/**
 * Serves a store to the conformance cases that need a second process. The worker script of a backend opens the store of
 * the place that it is given and calls this; it serves until it is killed.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from '@faircopy/store-core/memory'
 * import { serveConformance } from '@faircopy/store-core/conformance'
 *
 * const store = createMemoryStore() // your store, opened at process.argv[2]
 * serveConformance(store, {
 *   send: (message) => process.send?.(message),
 *   receive: (listener) => process.on('message', listener),
 * })
 * ```
 */
export declare function serveConformance(store: object, channel: ProcessChannel): void;
// conformance/store-conformance.d.ts
import { type Invariant } from './cases.ts';
import { type ConformanceSubject, type TestRunner } from './subject.ts';
/** A case as it is run against a subject. */
export interface ConformanceRun {
    /** Begins with the number of the invariant. */
    readonly title: string;
    readonly invariant: Invariant;
    /** Why it is not carried out; null where it is. */
    readonly skipped: string | null;
    run(): Promise<void>;
}
/**
 * Every case, bound to a subject: for a runner of your own. The first ones, of S28, say of each need whether it is there
 * or declined.
 */
export declare function conformanceRuns(subject: ConformanceSubject): readonly ConformanceRun[];
/**
 * Holds a backend to the contract (S28): describes every case to a test runner, under the number of its invariant. What
 * the subject declines is reported as skipped, with the reason; what is missing and not declined fails.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test'
 * import { createMemoryPlace, createMemoryStore } from '@faircopy/store-core/memory'
 * import { storeConformance } from '@faircopy/store-core/conformance'
 *
 * const places = new Map<string, ReturnType<typeof createMemoryPlace>>()
 * storeConformance(
 *   { describe, it },
 *   {
 *     name: 'memory',
 *     newPlace: () => String(places.size),
 *     open: (name, settings) => {
 *       const place = places.get(name) ?? createMemoryPlace()
 *       places.set(name, place)
 *       return createMemoryStore({ place, ...settings })
 *     },
 *     declines: {
 *       backup: 'nothing to copy to',
 *       processes: 'memory belongs to one process',
 *       'private-file': 'there is no file',
 *       'fault:lock': 'there is no file',
 *       'fault:replace': 'there is no file',
 *       'fault:damage': 'there is no file',
 *       'fault:tamper': 'there is no file',
 *       'fault:newer': 'there is no file',
 *       'fault:fill': 'there is no file',
 *     },
 *   },
 * )
 * ```
 */
export declare function storeConformance(givenRunner: TestRunner, givenSubject: ConformanceSubject): void;
// conformance/subject.d.ts
import type { Closable } from '../reader.ts';
import type { RecordLimits } from '../record-text.ts';
import type { StorePolicy } from '../store-policy.ts';
import { type ConformanceProcess, type Need, type StoreFaults } from './facility.ts';
/** What a case asks a store to be opened with. */
export interface StoreSettings {
    /** Epoch ms: the clock that the store reads. Absent where the set-up declines `clock`. */
    readonly now?: () => number;
    readonly policy?: Partial<StorePolicy>;
    readonly limits?: Partial<RecordLimits>;
    /** Ms to wait at most for another writer (S20). */
    readonly waitMs?: number;
}
/** A backend under test: its name, and how to make and reach its stores. */
export interface ConformanceSubject {
    readonly name: string;
    /** A place that nothing is at yet: a path, the name of a database. */
    readonly newPlace: () => string | Promise<string>;
    /** Opens the store of a place, and creates it where there is none. Twice on one place sees the same. */
    readonly open: (place: string, settings: StoreSettings) => Closable | Promise<Closable>;
    /** Clears a place away once its case is done. */
    readonly removePlace?: (place: string) => Promise<void> | void;
    /** Starts a process that serves the store of a place with {@link serveConformance}. */
    readonly startProcess?: (place: string) => ConformanceProcess | Promise<ConformanceProcess>;
    readonly faults?: Partial<StoreFaults>;
    /**
     * What the backend does not have, each with the reason. Their cases are reported as skipped. Everything else must be
     * there: what is missing and not declined is a failure, and so is what is declined and there.
     */
    readonly declines?: Partial<Record<Need, string>>;
}
/** A test runner's own functions: vitest's, `node:test`'s, Jest's, Bun's. */
export interface TestRunner {
    readonly describe: (name: string, body: () => void) => unknown;
    readonly it: {
        (name: string, body: () => Promise<void>): unknown;
        readonly skip: (name: string, body: () => Promise<void>) => unknown;
    };
}
/** Checks what a conformance run is given. Fails with `InvalidArgument`. */
export declare function checkSubject(runner: TestRunner, subject: ConformanceSubject): {
    readonly runner: TestRunner;
    readonly subject: ConformanceSubject;
};
// conformance/trial.d.ts
import type { Capability, StoreWith } from '../capability.ts';
import type { Closable } from '../reader.ts';
import type { Need, StoreFaults } from './facility.ts';
import { type RemoteStore } from './remote-store.ts';
import type { ConformanceSubject, StoreSettings } from './subject.ts';
/** What a case works with: a store at a place of its own, and the means to reach it otherwise. */
export interface Trial<S> {
    readonly store: S;
    /** The time that the store reads, epoch ms; set it to let time pass. */
    readonly clock: {
        now: number;
    };
    /** Another handle on the same place, open beside the first. */
    open(settings?: StoreSettings): Promise<S>;
    /** A store at another place. */
    elsewhere(): Promise<S>;
    /** The store at a path that the case knows: a backup's. */
    at(place: string): Promise<S>;
    /** Where a further store could be. */
    newPlace(): Promise<string>;
    /** Closes every handle of the place. */
    close(): Promise<void>;
    /** Another process on the same place. */
    startProcess(): Promise<RemoteStore>;
    /** Does harm to the place, and gives what ends it. */
    fault(name: keyof StoreFaults): Promise<() => Promise<void>>;
}
/** The store that a case with these needs may use. */
export type StoreNeeding<N extends Need> = StoreWith<Extract<N, Capability>> & Closable;
/** Carries out a case at a place of its own, and clears up after it. */
export declare function conductTrial(subject: ConformanceSubject, settings: StoreSettings, run: (trial: Trial<never>) => Promise<void>): Promise<void>;
// cursor.d.ts
/** What a cursor of a session remembers: the generation it belongs to (S13) and where it goes on. */
export interface PagePosition {
    readonly generation: number;
    /** The next place to be read. */
    readonly seq: number;
    readonly direction: 'forward' | 'backward';
    /** The last place wanted, in the direction read; null for the end. */
    readonly until: number | null;
}
/** Writes a cursor. Opaque to callers; its form may change with any version. */
export declare function encodeCursor(parts: readonly (string | number | null)[]): string;
/** Reads what {@link encodeCursor} wrote. Fails with `InvalidArgument` for anything else. */
export declare function decodeCursor(cursor: string): readonly (string | number | null)[];
/** A cursor for the next page of a session. */
export declare function encodePagePosition(position: PagePosition): string;
/** The position that {@link encodePagePosition} wrote. Fails with `InvalidArgument`. */
export declare function decodePagePosition(cursor: string): PagePosition;
// entry.d.ts
import type { JsonObject } from './json.ts';
/** What an entry is. Any other name is legal and survives; only the named ones have a meaning here. */
export type EntryKind = 'message' | 'session_meta' | 'delivery' | 'compaction' | (string & {});
/** Where an imported entry was found. */
export interface Provenance {
    /** The import run. */
    readonly importId: string;
    /** Which witness told it. */
    readonly witness: 'file' | 'database' | 'both';
    /** 1-based line in the file. */
    readonly line?: number;
    /** Byte offset of the line's first byte. */
    readonly offset?: number;
    /** Row id in the gateway's own database. */
    readonly row?: number;
    /** The database's own stamp, exactly as it stood there: epoch seconds. */
    readonly rowTime?: string;
    /** Members added to the file's record from the other witness. */
    readonly added?: readonly string[];
    /** Members that the witnesses tell differently; the file's value stands in the record, the other in the original. */
    readonly conflicts?: readonly string[];
    /**
     * What became of it: an `original` that a combined entry stands for, something `withdrawn` before the import
     * (undone, compacted away), a `repeat` written more than once by mistake. Absent for what is simply said.
     */
    readonly standing?: 'original' | 'withdrawn' | 'repeat';
    /** The entry of this session that this one replaced to gain fields. */
    readonly supersedes?: number;
}
/** What a redaction left in an entry (S27). */
export interface Redaction {
    /** Epoch ms of the last one. */
    readonly at: number;
    /** The {@link entryHash} of what the entry says now. */
    readonly hash: string;
}
/** One record of a session, at its place now. */
export interface Entry {
    /** Assigned once within the session, counting up from 1, never reused or renumbered. */
    readonly id: number;
    /** The place in what the session says now, dense from 1 (S5); computed, so a rewrite changes it and not `id`. */
    readonly seq: number;
    readonly kind: EntryKind;
    readonly idempotencyKey: string | null;
    /** Epoch ms as the writer gave it, or null. Data only: nothing is ordered by it (S5). */
    readonly at: number | null;
    /** The JSON object in its exact text (S12). It is the truth; everything else is read out of it. */
    readonly record: string;
    /** 64 hex digits: see {@link entryHash}. Of a redacted entry: of what it said before (S27). */
    readonly hash: string;
    /** Who wrote it: `gateway`, `agent`, `mirror`, `import`, … */
    readonly writer: string;
    readonly provenance: Provenance | null;
    /** Only of an entry that a text was removed from (S27). */
    readonly redaction?: Redaction;
}
/** An entry to be written. */
export interface NewEntry {
    /** Defaults to `message`. */
    readonly kind?: EntryKind;
    /** The exact text of one JSON object, or a value that `JSON.stringify` turns into one. */
    readonly record: string | JsonObject;
    /** Epoch ms. Defaults to null: no clock is consulted. */
    readonly at?: number | null;
    /**
     * Makes a retry safe (S4): unique in its session, and of a `delivery` in the whole store. Entries without one are
     * never deduplicated.
     */
    readonly idempotencyKey?: string;
    /**
     * The key of an entry that says the same. Where the session has it, nothing is stored: this entry's own key leads to
     * that one from then on, and the receipt says `already` (S4). Where it has not, the entry is stored as usual.
     */
    readonly correlation?: string;
}
// errors.d.ts
import { type SessionRef } from './session-ref.ts';
import { StoreError, type WriteOutcome } from './store-error.ts';
/** An argument has the wrong shape. */
export declare class InvalidArgument extends StoreError {
    constructor(what: string, cause?: unknown);
}
/** Why a record was refused (S12). */
export type InvalidRecordReason = 'not-json' | 'not-object' | 'too-deep' | 'too-large';
/** A record over the limit, nested too deep, or not the text of one JSON object (S12). */
export declare class InvalidRecord extends StoreError {
    readonly reason: InvalidRecordReason;
    constructor(reason: InvalidRecordReason, what: string);
}
/** An idempotency key was used before, for another record (S4). */
export declare class KeyConflict extends StoreError {
    readonly idempotencyKey: string;
    /** Without a session: used by a delivery that is held for an origin. */
    constructor(session: SessionRef | null, idempotencyKey: string);
}
/** The session moved on since the revision or head that the call was made on (S6, S9). */
export declare class RevisionConflict extends StoreError {
    readonly expected: number | string | null;
    readonly actual: number | string | null;
    constructor(session: SessionRef, expected: number | string | null, actual: number | string | null);
}
/** The session does not exist (S10, S15). */
export declare class NoSession extends StoreError {
    constructor(session: SessionRef | null, what?: string);
}
/** The session exists already. */
export declare class SessionExists extends StoreError {
    constructor(session: SessionRef);
}
/** The session was deleted; import, mirror and retry never bring it back (S27). */
export declare class SessionDeleted extends StoreError {
    constructor(session: SessionRef);
}
/** A session has used up the entry ids that the backend can count. */
export declare class SessionFull extends StoreError {
    constructor(session: SessionRef, limit: number);
}
/** Several live sessions have this origin (S10). */
export declare class AmbiguousOrigin extends StoreError {
    readonly candidates: readonly SessionRef[];
    constructor(candidates: readonly SessionRef[]);
}
/** As many deliveries are held for the origin as the store keeps (S11). Nothing of the call was stored. */
export declare class HoldFull extends StoreError {
    constructor(limit: number);
}
/** A narrow appender was asked to write a kind it may not. */
export declare class KindRefused extends StoreError {
    constructor(kind: string, allowed: readonly string[]);
}
/** The generation that a cursor belongs to is no longer the session's own (S13), or its store was restored (S19). */
export declare class CursorStale extends StoreError {
    constructor(session: SessionRef | null);
}
/** Another process held the store longer than the wait (S20). Nothing was stored. */
export declare class StoreBusy extends StoreError {
    constructor(path: string, waitedMs: number, cause?: unknown);
}
/** The store was closed. */
export declare class StoreClosed extends StoreError {
    constructor(path: string);
}
/** The store was opened for reading only. */
export declare class ReadOnlyStore extends StoreError {
    constructor(path: string);
}
/** There is no room (S26). Reads go on, and the same process writes again once there is room. */
export declare class StoreFull extends StoreError {
    constructor(path: string, freeBytes: number | null, outcome: WriteOutcome, cause?: unknown);
}
/** Reading or writing the file failed (S3): after an error at commit nobody can know whether the write is stored. */
export declare class StoreIo extends StoreError {
    constructor(path: string, outcome: WriteOutcome, cause?: unknown);
}
/** The file is damaged (S22). Writing stopped and nothing was touched. */
export declare class StoreCorrupt extends StoreError {
    constructor(path: string, outcome: WriteOutcome, cause?: unknown);
}
/** The file under us is not the file we opened (S21). Whether the last write is stored is unknown. */
export declare class StoreReplaced extends StoreError {
    constructor(path: string, what: string, cause?: unknown);
}
/** The file was written by a newer version (S23). It was not touched. */
export declare class SchemaTooNew extends StoreError {
    constructor(path: string, found: number, known: number);
}
/** The file is not a store of ours, or not only: its schema is not exactly the one its version has (S23). */
export declare class NotAStore extends StoreError {
    constructor(path: string, what: string);
}
/** The place is not one where a store is safe: a link, a foreign owner, a network file system (S24). */
export declare class UnsafeLocation extends StoreError {
    constructor(path: string, what: string, advice: string);
}
/** This Node cannot load the driver. */
export declare class UnsupportedRuntime extends StoreError {
    constructor(what: string);
}
// facts.d.ts
/** What a store can tell about itself for a doctor, without reading any record. Null is what a backend does not have. */
export interface StoreFacts {
    /** `memory`, `sqlite`, … */
    readonly backend: string;
    /** Names the store in cursors; a backup has another. */
    readonly storeId: string;
    readonly path: string | null;
    readonly schemaVersion: number | null;
    /** Bytes of the store's file. */
    readonly bytes: number | null;
    /** Bytes of its write-ahead log. */
    readonly walBytes: number | null;
    /** Bytes in it that nothing uses: a compaction would give them back. */
    readonly freeBytes: number | null;
    /** Permission bits of the file and of its folder: 0o600 and 0o700 (S24). */
    readonly fileMode: number | null;
    readonly folderMode: number | null;
    /** How many names the file has: more than one is a finding (S24). */
    readonly hardLinks: number | null;
    /** Sessions that can be read, ended ones among them. */
    readonly sessions: number;
    readonly endedSessions: number;
    /** Sessions deleted and not yet pruned: they can be brought back or wait for `prune`. */
    readonly deletedSessions: number;
    /** Entries stored, live or history. */
    readonly entries: number;
    /** Those that no session says now. */
    readonly historyEntries: number;
    /** What imports left staged: work in progress, or leftovers of one that was killed (S9). */
    readonly stagedEntries: number;
    /** Deliveries held for an origin (S11). */
    readonly heldDeliveries: number;
}
/** Tells facts about a store. */
export interface StoreInspector {
    /** The facts as they stand. Never fails for damage that a reader would not fail for. */
    facts(): Promise<StoreFacts>;
}
// generation.d.ts
/**
 * Consecutive entry ids of one owner, both ends included. The owner is the session itself, or the one it was forked
 * from: nothing is copied (S8).
 */
export interface EntryRange {
    /** The session whose entries these are, by the backend's own number. */
    readonly owner: number;
    readonly first: number;
    readonly last: number;
}
/** An entry's fixed address: its owner and the id it has there. */
export interface EntryAddress {
    readonly owner: number;
    readonly id: number;
}
/** How many entries a list of ranges says. */
export declare function countEntries(ranges: readonly EntryRange[]): number;
/** Which entry stands at `seq` (1-based), or null beyond the end. */
export declare function entryAt(ranges: readonly EntryRange[], seq: number): EntryAddress | null;
/** Where an entry stands now, or null where it is not live. */
export declare function seqOf(ranges: readonly EntryRange[], entry: EntryAddress): number | null;
/**
 * Where the entry of this id stands now, whoever owns it, or null where it is not live. Ids are unique within a
 * session: a fork's own count on behind the greatest that it was forked with (S8).
 */
export declare function placeOf(ranges: readonly EntryRange[], id: number): number | null;
/** The ranges that say entries `from` to `to` (1-based, both included) of `ranges`. */
export declare function sliceRanges(ranges: readonly EntryRange[], from: number, to: number): EntryRange[];
/** Appends a range to a list, joining it to the last one where they touch. The list is changed. */
export declare function pushRange(ranges: EntryRange[], next: EntryRange): void;
// hash.d.ts
/** The head of a session that says nothing. */
export declare const EMPTY_HEAD: string;
/**
 * The hash of what an entry says: SHA-256 over its kind, NUL, its `at` in decimal (nothing for null), NUL, and its
 * record's exact text, all in UTF-8. A kind holds no NUL and a number none, so no two entries share an input (S25).
 *
 * @returns 64 hex digits.
 */
export declare function entryHash(kind: string, at: number | null, record: string): string;
/**
 * The head after one more entry: SHA-256 over the 32 bytes of the head before and the 32 bytes of the entry's hash.
 * The first entry follows {@link EMPTY_HEAD}. Appending costs one step; a rewrite re-chains from its first change.
 *
 * @returns 64 hex digits.
 */
export declare function chainHead(head: string, entry: string): string;
// history.d.ts
import type { Entry } from './entry.ts';
import type { SessionRef } from './session-ref.ts';
/** An entry that a session no longer says. It has no place, so `seq` is null. */
export interface HistoryEntry extends Omit<Entry, 'seq'> {
    readonly seq: null;
}
/** One list of ranges that a session had, and why it was made. */
export interface GenerationInfo {
    readonly generation: number;
    /** Epoch ms. */
    readonly at: number;
    /** `create`, `import`, `originals` (what an import set aside), `replace`, `fork`, `redact`, … */
    readonly reason: string;
    readonly entryCount: number;
}
/** Reads what a session said before (S7). Nothing that was ever said is gone before it is pruned. */
export interface HistoryReader {
    /**
     * The entries that are stored for the session and not live, in the order they were written (S7). Of a fork, also those
     * that it said of its parent and says no longer.
     */
    history(session: SessionRef): AsyncIterable<HistoryEntry>;
    /** The session's lists of ranges, oldest first. */
    generations(session: SessionRef): Promise<readonly GenerationInfo[]>;
    /** Where an entry stands now: its `seq`, or null when it is history (S7). Cost: O(ranges), nearly always one. */
    locate(session: SessionRef, entryId: number): Promise<number | null>;
}
// importer.d.ts
import type { NewEntry, Provenance } from './entry.ts';
import type { JsonObject } from './json.ts';
import type { NewSession, Session } from './session.ts';
import type { SessionAddress, SessionRef } from './session-ref.ts';
/** One import, of any number of sessions. */
export interface ImportRun {
    readonly id: string;
    /** Epoch ms. */
    readonly at: number;
    /** Which sources, in which format, by which version. No transcript text. */
    readonly about: JsonObject;
}
/** An entry that an import brings. Its writer is `import`. */
export interface ImportedEntry extends NewEntry {
    readonly provenance: Provenance;
}
/** A source line that became no entry, kept with its bytes so that it outlives its file. */
export interface QuarantinedLine {
    /** Why: `invalid-json`, `invalid-utf8`, `torn-tail`, … */
    readonly reason: string;
    /** 1-based. */
    readonly line: number;
    /** Byte offset of the line's first byte. */
    readonly offset: number;
    /** The line's length in bytes, its line end not counted. */
    readonly length: number;
    /** The bytes; null where the line was too long to be held, or held a text that was redacted (S27). */
    readonly bytes: Uint8Array | null;
}
/** One step of what the session shall say, in order. */
export type ImportStep = 
/** The live entries from one place to another, both included, as they stand. */
{
    readonly keep: {
        readonly from: number;
        readonly to: number;
    };
}
/** A new entry that becomes live here. */
 | {
    readonly live: ImportedEntry;
}
/** A new entry that is stored as history and never was live here. */
 | {
    readonly history: ImportedEntry;
}
/** A line that becomes no entry and is kept beside the session, under this import. */
 | {
    readonly quarantine: QuarantinedLine;
};
/** What a run decided about a session, kept for good beside what it wrote. No transcript text. */
export interface LedgerNote {
    /** The session, the digests of all its witnesses and the reconcile version, as one text. The same again writes nothing. */
    readonly key: string;
    readonly verdict: string;
    readonly reason: string | null;
    /** Counts, dispositions, problems. */
    readonly report: JsonObject;
    /** What proves the verdict. */
    readonly certificate: JsonObject | null;
}
/** A note in the ledger. */
export interface LedgerRecord extends LedgerNote {
    readonly importId: string;
    readonly session: Required<SessionAddress>;
    /** Epoch ms. */
    readonly at: number;
    /** The session's head before and after; null where it did not exist. */
    readonly headBefore: string | null;
    readonly headAfter: string | null;
}
/** An import of one session. */
export interface SessionImport {
    readonly run: ImportRun;
    readonly session: SessionRef;
    /** What the sources know of the session. Fills what the store does not know; never overwrites. */
    readonly about: NewSession;
    /** The head that the plan was made on; null where the session did not exist. Another one is `RevisionConflict`. */
    readonly expectedHead: string | null;
    /**
     * What the session shall say, whole and in order: what no step keeps becomes history. Null leaves the session (or
     * its absence) as it is, and only the note is written.
     */
    readonly steps: AsyncIterable<ImportStep> | null;
    readonly note: LedgerNote;
    /** Called once everything is staged, just before it becomes visible: throwing abandons the import. */
    readonly confirm?: () => Promise<void> | void;
    readonly signal?: AbortSignal;
}
/** What became of an import. */
export interface ImportReceipt {
    /** `already`: the ledger knew the key, nothing was written. */
    readonly status: 'imported' | 'already';
    /** Null where the note was written for a session that does not exist. */
    readonly session: Session | null;
    /** Live entries that the import brought. */
    readonly added: number;
}
/** Which notes are read. */
export interface LedgerQuery {
    readonly session?: SessionRef;
    readonly importId?: string;
}
/** Brings legacy histories into a store. */
export interface TranscriptImporter {
    /**
     * Makes one session say what `steps` say (S9). Entries are staged invisibly in small transactions, between which
     * other writers get in, and become visible in one. An import that fails or is killed leaves nothing visible; what it
     * staged is swept by the next import once its process is provably gone. A live session that it creates gets what was
     * held for its origin behind what `steps` say (S11).
     *
     * Fails with `RevisionConflict` if the session moved on since `expectedHead`, `SessionDeleted` (S27), `KeyConflict`
     * for a key that was used before, and as `append` does.
     *
     * Cost: O(new entries) writes; memory of one batch, whatever the session's length.
     */
    import(plan: SessionImport): Promise<ImportReceipt>;
    /** The note of a session under a key, or null. */
    ledgerNote(session: SessionRef, key: string): Promise<LedgerRecord | null>;
    /** The notes in the order they were written. */
    ledger(query?: LedgerQuery): AsyncIterable<LedgerRecord>;
    /** The quarantined lines of a session, in the order they were written. */
    quarantined(session: SessionRef): AsyncIterable<QuarantinedLine & {
        readonly importId: string;
    }>;
    /** The runs that wrote anything, oldest first. */
    imports(): AsyncIterable<ImportRun>;
}
// index.d.ts
export type * from './appender.ts';
export { CAPABILITY_METHODS, type Capability, type CapabilityInterfaces, type StoreWith, } from './capability.ts';
export * from './change-cursor.ts';
export type * from './changes.ts';
export type * from './codec.ts';
export { codecNamed } from './codecs.ts';
export * from './cursor.ts';
export type * from './entry.ts';
export * from './errors.ts';
export type * from './facts.ts';
export * from './generation.ts';
export * from './hash.ts';
export type * from './history.ts';
export type * from './importer.ts';
export { isJsonObject, type JsonObject, type JsonValue } from './json.ts';
export * from './listing.ts';
export { openaiChat } from './openai-chat.ts';
export * from './operation.ts';
export type { Origin } from './origin.ts';
export * from './origin-match.ts';
export { type ProjectedEntry, type ProjectionName, project } from './projection.ts';
export type * from './reader.ts';
export type * from './receipt.ts';
export { DEFAULT_RECORD_LIMITS, parseRecord, type RecordLimits, recordText } from './record-text.ts';
export { holdsText, REDACTED, redactRecord } from './redact.ts';
export type * from './remover.ts';
export * from './rewrite.ts';
export type * from './rewriter.ts';
export type * from './routes.ts';
export * from './schemas.ts';
export type * from './search.ts';
export * from './search-match.ts';
export { searchOptionsSchema } from './search-options.ts';
export { foldText, indexTerms, LONGEST_QUERY, LONGEST_WORD, queryTerms, SEARCH_VERSION, type SearchPiece, type SearchTerm, SHORTEST_PREFIX, searchPieces, searchUnits, } from './search-terms.ts';
export { searchText } from './search-text.ts';
export type * from './session.ts';
export { DEFAULT_NAMESPACE, type SessionAddress, type SessionRef, sessionAddress, sessionLabel, } from './session-ref.ts';
export type { TranscriptStore } from './store.ts';
export { StoreError, type StoreErrorCode, type StoreErrorDetails, type WriteOutcome } from './store-error.ts';
export { DEFAULT_STORE_POLICY, type StorePolicy } from './store-policy.ts';
export { matchesTitle } from './title-match.ts';
export type * from './verifier.ts';
// json.d.ts
/** Any JSON value, parsed. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** A parsed JSON object. Parsing loses what only the exact text keeps (S12): compare texts, not these. */
export interface JsonObject {
    readonly [member: string]: JsonValue;
}
/** Whether a parsed value is a JSON object: neither null, an array nor a scalar. */
export declare function isJsonObject(value: unknown): value is JsonObject;
// listing.d.ts
import type { ListOptions } from './reader.ts';
import type { Session } from './session.ts';
import { type SessionAddress } from './session-ref.ts';
/** What a listing is ordered by. */
export type ListKey = Required<SessionAddress> & Pick<Session, 'updatedAt'>;
/** Whether a session belongs to a listing: the definition that every backend's query is held against. */
export declare function isListed(session: Session, options: ListOptions): boolean;
/** The order of a listing: negative where `a` comes first. */
export declare function compareListed(a: ListKey, b: ListKey, order?: ListOptions['order']): number;
/** The cursor behind a session of a listing. */
export declare function encodeListCursor(last: ListKey, order?: ListOptions['order']): string;
/** Where {@link encodeListCursor} left off. Fails with `InvalidArgument`, also for a cursor of another order. */
export declare function decodeListCursor(cursor: string, order?: ListOptions['order']): ListKey;
/** UTF-8 byte order, which is code point order and differs from JavaScript's own where surrogates are involved. */
export declare function compareText(a: string, b: string): number;
// memory.d.ts
export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export { createMemoryPlace, type MemoryPlace } from './memory/place.ts';
// memory/memory-store.d.ts
import { type RecordLimits } from '../record-text.ts';
import type { TranscriptSearch } from '../search.ts';
import type { TranscriptStore } from '../store.ts';
import { type StorePolicy } from '../store-policy.ts';
import { type MemoryPlace } from './place.ts';
/** What the memory store can do: everything but `backup`. */
export interface MemoryStore extends TranscriptStore, TranscriptSearch {
}
/** How a memory store is made. */
export interface MemoryStoreOptions {
    /** What it keeps its contents in. Defaults to a new place of its own. */
    readonly place?: MemoryPlace;
    /** Epoch ms. Defaults to the system's clock. */
    readonly now?: () => number;
    readonly policy?: Partial<StorePolicy>;
    readonly limits?: Partial<RecordLimits>;
}
/**
 * The contract in memory: the specification that other backends are held against, and a store for tests. Everything is
 * one value that is never changed in place. A write is a pure function of it ({@link append}, {@link replace} and so on,
 * a file each) that makes the next value, and the store puts that in place in one step: all or nothing (S2), in one
 * order (S5). A reader's snapshot is the value it began with (S13).
 *
 * @example
 * ```ts
 * import { createMemoryStore } from '@faircopy/store-core/memory'
 *
 * const store = createMemoryStore()
 * await store.append('greeting', { record: { role: 'user', content: 'hello' } }, { create: {} })
 * console.log((await store.get('greeting'))?.entryCount)
 * ```
 */
export declare function createMemoryStore(options?: MemoryStoreOptions): MemoryStore;
// memory/place.d.ts
import { type MemoryState } from './state.ts';
/**
 * Where a store in memory keeps what it was told. Stores that are opened on the same place see the same, as processes
 * see one file; a place outlives them.
 */
export interface MemoryPlace {
    state: MemoryState;
    /** Called after each write. */
    readonly watchers: Set<() => void>;
}
/** A place that nothing was written to. */
export declare function createMemoryPlace(): MemoryPlace;
// memory/state.d.ts
import type { ChangeKind } from '../changes.ts';
import type { Entry } from '../entry.ts';
import type { EntryAddress, EntryRange } from '../generation.ts';
import type { GenerationInfo } from '../history.ts';
import type { ImportRun, LedgerRecord, QuarantinedLine } from '../importer.ts';
import type { Origin } from '../origin.ts';
import type { RewriteReceipt } from '../rewriter.ts';
import type { NewSession } from '../session.ts';
import type { SessionAddress } from '../session-ref.ts';
/** A session's address, spelled out. */
export type Address = Required<SessionAddress>;
/** What is stored of an entry, once and for good. Its place is computed. */
export type StoredEntry = Omit<Entry, 'seq'>;
/** An entry about to be stored: it has no id yet, and may say again what stands under another key. */
export type SaidEntry = Omit<StoredEntry, 'id'> & {
    readonly correlation?: string;
};
/** What a key was used for: enough to tell whether a record is the same, also after the entry was pruned (S4). */
export interface KeyUse extends Pick<StoredEntry, 'id' | 'kind' | 'at' | 'hash'> {
}
/** One list of ranges that a session had. */
export interface MemoryGeneration extends Omit<GenerationInfo, 'entryCount'> {
    readonly ranges: readonly EntryRange[];
}
/** An operation that was carried out under a key (S4): what was asked, and what was answered. */
export interface Operation {
    readonly digest: string;
    readonly answer: RewriteReceipt | {
        readonly fork: Address;
    };
}
/** A session: its entries by id, the lists of ranges that say which of them stand where, and what is known of it. */
export interface MemorySession {
    /** The owner in ranges. */
    readonly number: number;
    readonly address: Address;
    readonly about: NewSession;
    readonly entries: ReadonlyMap<number, StoredEntry>;
    readonly nextId: number;
    /** A key stays taken when its entry becomes history, and when that is pruned. */
    readonly keys: ReadonlyMap<string, KeyUse>;
    readonly operations: ReadonlyMap<string, Operation>;
    /** Oldest first; the last one is what the session says. */
    readonly generations: readonly MemoryGeneration[];
    readonly quarantined: readonly (QuarantinedLine & {
        readonly importId: string;
    })[];
    readonly revision: number;
    readonly updatedAt: number;
    /** `deleted` can be undeleted; of `gone` only the tombstone is left, and entries that others say. */
    readonly state: 'living' | 'deleted' | 'gone';
    readonly deletedAt: number;
    readonly change: {
        readonly position: number;
        readonly kind: ChangeKind;
    };
}
/** A delivery that waits for a session of its origin (S11). */
export interface HeldDelivery {
    readonly namespace: string;
    readonly origin: Origin;
    readonly entry: SaidEntry;
    readonly heldAt: number;
}
/** Everything a store holds. Never changed in place: a write makes the next one (S2). */
export interface MemoryState {
    readonly storeId: string;
    /** By number, in the order of their creation. */
    readonly sessions: readonly MemorySession[];
    readonly routes: readonly {
        readonly origin: Origin;
        readonly session: Address;
    }[];
    readonly held: readonly HeldDelivery[];
    readonly ledger: readonly LedgerRecord[];
    readonly runs: readonly ImportRun[];
    /** Every entry in the order in which it was stored, the newest last (S17). */
    readonly log: readonly EntryAddress[];
    /** How many changes there were (S19). */
    readonly position: number;
}
/** What a write comes to: the next state, and the answer. */
export interface Written<T> {
    readonly state: MemoryState;
    readonly result: T;
}
/** The state of a store that nothing was written to. */
export declare function emptyState(storeId: string): MemoryState;
/** The session of an address, deleted or not. */
export declare function findSession(state: MemoryState, { namespace, id }: Address): MemorySession | null;
/** The session of an address, to be written to. Fails with `NoSession` and `SessionDeleted` (S10, S27). */
export declare function writableSession(state: MemoryState, address: Address): MemorySession;
/** The session of an address, to be read. Fails with `NoSession` (S15). */
export declare function readableSession(state: MemoryState, address: Address): MemorySession;
/** The state with a session's keys taken and nothing else about it changed: nobody has to be told (S19). */
export declare function withKeys(state: MemoryState, session: MemorySession): MemoryState;
/** The state with this session in it, noted as changed (S19). */
export declare function withSession(state: MemoryState, session: MemorySession, kind: ChangeKind): MemoryState;
// openai-chat.d.ts
import type { Codec } from './codec.ts';
/**
 * Chat messages in the OpenAI shape, which most gateways keep: `role`, `content` (text, parts or null), `tool_calls`,
 * `tool_call_id`, and any other member beside them. `mirror: true` with `mirror_source` marks a delivered copy, as
 * Hermes writes it.
 *
 * @example
 * ```ts
 * import { openaiChat, parseRecord } from '@faircopy/store-core'
 *
 * const view = openaiChat.view(parseRecord('{"role":"user","content":"hello"}'))
 * console.log(view.role, view.text)
 * ```
 */
export declare const openaiChat: Codec;
// operation.d.ts
import type { Fork } from './rewriter.ts';
/** An entry of an operation, with its record's exact text. */
export interface OperationEntry {
    readonly kind: string;
    readonly record: string;
    readonly idempotencyKey: string | null;
}
/**
 * What makes two replacements under one operation key the same call (S4): where it begins, what it says, which
 * deliveries it drops. As with an entry's key, neither `at` nor the writer counts: a retry may have read its clock again.
 *
 * @returns 64 hex digits.
 */
export declare function replaceDigest(from: number, entries: readonly OperationEntry[], dropDeliveries?: readonly number[]): string;
/**
 * What makes two forks under one operation key of a parent the same call (S4): the new session's id, where it begins and
 * why. Not the facts given about it, which may carry a clock.
 *
 * @returns 64 hex digits.
 */
export declare function forkDigest({ id, through, why }: Pick<Fork, 'id' | 'through' | 'why'>): string;
// origin-match.d.ts
import type { Origin } from './origin.ts';
/** Whether two origins are equal in every part, absent parts included. This is what a route is found by. */
export declare function isSameOrigin(a: Origin, b: Origin): boolean;
/**
 * Whether a session of this origin is one that `target` means (S10).
 *
 * Platform, account, chat and thread must be equal where the target names them. Where it names a person, one of its two
 * ids must be one of the session's two. Chat types must not differ where both are known. What the target leaves out
 * may be anything, so a target that names little may mean several sessions: that is `AmbiguousOrigin`, never a guess.
 */
export declare function matchesOrigin(target: Partial<Origin>, origin: Origin): boolean;
/** One way to a live session: the origin it was given itself, or a route that leads to it. */
export interface OriginWay {
    /** The session's id. */
    readonly session: string;
    readonly origin: Origin;
    readonly by: 'session' | 'route';
}
/**
 * The live sessions that `target` means, given all ways to the live sessions of its namespace (S10): none is `NoSession`
 * (or held, or created), several are `AmbiguousOrigin`.
 *
 * A route of exactly this origin decides: somebody said so. A session's own origin stops being a way to it once a route
 * leads that very origin elsewhere. Otherwise every way that {@link matchesOrigin} counts, and time never does.
 */
export declare function sessionsOfOrigin(target: Origin, ways: readonly OriginWay[]): string[];
// origin.d.ts
/**
 * Where a session's messages come from. Every part is opaque text, compared byte for byte; parts are columns, never a
 * joined string, so an id may contain any separator.
 */
export interface Origin {
    /** `telegram`, `slack`, `cli`, … in lower case. */
    readonly platform: string;
    /** The gateway's own account on the platform, where it has several. */
    readonly account?: string;
    /** `dm`, `group`, `channel`, `thread`, … as the platform calls it. */
    readonly chatType?: string;
    readonly chat?: string;
    readonly thread?: string;
    /** The person's id. */
    readonly user?: string;
    /** The same person's other id, where a platform has two (a phone number and an account, say). */
    readonly userAlt?: string;
}
// projection.d.ts
import type { Codec, MessageView } from './codec.ts';
import type { Entry } from './entry.ts';
/** A way to look at a transcript (S16). */
export type ProjectionName = 'audit' | 'display' | 'model';
/** An entry as a projection shows it. The entry is as stored; only the view may be adapted. */
export interface ProjectedEntry {
    readonly entry: Entry;
    readonly view: MessageView;
}
/**
 * Shows a transcript in one of three ways (S16). A projection is a view and never changes what is stored.
 *
 * - `audit`: every live entry, as it is.
 * - `display`: what a person would want to read: messages, deliveries and compactions of any role but the system's.
 * - `model`: what a provider may be shown: from the first entry kept by the last compaction on; no `session_meta`, no
 *   unknown kinds, no unknown roles; each delivery once, labelled with where it came from, and moved behind a tool
 *   exchange that it would have split.
 */
export declare function project(entries: readonly Entry[], name: ProjectionName, codec: Codec): ProjectedEntry[];
// reader.d.ts
import type { Entry } from './entry.ts';
import type { Origin } from './origin.ts';
import type { Session } from './session.ts';
import type { SessionRef } from './session-ref.ts';
/** Which part of a session is read, and in which direction. */
export interface ReadOptions {
    /** First place wanted, 1-based and included. Defaults to 1. */
    readonly from?: number;
    /** Last place wanted, included. Defaults to the end. */
    readonly to?: number;
    /** `backward` starts at `to`. Defaults to `forward`. */
    readonly direction?: 'forward' | 'backward';
}
/** One page of a session. */
export interface PageOptions extends ReadOptions {
    /** At most so many entries, 1 to 1000. Defaults to 100. */
    readonly limit?: number;
    /** Where an earlier page ended; the other options must be the same as then. */
    readonly cursor?: string;
}
/** Entries in order, and how to go on. */
export interface EntryPage {
    readonly entries: readonly Entry[];
    /** For the next page; null at the end. */
    readonly next: string | null;
    /** The session's revision in the snapshot that the page was read from. */
    readonly revision: number;
}
/** Which sessions are listed, and in which order. A condition that is left out holds for all; deleted ones never appear. */
export interface ListOptions {
    /** Only this namespace. Defaults to all. */
    readonly namespace?: string;
    /** Only sessions whose own origin is so in every part named here: see {@link matchesOrigin}. */
    readonly origin?: Partial<Origin>;
    /** Only the children of this session. */
    readonly parent?: SessionRef;
    /** Only sessions that live, or that have ended. */
    readonly state?: 'live' | 'ended';
    /** Only sessions written to at this time or later, epoch ms. */
    readonly activeSince?: number;
    /** Only sessions whose title holds this text, whatever its case, width and accents: see {@link matchesTitle}. */
    readonly title?: string;
    /**
     * `address` (default): by namespace and id, compared byte for byte; complete whatever is written meanwhile. `recent`:
     * the last written first, then by address; a session written to while pages are read may be missed.
     */
    readonly order?: 'address' | 'recent';
}
/** One page of a listing. */
export interface ListPageOptions extends ListOptions {
    /** At most so many sessions, 1 to 1000. Defaults to 100. */
    readonly limit?: number;
    /** Where an earlier page ended; the other options must be the same as then. */
    readonly cursor?: string;
}
/** Sessions in the order asked for. */
export interface SessionPage {
    readonly sessions: readonly Session[];
    readonly next: string | null;
}
/**
 * Reads sessions and what they say. A failed read is a typed error, never an empty transcript (S15).
 *
 * @example
 * ```ts
 * import type { TranscriptReader } from '@faircopy/store-core'
 *
 * export async function lastWords(reader: TranscriptReader, session: string): Promise<string[]> {
 *   const page = await reader.page(session, { direction: 'backward', limit: 5 })
 *   return page.entries.map((entry) => entry.record).reverse()
 * }
 * ```
 */
export interface TranscriptReader {
    /** The session, or null where there is none (S15). Cost: one row. */
    get(session: SessionRef): Promise<Session | null>;
    /**
     * The session's entries in `seq` order, as a stream that holds at most one page and reads one generation to its end,
     * whatever is written meanwhile (S13, S14). Fails with `NoSession` when first asked for an entry (S15).
     *
     * Cost: O(entries read); nothing is locked between pages.
     */
    read(session: SessionRef, options?: ReadOptions): AsyncIterable<Entry>;
    /**
     * One page: a snapshot of whole transactions (S13). Appends after the first page are seen by later ones; a rewrite
     * makes the cursor `CursorStale`, never a repeat or a gap. Fails with `NoSession`.
     *
     * Cost: O(limit), wherever in the session.
     */
    page(session: SessionRef, options?: PageOptions): Promise<EntryPage>;
    /**
     * One page of sessions, without loading any entry (S14).
     *
     * Cost: O(limit) in either order with at most a namespace, parent or time given; other conditions look at the
     * sessions they pass over.
     */
    list(options?: ListPageOptions): Promise<SessionPage>;
    /** All sessions as a stream that holds at most one page. */
    sessions(options?: ListOptions): AsyncIterable<Session>;
}
/** Ends the use of a store. */
export interface Closable {
    /** Waits for what was accepted, then lets the file go. Calling it again does nothing; other calls fail by name. */
    close(): Promise<void>;
}
// receipt.d.ts
import type { SessionAddress } from './session-ref.ts';
/** What became of one entry of a write. */
export interface ReceiptEntry {
    /** The entry's id, assigned once. */
    readonly id: number;
    /** Its place now; null when the key was used before and that entry is history by now. */
    readonly seq: number | null;
    /** Whether the key had been used before: nothing was written (S4). */
    readonly already: boolean;
    /** With `onConflict: 'first'`: the stored record is another one than the call's. */
    readonly differs: boolean;
    /** Only of a delivery that is stored in another session than the receipt's (S4): that one, where `id` and `seq` are. */
    readonly session?: Required<SessionAddress>;
}
/** What a write returns, after its commit (S1). */
export interface Receipt {
    /** The session written to. Of a call that only repeated deliveries: the one that holds the first of them. */
    readonly session: Required<SessionAddress>;
    /** One for each entry of the call, in its order. */
    readonly entries: readonly ReceiptEntry[];
    /** The session's revision after the call. */
    readonly revision: number;
    readonly entryCount: number;
    readonly head: string;
}
// record-text.d.ts
import { type JsonObject } from './json.ts';
/** What a record may measure (S12). */
export interface RecordLimits {
    /** Bytes of UTF-8. Default 16 MiB. */
    readonly maxBytes: number;
    /** Levels of nesting, the record itself being the first. Default 200. */
    readonly maxDepth: number;
}
/** The limits a store has unless told otherwise. */
export declare const DEFAULT_RECORD_LIMITS: RecordLimits;
/**
 * The exact text of a record: what the store keeps and gives back byte for byte (S12).
 *
 * Text is taken as it is, with one exception that no encoding can avoid: an unpaired surrogate, which UTF-8 cannot
 * carry, is written as its JSON escape (`\ud83c`), the same string to every JSON reader. A value is serialised by
 * `JSON.stringify`, which does the same. Fails with `InvalidRecord`.
 */
export declare function recordText(record: string | JsonObject, limits?: RecordLimits): string;
/** Parses a record's text. `__proto__` is an own member here, as in any JSON. Fails with `InvalidRecord`. */
export declare function parseRecord(text: string): JsonObject;
/** Whether brackets nest deeper than `levels`, found without parsing, so that hostile depth cannot exhaust the stack. */
export declare function isDeeperThan(text: string, levels: number): boolean;
/** How many bytes of UTF-8 a well-formed text takes. */
export declare function utf8Length(text: string): number;
// redact.d.ts
/** What stands in place of a redacted text. */
export declare const REDACTED = "[redacted]";
/**
 * A record without a text, or null where it does not hold it (S27). Wherever the text stands in a string (a member's
 * name, a value) it becomes {@link REDACTED}, also where it is escaped because the string is itself JSON, to a depth
 * of three; a number that shows it becomes the string. Every other byte stays as it was.
 */
export declare function redactRecord(record: string, text: string): string | null;
/** Whether raw text holds a text, also escaped as inside JSON: for lines that are no records (S27). */
export declare function holdsText(raw: string, text: string): boolean;
// remover.d.ts
import type { Session, WriteCondition } from './session.ts';
import type { SessionRef } from './session-ref.ts';
/** What may go. Sessions deleted longer ago than the retention go with any policy; nothing else does unless named. */
export interface PrunePolicy {
    /** What left its session more than so many ms ago. */
    readonly historyOlderThan?: number;
    /** Sessions that ended more than so many ms ago. */
    readonly endedOlderThan?: number;
    /** Sessions that are kept whole, with their history, whatever the policy says: legal holds. */
    readonly hold?: readonly SessionRef[];
    /** Defaults to true: report, and remove nothing. */
    readonly dryRun?: boolean;
}
/** What went, or in a dry run would go. */
export interface PruneReport {
    readonly dryRun: boolean;
    /** Sessions removed: ended ones, and deleted ones beyond the retention. */
    readonly sessions: number;
    /** Entries removed for good. Those that a fork or another session still says are not among them (S8). */
    readonly entries: number;
    /** Bytes of the removed entries' records, in UTF-8. */
    readonly bytes: number;
    /** Sessions that the policy would have touched, and a hold kept. */
    readonly held: number;
}
/** What a redaction removed. */
export interface RedactReceipt {
    /** Ids of the entries of the session that held the text, the one named and history, in order. Empty: nothing did. */
    readonly entries: readonly number[];
    /** How many quarantined lines of the session held it, and lost their bytes. */
    readonly quarantined: number;
}
/** Takes things out of a store for good, and says so in their place (S27). */
export interface SessionRemover {
    /**
     * Deletes a session and leaves a tombstone: import, mirror and retry never bring it back (S27), they fail with
     * `SessionDeleted`. What forks say stays (S8). Deleting it again does nothing. Fails with `NoSession`,
     * `RevisionConflict` (S6).
     *
     * Cost: one commit, whatever the session's length; `prune` frees the room after the retention.
     */
    delete(session: SessionRef, options?: WriteCondition): Promise<void>;
    /**
     * Brings a deleted session back as it was, within the retention (S27). One that lives is given as it stands. Fails
     * with `NoSession`, and with `SessionDeleted` after the retention.
     *
     * Cost: one commit.
     */
    undelete(session: SessionRef): Promise<Session>;
    /**
     * Drops history, ended sessions and what was deleted longer ago than the retention, by a policy (S27). A dry run
     * unless told otherwise. Legal holds are respected, and so is what forks still say (S8). A pruned session leaves a
     * tombstone like a deleted one, and cannot be brought back. The keys of pruned history stay taken (S4).
     *
     * Cost: reads the lists of ranges of the sessions that the policy touches; removes in short transactions.
     */
    prune(policy: PrunePolicy): Promise<PruneReport>;
    /**
     * Removes a text from an entry, from the session's history, its quarantined lines and the index (S27): wherever it
     * stands in a string or number of the record, also escaped inside JSON within a string, it becomes `[redacted]`
     * ({@link redactRecord}). The entry says so (`redaction`) and keeps its first hash, so that the head still chains;
     * `verify` holds it against the hash in its redaction (S25). Every session that says it gets a new generation, so
     * that readers read it again. Other live entries that hold the text are left: name them too.
     *
     * Fails with `NoSession`, `SessionDeleted`, and `InvalidArgument` for an entry that the session never had.
     *
     * Cost: reads the session's history once.
     */
    redact(session: SessionRef, entryId: number, text: string): Promise<RedactReceipt>;
}
/** Copies a store while it is used. */
export interface StoreBackup {
    /**
     * An online, checked copy with owner-only permissions (S25). It is a store of its own: cursors of `changes` that
     * belong to this one are `CursorStale` there (S19).
     */
    backup(path: string): Promise<{
        readonly bytes: number;
        readonly entries: number;
    }>;
}
// rewrite.d.ts
import type { EntryKind } from './entry.ts';
import { type EntryAddress, type EntryRange } from './generation.ts';
/**
 * The ranges of a replacement (S7): the places before `from`, then the deliveries carried over, then what is said
 * instead.
 */
export declare function replacedRanges(ranges: readonly EntryRange[], from: number, carried: readonly EntryAddress[], said: readonly EntryAddress[]): EntryRange[];
/** Which entries of a replaced part are carried over, in their order: its deliveries, but for those in `except` (S7). */
export declare function carriedDeliveries<T extends {
    readonly id: number;
    readonly kind: EntryKind;
}>(replaced: readonly T[], except: ReadonlySet<number>): T[];
/** Whether two lists of ranges say the same entries in the same order, however they are cut. */
export declare function saysTheSame(a: readonly EntryRange[], b: readonly EntryRange[]): boolean;
// rewriter.d.ts
import type { NewEntry } from './entry.ts';
import type { Receipt } from './receipt.ts';
import type { NewSession, ParentReason, Session, WriteCondition } from './session.ts';
import type { SessionRef } from './session-ref.ts';
/** A new end for a session. */
export interface Replacement {
    /** The first place that changes, 1 to `entryCount + 1`; what stands from there on becomes history. */
    readonly from: number;
    /** What stands there instead; empty for an undo. */
    readonly entries: readonly NewEntry[];
    /** Entry ids of deliveries in the replaced part that shall not be carried over. All others are (S7). */
    readonly dropDeliveries?: readonly number[];
}
/** How a rewrite is made. */
export interface RewriteOptions extends WriteCondition {
    /** Who writes. Defaults to `gateway`. */
    readonly writer?: string;
    /**
     * Makes a retry safe (S4): the same key and the same call again is a no-op that returns the first receipt, another
     * call is `KeyConflict`. Kept for as long as the session; apart from the entries' keys.
     */
    readonly operationKey?: string;
}
/** What a replacement returns, after its commit. */
export interface RewriteReceipt extends Receipt {
    /** The generation that says it. */
    readonly generation: number;
    /** Ids of the deliveries carried over, in their order. They stand from `from` on, before the call's own entries. */
    readonly carried: readonly number[];
    /** Whether the operation key had been used before: this is the first receipt, and nothing was written (S4). */
    readonly already: boolean;
}
/** Changes what a session says, without changing any entry. */
export interface SessionRewriter {
    /**
     * Makes a new generation in one transaction (S2, S7): the places before `from` as they stand, then the deliveries of
     * the replaced part (they happened before the new entries, and the person did receive them), then `entries`. What
     * left it stays readable as history until pruned, and its keys stay taken (S4). Retry and undo are this one call.
     *
     * An entry whose key was used before in the session, for the same record, is not stored again (S4): it is said again
     * here if it was part of what is replaced or of history, and stays where it is if it stands before `from`; either
     * way its receipt says `already`. A replacement that changes nothing makes no generation and leaves the revision.
     *
     * Fails with `NoSession`, `SessionDeleted`, `RevisionConflict` (S6), `KeyConflict`, `InvalidRecord`, and
     * `InvalidArgument` for a `from` beyond the end or a `dropDeliveries` that names no delivery of the replaced part.
     *
     * Cost: one commit; re-chains the head from `from` on.
     */
    replace(session: SessionRef, replacement: Replacement, options?: RewriteOptions): Promise<RewriteReceipt>;
}
/** Where a fork begins, and what the new session is. Its parent is filled in. */
export interface Fork extends Omit<NewSession, 'parent'> {
    /** The new session's id, in the parent's namespace. */
    readonly id: string;
    /** The last place of the parent that the fork says, 0 to its `entryCount`. Defaults to the parent's end. */
    readonly through?: number;
    /** Why there is a new session. Defaults to `fork`. */
    readonly why?: ParentReason;
}
/** How a fork is made: `operationKey` belongs to the parent, and so does `expectedRevision`. */
export type ForkOptions = Omit<RewriteOptions, 'writer'>;
/** Starts sessions from the past of others. */
export interface SessionForker {
    /**
     * A new session that says the parent's entries up to `through`, by reference (S8): nothing is copied, the parent does
     * not change, and pruning or deleting it keeps what forks still say. Entries keep their ids; the fork's own count on
     * behind the greatest of them. The keys of the entries that it says are taken in the fork as well (S4).
     *
     * The codec is the parent's unless given; title, meta and origin are not inherited. The revision is 0. The same
     * `operationKey` and call again returns the fork as it stands by then (S4).
     *
     * Fails with `NoSession`, `SessionExists`, `SessionDeleted`, `RevisionConflict`, `KeyConflict`, and `InvalidArgument`
     * for a `through` beyond the end.
     *
     * Cost: one commit; O(through) hashing for the head, no entry is copied.
     */
    fork(parent: SessionRef, fork: Fork, options?: ForkOptions): Promise<Session>;
}
// routes.d.ts
import type { Origin } from './origin.ts';
import type { Session } from './session.ts';
import type { SessionRef } from './session-ref.ts';
/** One way to a live session. */
export interface Route {
    readonly namespace: string;
    readonly origin: Origin;
    readonly session: string;
}
/**
 * Origins and the live sessions that they lead to, many to one. A session's own origin leads to it without a route; a
 * route is for any further origin, and for saying which of several sessions is meant (S10).
 */
export interface RouteStore {
    /**
     * The live session that an origin means, or null where there is none ({@link sessionsOfOrigin}). Several are
     * `AmbiguousOrigin` with the candidates, never the newest; one that has ended or was deleted never counts (S10).
     *
     * Cost: O(live sessions of the platform in that namespace) at worst; one look-up where a route has that origin.
     */
    resolve(origin: Origin, namespace?: string): Promise<Session | null>;
    /**
     * Leads exactly this origin to a session of the namespace, in place of where a route led it, in one transaction (S2).
     * The revision does not move. Fails with `NoSession`, `SessionDeleted`.
     *
     * Cost: one commit.
     */
    route(origin: Origin, session: SessionRef): Promise<void>;
    /** The routes that lead to a session, in the order they were made. Fails with `NoSession`. */
    routes(session: SessionRef): Promise<readonly Route[]>;
}
// schemas.d.ts
import { z } from 'zod';
import type { AppenderScope, AppendOptions, OriginTarget } from './appender.ts';
import type { ChangeOptions } from './changes.ts';
import type { NewEntry } from './entry.ts';
import type { Origin } from './origin.ts';
import type { ListPageOptions, PageOptions, ReadOptions } from './reader.ts';
import type { PrunePolicy } from './remover.ts';
import type { Fork, Replacement, RewriteOptions } from './rewriter.ts';
import type { NewSession, SessionPatch, WriteCondition } from './session.ts';
import { type SessionAddress, type SessionRef } from './session-ref.ts';
/** A session's address: see {@link SessionRef}. */
export declare const sessionAddressSchema: z.ZodType<Required<SessionAddress>>;
/** See {@link Origin}. */
export declare const originSchema: z.ZodType<Origin>;
/** See {@link NewSession}. */
export declare const newSessionSchema: z.ZodType<NewSession>;
/** See {@link SessionPatch}. */
export declare const sessionPatchSchema: z.ZodType<SessionPatch>;
/** See {@link WriteCondition}. */
export declare const writeConditionSchema: z.ZodType<WriteCondition>;
/** See {@link OriginTarget}. */
export declare const originTargetSchema: z.ZodType<OriginTarget>;
/** See {@link NewEntry}. The record itself is checked by {@link recordText}, as text. */
export declare const newEntrySchema: z.ZodType<NewEntry>;
/** See {@link Replacement}. Its entries are checked one by one. */
export declare const replacementSchema: z.ZodType<Replacement>;
/** See {@link RewriteOptions}. */
export declare const rewriteOptionsSchema: z.ZodType<RewriteOptions>;
/** See {@link Fork}. */
export declare const forkSchema: z.ZodType<Fork>;
/** See {@link AppendOptions}. */
export declare const appendOptionsSchema: z.ZodType<AppendOptions>;
/** See {@link AppenderScope}. */
export declare const appenderScopeSchema: z.ZodType<AppenderScope>;
/** See {@link ReadOptions}. */
export declare const readOptionsSchema: z.ZodType<ReadOptions>;
/** See {@link PageOptions}. */
export declare const pageOptionsSchema: z.ZodType<PageOptions>;
/** See {@link ListPageOptions}. */
export declare const listPageOptionsSchema: z.ZodType<ListPageOptions>;
/** See {@link ChangeOptions}. */
export declare const changeOptionsSchema: z.ZodType<ChangeOptions>;
/** See {@link PrunePolicy}. Who is held is checked with {@link checkSession}. */
export declare const prunePolicySchema: z.ZodType<PrunePolicy>;
/** The arguments of a redaction. */
export declare const redactionSchema: z.ZodType<{
    readonly entryId: number;
    readonly text: string;
}>;
/** Checks an argument and gives it back, or fails with an `InvalidArgument` that names the member and never its value. */
export declare function checkArgument<T>(schema: z.ZodType<T>, value: unknown, name: string): T;
/** The checked address of a session. Fails with `InvalidArgument`. */
export declare function checkSession(session: SessionRef): Required<SessionAddress>;
/** Whether the target of an append is an origin. */
export declare function isOriginTarget(target: SessionRef | OriginTarget): target is OriginTarget;
// search-match.d.ts
import { type SearchPiece } from './search-terms.ts';
/**
 * Whether a text is found by a query (S17): all pieces of the query are in it, in any order, each with its units in a
 * row. Words match as wholes, or by their beginning where the query says `*`; characters of scripts without spaces match
 * wherever they stand. This is the specification of search: an index may be faster, and must never say otherwise.
 *
 * Any query is legal, and one without a word, character or symbol matches nothing. A text that holds a query as it
 * stands, between spaces, is found by it.
 *
 * @example
 * ```ts
 * import { matches } from '@faircopy/store-core'
 *
 * matches('CAFÉ', 'the cafe opens') // true
 * matches('用', '最新iPhone用ケース') // true
 * matches('foo::bar', 'call foo::bar()') // true
 * ```
 */
export declare function matches(query: string | readonly SearchPiece[], text: string): boolean;
/**
 * How well a matching text fits a query, for `order: 'best'`: how often its pieces occur, with ever less to gain, in a
 * text that is not longer than it must be. It is BM25 without the part that needs to know all other texts, so that every
 * backend agrees. 0 where the text does not match.
 *
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), k1 = 1.2, b = 0.75.
 */
export declare function relevance(query: string | readonly SearchPiece[], text: string): number;
// search-options.d.ts
import { z } from 'zod';
import type { SearchOptions } from './search.ts';
/** See {@link SearchOptions}. */
export declare const searchOptionsSchema: z.ZodType<SearchOptions>;
// search-terms.d.ts
/**
 * The units that a text is compared by, in order. A unit is one of
 *
 * - a word: letters, digits and marks of the scripts that put spaces between words; longer ones than
 *   {@link LONGEST_WORD} characters in pieces of that length;
 * - a character of a script that does not (Han, kana, Hangul, Thai, Lao, Khmer, Myanmar, …);
 * - a symbol: an emoji, an arrow, a currency sign.
 *
 * Everything else (spaces, punctuation, `_`, the symbols of ASCII, lines of tables) only separates. Units are folded: see
 * {@link foldText}. Any text is legal. Cost: O(length).
 */
export declare function searchUnits(text: string): string[];
/** A part of a query that must stand in a text in one piece: units in a row, whatever separates them there. */
export interface SearchPiece {
    readonly units: readonly string[];
    /** Whether the last unit may be the beginning of a word: `deploy*`. */
    readonly prefix: boolean;
}
/** The version of all of this: an index that was made by another one has other terms. */
export declare const SEARCH_VERSION = 1;
/** Of a query so many units count, and what follows is not looked for. */
export declare const LONGEST_QUERY = 1000;
/** A word longer than this, in code points, is taken in pieces of this length. */
export declare const LONGEST_WORD = 64;
/** A `*` behind a shorter beginning than this, in code points, says nothing: too many words would begin with it. */
export declare const SHORTEST_PREFIX = 3;
/**
 * What a query asks for: every piece must be found. A piece is what stands between spaces, or between double quotes.
 * Any text is legal; one without a word, character or symbol has no pieces and finds nothing.
 *
 * @example
 * ```ts
 * import { searchPieces } from '@faircopy/store-core'
 *
 * searchPieces('foo::bar deploy*') // [{ units: ['foo', 'bar'], prefix: false }, { units: ['deploy'], prefix: true }]
 * ```
 */
export declare function searchPieces(query: string): readonly SearchPiece[];
/** A term of an index: a word, a character, or a pair of neighbouring characters. */
export interface SearchTerm {
    readonly text: string;
    /** Whether any term that begins with it will do. */
    readonly prefix: boolean;
}
/**
 * The terms that an index keeps of a text, each once: every unit, and every pair of characters that follow each other.
 * A text that {@link matches} a query has all its {@link queryTerms}; one that has them need not match. They hold
 * nothing but letters, digits, marks and symbols: of ASCII, only `a`–`z` and `0`–`9`.
 */
export declare function indexTerms(text: string): Set<string>;
/** The fewest terms that every text which matches these pieces has: pairs stand in for the characters in them. */
export declare function queryTerms(pieces: readonly SearchPiece[]): readonly SearchTerm[];
/**
 * The form in which texts are compared: width and compatibility forms (NFKC), case, and accents are folded.
 *
 * Of Latin, Greek, Cyrillic, Hebrew and Arabic, marks go (é → e, й → и, vowel points), and so do the tatweel and
 * invisible characters (soft hyphen, joiners, variation selectors, direction marks), skin tones, and the stroke of ø đ ł.
 * Marks of other scripts stay: in Thai, Devanagari or kana they are letters. Folding twice changes nothing.
 */
export declare function foldText(text: string): string;
// search-text.d.ts
import type { Codec } from './codec.ts';
import type { Entry } from './entry.ts';
/**
 * What of an entry can be found by search (S17), read through the session's codec: the text of its content, and of each
 * tool call the name and the arguments (their member names and values, where they are JSON; as they stand, where not).
 * A `session_meta` has none. Roles, ids and members that the codec does not name are not searched.
 */
export declare function searchText(entry: Pick<Entry, 'kind' | 'record'>, codec: Codec): string;
// search.d.ts
import type { Entry } from './entry.ts';
import type { SessionAddress } from './session-ref.ts';
/** What is looked for. */
export interface SearchOptions {
    readonly namespace?: string;
    readonly session?: string;
    /** At most so many hits, 1 to 1000. Defaults to 20. */
    readonly limit?: number;
    readonly order?: 'newest' | 'best';
    /** Ms that catching up with the newest entries may take. Defaults to 200. */
    readonly budget?: number;
}
/** A live entry that matches. */
export interface SearchHit {
    readonly session: Required<SessionAddress>;
    readonly entry: Entry;
}
/** Hits, and whether everything acknowledged before the question was looked at (S17). */
export interface SearchResult {
    readonly hits: readonly SearchHit[];
    readonly complete: boolean;
    /** How many entries the index is behind, when not complete. */
    readonly behind: number;
}
/** Finds entries by their text. A capability a backend may decline (S17). */
export interface TranscriptSearch {
    /** Any text is a legal query (S17). Damage to the index never fails an append (S18). */
    search(text: string, options?: SearchOptions): Promise<SearchResult>;
}
// session-ref.d.ts
/** The namespace of a session that names none. */
export declare const DEFAULT_NAMESPACE = "default";
/**
 * Which session: its id within a namespace (a profile, an account). An id is well-formed text of 1 to 255 bytes of
 * UTF-8, compared byte for byte, and never a path. A plain string is an id in the {@link DEFAULT_NAMESPACE}.
 */
export type SessionRef = string | SessionAddress;
/** A session's id and its namespace, spelled out. */
export interface SessionAddress {
    readonly namespace?: string;
    readonly id: string;
}
/** The address with its namespace filled in. */
export declare function sessionAddress(session: SessionRef): Required<SessionAddress>;
/** A session's name for people: JSON-quoted, so that no id can imitate a message or a terminal escape. */
export declare function sessionLabel(session: SessionRef): string;
// session.d.ts
import type { JsonObject } from './json.ts';
import type { Origin } from './origin.ts';
import type { SessionRef } from './session-ref.ts';
/** Why a session has a parent. */
export type ParentReason = 'fork' | 'reset' | 'compaction' | 'subagent' | 'divergence';
/** The session that this one goes on from. It need not (or no longer) be in the store. */
export interface SessionParent {
    readonly namespace: string;
    readonly id: string;
    /** The last entry of the parent that belongs to this session's past, where known. */
    readonly entry: number | null;
    readonly why: ParentReason;
}
/** One conversation, as the store knows it. Listing and looking up never load entries (S14). */
export interface Session {
    readonly namespace: string;
    readonly id: string;
    readonly origin: Origin | null;
    readonly parent: SessionParent | null;
    readonly title: string | null;
    /** Facts about the session that the contract does not name. */
    readonly meta: JsonObject;
    /** The {@link Codec} that reads the session's records. */
    readonly codec: string;
    /** Epoch ms, null where unknown. */
    readonly startedAt: number | null;
    /** Epoch ms; null while the session lives. */
    readonly endedAt: number | null;
    readonly endReason: string | null;
    /** Moves with every write that a turn depends on (S6); deliveries, title and meta leave it. Starts at 0. */
    readonly revision: number;
    /** The number of the list of ranges that says what the session says now. Appending does not change it. */
    readonly generation: number;
    /** How many live entries there are. */
    readonly entryCount: number;
    /** 64 hex digits: see {@link chainHead}. Two sessions say the same iff their heads are equal. */
    readonly head: string;
    /** Epoch ms of the last write to the session, by the clock of the process that wrote. */
    readonly updatedAt: number;
}
/** What is known of a session when it is created. Everything is optional. */
export interface NewSession {
    readonly origin?: Origin | null;
    readonly parent?: (Omit<SessionParent, 'namespace' | 'entry'> & {
        readonly namespace?: string;
        readonly entry?: number | null;
    }) | null;
    readonly title?: string | null;
    readonly meta?: JsonObject;
    /** Defaults to `openai-chat`. */
    readonly codec?: string;
    readonly startedAt?: number | null;
    readonly endedAt?: number | null;
    readonly endReason?: string | null;
}
/** Creates sessions. */
export interface SessionCreator {
    /**
     * Creates a session, empty but for what was held for its origin (S2, S11). Fails with `SessionExists` or, where it
     * was deleted, `SessionDeleted` (S27).
     *
     * Cost: one commit.
     */
    create(session: SessionRef, about?: NewSession): Promise<Session>;
}
/** What {@link SessionUpdater.update} may change. A member left out stays. */
export interface SessionPatch {
    readonly title?: string | null;
    /** Whole: what it leaves out is gone. */
    readonly meta?: JsonObject;
    readonly origin?: Origin | null;
    readonly endedAt?: number | null;
    readonly endReason?: string | null;
}
/** Makes a write conditional. */
export interface WriteCondition {
    /** The session's revision as the caller read it; another one is `RevisionConflict` (S6). */
    readonly expectedRevision?: number;
}
/** Changes what is known about a session, never what it says. */
export interface SessionUpdater {
    /**
     * Changes title, meta, origin or end in one transaction (S2). The revision does not move (S6). An `endedAt` ends the
     * session, so that no origin leads to it any more (S10); null lets it live again. Held deliveries are not placed by
     * this (S11). Fails with `NoSession`, `SessionDeleted`, `RevisionConflict`.
     *
     * Cost: one commit.
     */
    update(session: SessionRef, patch: SessionPatch, options?: WriteCondition): Promise<Session>;
}
// store-error.d.ts
/**
 * What became of the write that failed (S3).
 *
 * - `not-stored`: nothing of the call is stored, and nothing of it will appear later.
 * - `unknown`: the write may or may not be stored (an I/O error at commit, a lost connection). Retrying with the
 *   same idempotency key is safe and tells.
 */
export type WriteOutcome = 'not-stored' | 'unknown';
/** Every code a store may fail with. Codes are stable: branch on them, never on a message. */
export type StoreErrorCode = 'AMBIGUOUS_ORIGIN' | 'CURSOR_STALE' | 'HOLD_FULL' | 'INVALID_ARGUMENT' | 'INVALID_RECORD' | 'KEY_CONFLICT' | 'KIND_REFUSED' | 'NO_SESSION' | 'NOT_A_STORE' | 'READ_ONLY' | 'REVISION_CONFLICT' | 'SCHEMA_TOO_NEW' | 'SESSION_DELETED' | 'SESSION_EXISTS' | 'SESSION_FULL' | 'STORE_BUSY' | 'STORE_CLOSED' | 'STORE_CORRUPT' | 'STORE_FULL' | 'STORE_IO' | 'STORE_REPLACED' | 'UNSAFE_LOCATION' | 'UNSUPPORTED_RUNTIME';
/** The facts of a failure. */
export interface StoreErrorDetails {
    /** Defaults to `not-stored`. */
    readonly outcome?: WriteOutcome;
    /** Whether the same call may succeed later without anybody doing anything. Defaults to false. */
    readonly retryable?: boolean;
    /** What to do next, one sentence. */
    readonly advice: string;
    /** The error underneath, kept as it was. */
    readonly cause?: unknown;
}
/**
 * The base of every error of the contract. Messages name sessions, paths, limits and counts, and never a word of a
 * transcript.
 *
 * @example
 * ```ts
 * import { StoreError } from '@faircopy/store-core'
 *
 * export function worthRetrying(error: unknown): boolean {
 *   return StoreError.is(error) && (error.retryable || error.outcome === 'unknown')
 * }
 * ```
 */
export declare abstract class StoreError extends Error {
    readonly code: StoreErrorCode;
    readonly outcome: WriteOutcome;
    readonly retryable: boolean;
    readonly advice: string;
    constructor(code: StoreErrorCode, message: string, details: StoreErrorDetails);
    /** Whether `error` is one of the contract's, also when it was thrown by another copy of this package. */
    static is(error: unknown): error is StoreError;
}
// store-policy.d.ts
/** What a store keeps for a while, and how long. A backend takes any part of it when it is opened. */
export interface StorePolicy {
    /** How many deliveries may be held for one origin; one more is `HoldFull` (S11). Default 1000. */
    readonly heldPerOrigin: number;
    /** Ms that a delivery is held at most; then it is forgotten (S11). Default 30 days. */
    readonly heldForMs: number;
    /** Ms in which a deleted session can be brought back (S27). Default 30 days. */
    readonly undeleteForMs: number;
}
/** The policy of a store that is told nothing else. */
export declare const DEFAULT_STORE_POLICY: StorePolicy;
// store.d.ts
import type { AppenderSource, TranscriptAppender } from './appender.ts';
import type { ChangeReader } from './changes.ts';
import type { StoreInspector } from './facts.ts';
import type { HistoryReader } from './history.ts';
import type { TranscriptImporter } from './importer.ts';
import type { Closable, TranscriptReader } from './reader.ts';
import type { SessionRemover } from './remover.ts';
import type { SessionForker, SessionRewriter } from './rewriter.ts';
import type { RouteStore } from './routes.ts';
import type { SessionCreator, SessionUpdater } from './session.ts';
import type { TranscriptVerifier } from './verifier.ts';
/**
 * The whole contract, but for what a backend may well lack: {@link TranscriptSearch} (S17) and {@link StoreBackup}
 * (S25). It is the sum of small capabilities, and a caller should ask for the smallest that serves: a mirror takes a
 * {@link TranscriptAppender}, a viewer a {@link TranscriptReader}.
 *
 * How it grows: methods are never optional, because "not implemented" would look like "nothing there". What a backend
 * may lack is a capability of its own ({@link Capability}), absent from the type of a backend that does not have it.
 */
export interface TranscriptStore extends TranscriptReader, HistoryReader, ChangeReader, TranscriptVerifier, TranscriptAppender, AppenderSource, SessionCreator, SessionUpdater, SessionRewriter, SessionForker, RouteStore, TranscriptImporter, SessionRemover, StoreInspector, Closable {
}
// title-match.d.ts
/** Whether a title holds a text anywhere, whatever the case, width and accents of either ({@link foldText}). */
export declare function matchesTitle(title: string | null, text: string): boolean;
// verifier.d.ts
import type { SessionRef } from './session-ref.ts';
/** What a check found wrong. */
export interface VerifyFinding {
    readonly code: 'database-damaged' | 'entry-hash' | 'entry-missing' | 'entry-unreadable' | 'head' | 'entry-count' | 'key-without-entry';
    readonly namespace?: string;
    readonly session?: string;
    readonly entry?: number;
    /** What differs, without any transcript text. */
    readonly detail: string;
}
/** The result of checking a store. */
export interface VerifyReport {
    readonly sessions: number;
    readonly entries: number;
    readonly findings: readonly VerifyFinding[];
}
/** How a check is made. */
export interface VerifyOptions {
    /** Only this session. Defaults to all, and the file's own structure. */
    readonly session?: SessionRef;
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: {
        readonly sessions: number;
        readonly entries: number;
    }) => void;
}
/** Checks that what is stored is what was written. */
export interface TranscriptVerifier {
    /**
     * Re-hashes every entry, live or history, and re-chains every head (S25). A redacted entry is held against the hash
     * in its redaction, and its head against the one it had before (S27). Reads only; damage is a finding, not an error.
     *
     * Cost: reads everything once, in short transactions.
     */
    verify(options?: VerifyOptions): Promise<VerifyReport>;
}
