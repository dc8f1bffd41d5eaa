import type { ChangeKind } from '../changes.ts'
import type { CheckedEntry } from '../checked-entry.ts'
import type { Entry } from '../entry.ts'
import type { EntryAddress, EntryRange } from '../generation.ts'
import type { GenerationInfo } from '../history.ts'
import type { ImportRun, LedgerRecord, QuarantinedLine } from '../importer.ts'
import type { Address, Imported, Operation } from '../kernel/look-ups.ts'
import type { Origin } from '../origin.ts'
import { readable } from '../readable.ts'
import type { NewSession } from '../session.ts'
import { isSameAddress } from '../session-ref.ts'

/** What is stored of an entry, once and for good. Its place is computed. */
export type StoredEntry = Omit<Entry, 'seq'>

/** What a key was used for: enough to tell whether a record is the same, also after the entry was pruned (S4). */
export interface KeyUse extends Pick<StoredEntry, 'id' | 'kind' | 'at' | 'hash'> {
  /** Whether a delivery took it, so that it is taken in the whole store; what it leads to may be of another kind. */
  readonly isDelivery: boolean
}

/** One list of ranges that a session had. */
export interface MemoryGeneration extends Omit<GenerationInfo, 'entryCount'> {
  readonly ranges: readonly EntryRange[]
}

/** A session: its entries by id, the lists of ranges that place them, and what is known of it. */
export interface MemorySession {
  /** The owner in ranges. */
  readonly number: number
  readonly address: Address
  readonly about: NewSession
  readonly entries: ReadonlyMap<number, StoredEntry>
  readonly nextId: number
  /** A key stays taken when its entry becomes history, and when that is pruned. */
  readonly keys: ReadonlyMap<string, KeyUse>
  readonly operations: ReadonlyMap<string, Operation>
  /** Oldest first; the last one is what the session contains. */
  readonly generations: readonly MemoryGeneration[]
  /** Oldest first. */
  readonly imports: readonly Imported[]
  readonly quarantined: readonly (QuarantinedLine & { readonly importId: string })[]
  readonly revision: number
  readonly updatedAt: number
  /**
   * `deleted` can be undeleted; of `gone` only the tombstone is left, and entries that others contain; of `undone` not even
   * that: the import that created it was taken back.
   */
  readonly state: 'living' | 'deleted' | 'gone' | 'undone'
  readonly deletedAt: number
  readonly change: { readonly position: number; readonly kind: ChangeKind }
}

/** A delivery that waits for a session of its origin (S11). */
export interface HeldDelivery {
  readonly namespace: string
  readonly origin: Origin
  readonly entry: CheckedEntry
  readonly heldAt: number
}

/** What an import has staged under a token. */
export interface StagedImport {
  readonly token: string
  readonly entries: readonly StoredEntry[]
  readonly lines: readonly QuarantinedLine[]
}

/** Everything a store holds. Never changed in place: a write makes the next one (S2). */
export interface MemoryState {
  readonly storeId: string
  /** By number, in the order of their creation. */
  readonly sessions: readonly MemorySession[]
  readonly routes: readonly { readonly origin: Origin; readonly session: Address }[]
  readonly held: readonly HeldDelivery[]
  readonly ledger: readonly LedgerRecord[]
  readonly runs: readonly ImportRun[]
  /** What imports brought that nobody sees yet (S9). */
  readonly staged: readonly StagedImport[]
  readonly claims: readonly { readonly session: Address; readonly token: string; readonly since: number }[]
  /** Every entry in the order in which it was stored, the newest last (S17). */
  readonly log: readonly EntryAddress[]
  /** How many changes there were (S19). */
  readonly position: number
}

/** What a write comes to: the next state, and the answer. */
export interface Written<T> {
  readonly state: MemoryState
  readonly result: T
}

/** The state of a store that nothing was written to. */
export function emptyState(storeId: string): MemoryState {
  return {
    storeId,
    sessions: [],
    routes: [],
    held: [],
    ledger: [],
    runs: [],
    staged: [],
    claims: [],
    log: [],
    position: 0,
  }
}

/** The session of an address, deleted or not. None that an undo took away. */
export function findSession(state: MemoryState, asked: Address): MemorySession | null {
  const isIt = ({ address, state: is }: MemorySession): boolean =>
    isSameAddress(address, asked) && is !== 'undone'
  return state.sessions.find(isIt) ?? null
}

/** The session of an address, to be read. Fails with `NoSession` (S15). */
export function readableSession(state: MemoryState, address: Address): MemorySession {
  const session = findSession(state, address)
  return readable(address, session?.state === 'living' ? session : null)
}
