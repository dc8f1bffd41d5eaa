import type { CheckedEntry } from '../checked-entry.ts'
import type { EntryAddress, EntryRange } from '../generation.ts'
import type { GenerationInfo } from '../history.ts'
import type { ImportClaimOwner, LedgerNote, LedgerRecord } from '../importer.ts'
import type { Origin } from '../origin.ts'
import type { OriginWay } from '../origin-match.ts'
import type { RewriteReceipt } from '../rewriter.ts'
import type { Session } from '../session.ts'
import type { SessionAddress } from '../session-ref.ts'

/** A session's address, spelled out. */
export type Address = Required<SessionAddress>

/**
 * The owner of entries that are the session's own, in every list that an engine answers with or is given. Any other owner
 * is a value of the engine's, which rules pass on and never look into: {@link StoredTip.owner}.
 */
export const OWN = 0

/** What moves when a session is written to. */
export interface Tip {
  readonly revision: number
  readonly generation: number
  /** The id of the next entry. Ids are never reused. */
  readonly nextId: number
  readonly entryCount: number
  /** 64 hex digits. */
  readonly head: string
  /** Epoch ms. */
  readonly updatedAt: number
}

/** A session's tip. Of a deleted one too. */
export interface StoredTip extends Tip {
  readonly isLiving: boolean
  /** The session as the owner of entries in the lists of others. */
  readonly owner: number
  /**
   * Another value after every change of whatever kind: of what it contains or is known of it, of its keys and operations.
   * `runNow` has no use for versions: an engine that only answers at once may have null for all of them.
   */
  readonly version: unknown
}

/** What is known of a session and moves only when somebody says so. */
export type Facts = Pick<
  Session,
  'origin' | 'parent' | 'title' | 'meta' | 'codec' | 'startedAt' | 'endedAt' | 'endReason'
>

/** All about a session but what it contains. */
export interface KnownSession extends StoredTip {
  readonly facts: Facts
  /** Of a deleted one that can be brought back: epoch ms. */
  readonly deletedAt: number | null
}

/** The entry that a key was used for: enough to tell whether a record is the same, also after it was pruned (S4). */
export interface KeyUse extends EntryAddress {
  readonly kind: string
  readonly at: number | null
  readonly hash: string
  /** Its place now; null where it is history. */
  readonly seq: number | null
}

/** A session that a delivery is stored in, or that began with it as a fork. */
export interface StoredDelivery {
  readonly session: Address
  readonly isLiving: boolean
  readonly version: unknown
  readonly use: KeyUse
}

/** A delivery that waits for a session of its origin (S11). */
export interface HeldDelivery {
  /** The engine's name for it. */
  readonly number: unknown
  readonly entry: CheckedEntry
}

/** Exactly this origin. */
export interface OriginAt {
  readonly namespace: string
  readonly origin: Origin
}

/** One or more origins of one platform. */
export interface OriginsAt {
  readonly namespace: string
  readonly origins: readonly [Origin, ...Origin[]]
}

/** What is held for exactly or roughly this origin, and not since before a time, which is too old (S11). */
export interface HeldAt extends OriginAt {
  readonly since: number
}

/**
 * What was found out about origins, and a value that is another one after every change to what decides it, of the namespace
 * and the platform: the routes and which of the sessions that they lead to live and have not ended, the origins of those
 * that do, and what is held.
 */
export interface OfOrigin<T> {
  readonly found: T
  readonly version: unknown
}

/** Where a route leads. */
export interface Lead {
  readonly session: Address
  /** Whether that session lives and has not ended. */
  readonly isOpen: boolean
}

/** What was done under an operation key (S4). */
export interface Operation {
  readonly digest: string
  readonly answer: RewriteReceipt | { readonly fork: Address }
}

/** An entry of a list, with what a head is chained from. */
export interface ChainedEntry extends EntryAddress {
  readonly hash: string
}

/** An entry as it is stored, with what it says by now. */
export interface StoredText extends EntryAddress {
  readonly kind: string
  readonly at: number | null
  readonly record: string
}

/** Entries, as they are named in a session. */
export interface EntriesOf {
  readonly session: Address
  readonly entries: readonly EntryAddress[]
}

/** A line that is kept beside a session's entries, with its bytes. */
export interface StoredLine {
  /** The engine's name for it. */
  readonly number: unknown
  readonly bytes: Uint8Array
}

/** A session that contains something, and its tip. */
export interface Containing {
  readonly session: Address
  readonly tip: StoredTip
}

/** A list that a session has or had. */
export type KnownList = Omit<GenerationInfo, 'entryCount'>

/** Entries, and lists of their session that are to go; null: all of its lists are. */
export interface UnlistedAsked {
  readonly session: Address
  readonly ranges: readonly EntryRange[]
  readonly without: readonly number[] | null
}

/** What an import did to a session. */
export interface Imported {
  readonly importId: string
  /** The list that the session contained before; null where there was no session. */
  readonly before: number | null
  readonly headBefore: string
  /** Its own list, and how much of that it brought or kept; null where it made none. */
  readonly made: { readonly generation: number; readonly count: number } | null
  /** Entries that it brought. */
  readonly brought: readonly EntryRange[]
  /** Facts that it filled in; of meta, the members. */
  readonly filled: Partial<Facts>
}

/** Where an import stages what becomes visible later, all at once. */
export interface StagedAt {
  readonly session: Address
  readonly token: string
  /** The session that it goes into, as the owner of entries: what is staged takes its next ids. Null: one that it makes. */
  readonly owner: number | null
}

/** A staged entry that has a key. */
export interface StagedKey extends Pick<CheckedEntry, 'kind'> {
  readonly id: number
  readonly idempotencyKey: string
}

/** A claim on a session. */
export interface KnownClaim {
  readonly token: string
  readonly owner: ImportClaimOwner
  /** Whether its owner is provably gone. */
  readonly isAbandoned: boolean
}

/** What was found in a session's notes, and a value that is another one after every change of them. */
export interface OfNotes<T> {
  readonly found: T
  readonly version: unknown
}

interface LookUp<Asked, Answer> {
  readonly asked: Asked
  readonly answer: Answer
}

/**
 * Everything that a rule can ask of an engine. Each look-up takes a list and gives an answer for each of it, in its order;
 * look-ups that a rule asks for together are answered from one moment. A look-up changes nothing.
 */
export interface LookUps {
  /** S5, S6: the tip of the session of an address; null where there is none. What every append reads. */
  readonly tips: LookUp<Address, StoredTip | null>
  /** S6, S10, S27: all about the session of an address. */
  readonly sessions: LookUp<Address, KnownSession | null>
  /** S13: the number of the first list of a new session: behind those of a session of this name that an undo took away. */
  readonly firstGenerations: LookUp<Address, number>
  /** S4, S8: what a key was used for in a session, or in the part of another that it began with as a fork. */
  readonly keys: LookUp<{ readonly session: Address; readonly key: string }, KeyUse | null>
  /** S4: the sessions that have the delivery of a key, those that live first; none that an undo took away. */
  readonly deliveries: LookUp<string, readonly StoredDelivery[]>
  /** S7: whether a session contains or contained the entry of an id and has it still. */
  readonly retained: LookUp<{ readonly session: Address; readonly id: number }, boolean>
  /** S11: the delivery that is held under a key. */
  readonly heldUnder: LookUp<{ readonly key: string; readonly since: number }, HeldDelivery | null>
  /** S11: what is held for origins that a session of this one answers to, in the order it came. */
  readonly heldFor: LookUp<HeldAt, OfOrigin<readonly HeldDelivery[]>>
  /** S11: how many are held for exactly this origin. */
  readonly heldCounts: LookUp<HeldAt, OfOrigin<number>>
  /** S10: the ways to live sessions that may decide what an origin means: see `sessionsOfOrigin`. */
  readonly originWays: LookUp<OriginAt, OfOrigin<readonly OriginWay[]>>
  /** S10: those that may decide what origins open: see `sessionsOpenedBy`. */
  readonly openingWays: LookUp<OriginsAt, OfOrigin<readonly OriginWay[]>>
  /** S10: where exactly this origin leads. */
  readonly routes: LookUp<OriginAt, OfOrigin<Lead | null>>
  /** S4: what was done under an operation key of a session. */
  readonly operations: LookUp<{ readonly session: Address; readonly key: string }, Operation | null>
  /** S7, S8: the ranges that contain places `from` to `to` of what a session contains. */
  readonly lists: LookUp<
    { readonly session: Address; readonly from: number; readonly to: number },
    readonly EntryRange[]
  >
  /** S25: the head after the first so many places of what a session contains. */
  readonly heads: LookUp<{ readonly session: Address; readonly seq: number }, string>
  /** S7: the deliveries that a session contains from a place on. */
  readonly deliveriesFrom: LookUp<
    { readonly session: Address; readonly from: number },
    readonly ChainedEntry[]
  >
  /**
   * S27: of a session's history and the entry of an id, those that hold a text, by id. Others of them may be among the
   * answers, or all.
   */
  readonly entriesHolding: LookUp<
    { readonly session: Address; readonly id: number; readonly text: string },
    readonly StoredText[]
  >
  /** S27: the lines beside a session that hold a text, in the order they came. Others of them may be among the answers. */
  readonly linesHolding: LookUp<{ readonly session: Address; readonly text: string }, readonly StoredLine[]>
  /** S8: the live sessions that contain one of these entries now, whoever owns it, in the order of their creation. */
  readonly containing: LookUp<EntriesOf, readonly Containing[]>
  /** S7, S27: the lists that a session has and those that it had and has still, oldest first. */
  readonly generations: LookUp<Address, readonly KnownList[]>
  /** S7, S9: the ranges of the list of a number; null where it was pruned. */
  readonly pastLists: LookUp<
    { readonly session: Address; readonly generation: number },
    readonly EntryRange[] | null
  >
  /** S25: the head that comes to be where entries of a session are chained behind another one. */
  readonly chains: LookUp<
    { readonly session: Address; readonly behind: string; readonly ranges: readonly EntryRange[] },
    string
  >
  /** S8, S9: how many entries of these no list of any session would contain once some lists of this one are gone. */
  readonly unlisted: LookUp<UnlistedAsked, number>
  /** S9: what imports did to a session and is not undone, oldest first. */
  readonly imported: LookUp<Address, readonly Imported[]>
  /** S9: how many lines an import keeps beside a session. */
  readonly lineCounts: LookUp<{ readonly session: Address; readonly importId: string }, number>
  /** S9: the note of a session under a key. The session need not be there, as with all notes. */
  readonly notes: LookUp<{ readonly session: Address; readonly key: string }, OfNotes<LedgerRecord | null>>
  /** S9: the notes of a run on a session, in the order they were written. */
  readonly notesOfRun: LookUp<
    { readonly session: Address; readonly importId: string },
    OfNotes<readonly LedgerRecord[]>
  >
  /** S9: what an import staged at a place: what comes next, and how many entries are there. */
  readonly staged: LookUp<StagedAt, { readonly nextId: number; readonly count: number }>
  /** S9: who has claimed a session. */
  readonly claims: LookUp<Address, KnownClaim | null>
  /** S9, S27: the last note on a session. */
  readonly lastNotes: LookUp<Address, OfNotes<Pick<LedgerNote, 'verdict' | 'reason'> | null>>
}

/** The name of a look-up. */
export type LookUpName = keyof LookUps
