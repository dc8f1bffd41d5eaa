// certificate.d.ts
import type { MergeRun } from './merge-run.ts';
import type { AmbiguousReason, Verdict } from './verdict.ts';
/** A matched pair that two unrelated histories would not share by chance; a block is two such pairs side by side. */
export interface Anchor {
    /** `entry`: distinctive and told once by each witness. `block`: it and the next entry, told once as a block. */
    readonly kind: 'entry' | 'block';
    readonly canonical: number;
    readonly legacy: number;
}
/** The first place where two orders are possible, with both of them. */
export interface ContestedGap {
    /** Two equally short merges of the same stretch that say different things. */
    readonly orders: readonly [readonly MergeRun[], readonly MergeRun[]];
}
/**
 * What a verdict rests on, fit to be stored and to be checked without the search. `session_meta` is not part of it;
 * indices are those of the witnesses as they were given.
 */
export interface Certificate {
    readonly version: 1;
    readonly verdict: Verdict;
    readonly reason?: AmbiguousReason;
    /** The digests the witnesses came with. */
    readonly digests: {
        readonly canonical: string | null;
        readonly legacy: string | null;
    };
    /** The merge: what is matched, and who owns each gap between. Empty where the order is not known. */
    readonly runs: readonly MergeRun[];
    /** Length of the shortest merge, `null` where the search was given up. */
    readonly length: number | null;
    /** Legacy entries that matched canonical history, with the index in it. */
    readonly withdrawn: readonly {
        readonly legacy: number;
        readonly history: number;
    }[];
    /** Canonical entries that a stutter repeated. */
    readonly repeats: readonly number[];
    /** The first anchors in order, at most {@link ANCHORS_KEPT}; empty: there is none. */
    readonly anchors: readonly Anchor[];
    /** Only for `several-orders`. */
    readonly contested?: ContestedGap;
}
/** How many anchors a certificate names; one is enough to be evidence. */
export declare const ANCHORS_KEPT: number;
// combine-records.d.ts
/** What {@link combineRecords} made of two records of one entry. */
export interface CombinedRecord {
    /** The file's exact text, with the members it lacked added before its closing brace. */
    readonly text: string;
    /** Names of the members added, in the other record's order. */
    readonly added: readonly string[];
    /** Names of members with two different values; the file's stand. */
    readonly conflicts: readonly string[];
}
/**
 * Gives the file's record the members that only the other record of the same entry has. Nothing is written anew: what
 * the file says stays as it is, byte for byte, and a member comes over in the other record's own text.
 *
 * - A `timestamp` is neither added nor in conflict: it tells when a writer wrote, not what was said.
 * - A null in the other record adds nothing and contradicts nothing.
 * - A null in the file is a value: a second one beside it would be a duplicate key, so a value in the other record is
 *   a conflict. Two empty values (null, "", [], {}) agree.
 * - Values are compared as `JSON.parse` reads them; of a key that is written twice the last counts.
 * - A text that is not one JSON object has no members.
 *
 * @example
 * combineRecords('{"role":"user","content":"hi"}', '{"content":"hi","finish_reason":"stop"}')
 * // { text: '{"role":"user","content":"hi", "finish_reason":"stop"}', added: ['finish_reason'], conflicts: [] }
 */
export declare function combineRecords(fileText: string, otherText: string): CombinedRecord;
// index.d.ts
export { ANCHORS_KEPT, type Anchor, type Certificate, type ContestedGap } from './certificate.ts';
export { type CombinedRecord, combineRecords } from './combine-records.ts';
export type { BothRun, CanonicalRun, LegacyRun, MergeRun } from './merge-run.ts';
export { type PairFields, pairFields } from './pair-fields.ts';
export { DEFAULT_BUDGET, type ReconcileOptions, reconcile } from './reconcile.ts';
export type { Reconciliation, ReconciliationCounts, ReconciliationGains } from './reconciliation.ts';
export type { AmbiguousReason, Verdict } from './verdict.ts';
export type { Witness, WitnessEntry } from './witness.ts';
// merge-run.d.ts
/** A stretch of the merge that both witnesses tell: its n-th pair is `canonical + n` and `legacy + n`. */
export interface BothRun {
    readonly from: 'both';
    /** Index of the first entry in the canonical witness. */
    readonly canonical: number;
    /** Index of the first entry in the legacy witness. */
    readonly legacy: number;
    readonly length: number;
    /**
     * Whether every equally short merge pairs these entries. Where it is false the pairing is one of several, so the
     * members of the two entries must not be combined.
     */
    readonly certain: boolean;
    /**
     * Only of a `session_meta` (then `length` is 1): the side whose record stands. The other is absorbed, and its index
     * may lie elsewhere in its witness: it need not be read.
     */
    readonly stands?: 'canonical' | 'legacy';
}
/** A stretch of the merge that the canonical witness alone tells. */
export interface CanonicalRun {
    readonly from: 'canonical';
    /** Index of the first entry in the canonical witness. */
    readonly canonical: number;
    readonly length: number;
}
/** A stretch of the merge that the legacy witness alone tells: these entries join. */
export interface LegacyRun {
    readonly from: 'legacy';
    /** Index of the first entry in the legacy witness. */
    readonly legacy: number;
    readonly length: number;
}
/**
 * One stretch of a merge, over the indices of the witnesses as they were given. Followed in order, the runs read each
 * witness front to back once.
 */
export type MergeRun = BothRun | CanonicalRun | LegacyRun;
// pair-fields.d.ts
import type { WitnessEntry } from './witness.ts';
/** How the members beside the fingerprint of a matched pair compare. Names only, in the order they were given. */
export interface PairFields {
    /** Members the canonical entry lacks. */
    readonly gains: readonly string[];
    /** Members the legacy entry lacks. */
    readonly lacks: readonly string[];
    /** Members both have, with different values. */
    readonly conflicts: readonly string[];
    /** One native id, two texts: the canonical text stands and the other is reported. */
    readonly rewritten: boolean;
}
/** Compares the members of a matched pair. To be asked of certain pairs only: see `BothRun.certain`. */
export declare function pairFields(canonical: WitnessEntry, legacy: WitnessEntry): PairFields;
// reconcile.d.ts
import type { Reconciliation } from './reconciliation.ts';
import type { Witness } from './witness.ts';
/** How {@link reconcile} may search. */
export interface ReconcileOptions {
    /**
     * How many steps the search may take: one for each comparison and each node, eight for each number remembered.
     * Default {@link DEFAULT_BUDGET}.
     */
    readonly budget?: number;
}
/** A second or two of work and 125 MB beside the witnesses at most; docs/reconcile.md says what fits. */
export declare const DEFAULT_BUDGET: number;
/**
 * Decides whether the order of two histories of one conversation is known, and merges them if it is: exactly when they
 * have one shortest common supersequence, compared by what its entries say. Pure and deterministic; the answer needs
 * no time of day. What it promises:
 *
 * - P1 lossless: every entry of both witnesses is in the merge, matched pairs once (`withdrawn`, `repeats` and
 *   `absorbed` name what stays history or was told twice).
 * - P2 order-preserving: the merge restricted to either witness is that witness.
 * - P4 idempotent: the merge reconciled with either witness is `kept` or `identical`.
 * - P5 whether the order is known does not depend on which witness is called canonical.
 * - P7 near linear for similar histories; a search that would exceed the budget ends `ambiguous: too-different`.
 *
 * @param canonical what stands unless more is known; on a first import the database
 * @param legacy what may add to it; the file
 *
 * @example
 * const say = (text: string) => ({ fingerprint: text, distinctive: text.length >= 16 })
 * const database = { entries: [say('What is a fair copy?'), say('The final copy of a text.')] }
 * const file = { entries: [...database.entries, say('Thank you!')] }
 *
 * const { verdict, merge } = reconcile(database, file)
 * // 'extended': [{ from: 'both', canonical: 0, legacy: 0, length: 2, certain: true }, { from: 'legacy', legacy: 2, length: 1 }]
 */
export declare function reconcile(canonical: Witness, legacy: Witness, options?: ReconcileOptions): Reconciliation;
// reconciliation.d.ts
import type { Certificate } from './certificate.ts';
import type { MergeRun } from './merge-run.ts';
import type { AmbiguousReason, Verdict } from './verdict.ts';
/** Entries, `session_meta` aside. Unless `ambiguous`, `legacy = added + matched`. */
export interface ReconciliationCounts {
    readonly canonical: number;
    readonly legacy: number;
    /** Length of the merge, `null` for `ambiguous` and `unreadable`. */
    readonly merged: number | null;
    /** Legacy entries that join. */
    readonly added: number;
    /** Legacy entries that were there already, live or withdrawn. */
    readonly matched: number;
}
/** What {@link reconcile} found out. */
export interface Reconciliation {
    readonly verdict: Verdict;
    /** Only, and always, for `ambiguous`. */
    readonly reason?: AmbiguousReason;
    /** The merge, `session_meta` included; `null` for `ambiguous` and `unreadable`: the canonical witness stands. */
    readonly merge: readonly MergeRun[] | null;
    readonly counts: ReconciliationCounts;
    /**
     * Indices of legacy entries that matched canonical history and stay there; not part of the merge. Empty where the
     * order is not known.
     */
    readonly withdrawn: readonly number[];
    /** How many blocks of the canonical witness are a stutter. Only with verdict `kept`. */
    readonly stutter?: number;
    /** Indices of canonical entries that a stutter repeated and that become history; not part of the merge. */
    readonly repeats: readonly number[];
    /** Indices of legacy `session_meta` whose payload another one tells already; not part of the merge. */
    readonly absorbed: readonly number[];
    /** What `session_meta` and members of matched entries would change; all zero: nothing but the merge. */
    readonly gains: ReconciliationGains;
    /** Whether a matched pair vouches that these are two tellings of one conversation; `archive` demands it. */
    readonly anchored: boolean;
    readonly certificate: Certificate;
}
/** What matched pairs would give the canonical witness. Only certain pairs count. */
export interface ReconciliationGains {
    /** Pairs whose legacy entry has a member that the canonical one lacks. */
    readonly fields: number;
    /** Pairs that disagree on a member, or bear one id and say different things. */
    readonly conflicts: number;
    /** `session_meta` payloads that only the legacy witness has. */
    readonly payloads: number;
}
// verdict.d.ts
/**
 * What is known about the order of two histories. Judged in this order; `session_meta` aside.
 *
 * - `unreadable`: neither witness has an entry.
 * - `imported`: the canonical witness is empty, every legacy entry joins.
 * - `identical`: both tell the same entries in the same order.
 * - `kept`: the canonical witness tells everything the legacy one does, in that order.
 * - `extended`: the canonical witness is a prefix of the one shortest merge; the legacy tail joins.
 * - `merged`: any other single shortest merge.
 * - `ambiguous`: the order is not known; the canonical witness stands as it is, see {@link AmbiguousReason}.
 */
export type Verdict = 'identical' | 'imported' | 'kept' | 'extended' | 'merged' | 'ambiguous' | 'unreadable';
/**
 * Why an order is not known.
 *
 * - `several-orders`: more than one shortest merge.
 * - `no-evidence`: one shortest merge, but nothing distinctive that both witnesses tell.
 * - `too-different`: the search was given up at its budget.
 */
export type AmbiguousReason = 'several-orders' | 'no-evidence' | 'too-different';
// witness.d.ts
/**
 * One entry of a transcript as a witness tells it: what is needed to decide an order, and never a body. A caller
 * keeps offsets or keys of its own beside the list; here an entry is known by its index.
 */
export interface WitnessEntry {
    /**
     * Equal exactly when two entries say the same: role, decoded content (null reads as ""), parsed tool calls,
     * tool_call_id. Opaque here. Of a `session_meta`: equal exactly when the payload is.
     */
    readonly fingerprint: string;
    /**
     * An id the gateway or the agent gave the entry itself. Where both entries of a pair bear one, it alone decides
     * whether they match; otherwise the fingerprints do.
     */
    readonly nativeId?: string;
    /** Whether the entry can be an anchor alone: a native id, a tool_call_id, tool calls, or 16 characters and more. */
    readonly distinctive: boolean;
    /**
     * Milliseconds since the epoch; a naive local stamp is read as UTC. It never orders anything: it can only forbid an
     * anchor (26 hours) and bound a stutter (half a second).
     */
    readonly stamp?: number;
    /** Of a `session_meta` only: whether it still has its payload or a writer has flattened it away. */
    readonly meta?: 'payload' | 'flattened';
    /**
     * Name and short hash of every member that is not part of the fingerprint and has a value: reasoning,
     * finish_reason, mirror … Never a timestamp, never a null.
     */
    readonly fields?: ReadonlyMap<string, string>;
}
/** One telling of a conversation, in its own order. */
export interface Witness {
    /** What the conversation says, `session_meta` included, in the witness's order. */
    readonly entries: readonly WitnessEntry[];
    /**
     * Of the canonical witness: what was said and withdrawn (undone, compacted away, replaced by a retry, a stutter's
     * repeats), in the order it was written. A legacy entry that matches one counts as matched and never lives again.
     * An older form of an entry that is still live is not withdrawn and must not be listed here.
     */
    readonly history?: readonly WitnessEntry[];
    /** A digest of what the witness was read from. Only carried into the certificate. */
    readonly digest?: string;
}
