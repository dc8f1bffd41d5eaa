import type { ChangeKind } from '../changes.ts'
import type { CheckedEntry } from '../checked-entry.ts'
import type { Redaction } from '../entry.ts'
import type { EntryAddress, EntryRange } from '../generation.ts'
import type { ImportRun, LedgerRecord, QuarantinedLine } from '../importer.ts'
import type { Origin } from '../origin.ts'
import type { Address, Facts, Imported, KeyUse, Operation, StagedAt, StagedKey, Tip } from './look-ups.ts'

/**
 * Everything that a rule can have written, in the order that a rule puts it. All effects of a call are written or none (S2).
 * They name a session by its address, also one that the same call makes. Nobody is told of an effect but of `tip` (S19);
 * every effect on a session moves its version.
 */
export type Effect =
  /** S10: a new session that is told by the `tip` that follows, with its first list: what it contains of another one (S8). */
  | {
      readonly effect: 'insert'
      readonly session: Address
      readonly facts: Facts
      readonly list: List
      /** S4, S8: of a fork: where its entries' keys and heads are found. */
      readonly parent: Address | null
      /** S9: where an import staged what becomes the session's own by the `show` that follows. */
      readonly staged?: StagedAt
    }
  /** S4, S12: stores entries under `firstId` and the next ones, and takes their keys; a delivery's in the whole store. */
  | {
      readonly effect: 'store'
      readonly session: Address
      readonly firstId: number
      readonly entries: readonly CheckedEntry[]
    }
  /** S5: lengthens the current list by entries from `firstId` on, at places from `seq` on. One head for each place (S25). */
  | {
      readonly effect: 'extend'
      readonly session: Address
      readonly firstId: number
      readonly seq: number
      readonly heads: readonly string[]
    }
  /**
   * S7, S13: another list from now on, whose first `shared` places are those of what it contained before the call. That
   * becomes history.
   */
  | {
      readonly effect: 'rewrite'
      readonly session: Address
      readonly list: List
      readonly shared: number
    }
  /** S4: keys lead to entries that are stored under another key; that of a delivery is taken in the whole store. */
  | { readonly effect: 'link'; readonly session: Address; readonly links: readonly Link[] }
  /** S6: what is known of a session. */
  | { readonly effect: 'facts'; readonly session: Address; readonly facts: Facts }
  /** S27: leaves a tombstone at a time, or takes it away. */
  | { readonly effect: 'tombstone'; readonly session: Address; readonly deletedAt: number | null }
  /** S19: a session's tip, behind all that changes what it contains or is known of it. Reported as this change. */
  | {
      readonly effect: 'tip'
      readonly session: Address
      readonly tip: Tip
      readonly change: ChangeKind
    }
  /** S10: leads exactly this origin to a session, and nowhere else. */
  | { readonly effect: 'route'; readonly session: Address; readonly origin: Origin }
  /** S10: whatever led to a session leads to another one of its namespace. */
  | { readonly effect: 'reroute'; readonly session: Address; readonly to: Address }
  /** S11: holds deliveries. */
  | {
      readonly effect: 'hold'
      readonly namespace: string
      readonly origin: Origin
      readonly at: number
      readonly entries: readonly CheckedEntry[]
    }
  /** S11: these are held no longer: they were placed. */
  | { readonly effect: 'release'; readonly numbers: readonly unknown[] }
  /** S11: forgets what was held since before a time. */
  | { readonly effect: 'expire'; readonly before: number }
  /** S4: remembers what was done under an operation key, for as long as the session. */
  | {
      readonly effect: 'operation'
      readonly session: Address
      readonly key: string
      readonly operation: Operation
    }
  /** S27: an entry that a session contains or contained says less from now on, and keeps its first hash. */
  | {
      readonly effect: 'redact'
      readonly session: Address
      readonly entry: EntryAddress
      readonly record: string
      readonly redaction: Redaction
    }
  /** S27: lines beside a session lose their bytes. */
  | { readonly effect: 'clear'; readonly session: Address; readonly lines: readonly unknown[] }
  /** S27: the same list again, as a new one: whoever read it reads it again. */
  | { readonly effect: 'repeat'; readonly session: Address; readonly list: Omit<List, 'ranges'> }
  /**
   * S27: forgets lists that a session left, or, where a `rewrite` follows, the current one. An entry that no list of any
   * session says may go from then on (S8).
   */
  | { readonly effect: 'drop'; readonly session: Address; readonly generations: readonly number[] }
  /**
   * S27: leaves of a session that its address is taken, and its tip. Nothing else of it is kept: no list, key,
   * operation, route, line or fact. Its entries may go as with `drop`.
   */
  | { readonly effect: 'bury'; readonly session: Address; readonly tip: Tip }
  /** S7, S9: a list that a session never contained as its own: history, behind the lists that it has. */
  | { readonly effect: 'history'; readonly session: Address; readonly list: List }
  /** S9: stores entries and lines that nobody sees, and takes ids for them but no keys. */
  | {
      readonly effect: 'stage'
      readonly place: StagedAt
      readonly firstId: number
      readonly entries: readonly CheckedEntry[]
      readonly lines: readonly QuarantinedLine[]
    }
  /**
   * S4, S9: what was staged is its session's: entries as any other, which take their keys, and lines under an import, of which
   * a `note` came before.
   */
  | {
      readonly effect: 'show'
      readonly place: StagedAt
      readonly importId: string
      readonly keys: readonly StagedKey[]
    }
  /** S9: keeps lines beside a session, under an import, of which a `note` came before. */
  | {
      readonly effect: 'quarantine'
      readonly session: Address
      readonly importId: string
      readonly lines: readonly QuarantinedLine[]
    }
  /** S9: what an import, of which a `note` came before, did to a session: kept so that it can be undone. */
  | { readonly effect: 'imported'; readonly session: Address; readonly imported: Imported }
  /** S9: forgets what an import did to a session, and the lines that it kept. */
  | { readonly effect: 'forget-import'; readonly session: Address; readonly importId: string }
  /** S4, S9: the keys that lead to these entries are free again, that of a delivery in the whole store. */
  | { readonly effect: 'free'; readonly session: Address; readonly ranges: readonly EntryRange[] }
  /**
   * S9, S13: the address is free again, and no route leads there. Nothing of the session is kept but that it changed; lists of
   * a new one count on behind this number. Comes behind the session's `tip`, if it has one.
   */
  | { readonly effect: 'vacate'; readonly session: Address; readonly generation: number }
  /** S9: a note in the ledger, and its run, if it is the run's first. The session need not be there. */
  | { readonly effect: 'note'; readonly run: ImportRun; readonly note: LedgerRecord }
  /** S9: takes the notes of a session under some keys out of the ledger. */
  | { readonly effect: 'strike'; readonly session: Address; readonly keys: readonly string[] }
  /** S9: an importer has a session under a token, whoever had it before. */
  | { readonly effect: 'claim'; readonly session: Address; readonly token: string; readonly at: number }
  /** S9: nobody has claimed a session any more. */
  | { readonly effect: 'unclaim'; readonly session: Address }

/** The name of an effect. */
export type EffectName = Effect['effect']

/** A list of ranges that a session is to have. */
export interface List {
  readonly generation: number
  readonly at: number
  readonly reason: string
  readonly ranges: readonly EntryRange[]
}

/** A key, and the entry of another key that it leads to from now on. */
export interface Link {
  readonly key: string
  readonly isDelivery: boolean
  readonly use: KeyUse
}
