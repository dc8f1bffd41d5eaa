import type { Entry } from '../entry.ts'
import { countEntries, type EntryAddress, type EntryRange, entryAt } from '../generation.ts'
import { chainHead, EMPTY_HEAD } from '../hash.ts'
import type { Address } from '../kernel/look-ups.ts'
import { factsOf, sessionOf } from '../kernel/session.ts'
import type { Session } from '../session.ts'
import type { MemoryGeneration, MemorySession, MemoryState, StoredEntry } from './state.ts'

/** The list of ranges that a session has now. */
export function currentGeneration(session: MemorySession): MemoryGeneration {
  return session.generations.at(-1) ?? { generation: 0, at: 0, reason: 'none', ranges: [] }
}

/** The ranges of what a session contains now. */
export function liveRanges(session: MemorySession): readonly EntryRange[] {
  return currentGeneration(session).ranges
}

/** The addresses of all sessions, deleted or not, in the order of their creation. None that an undo took away. */
export function addressesOf({ sessions }: MemoryState): Address[] {
  return sessions.filter(({ state }) => state !== 'undone').map(({ address }) => address)
}

/** The entry of an address, or null where it was pruned. */
export function entryOf(state: MemoryState, { owner, id }: EntryAddress): StoredEntry | null {
  return state.sessions[owner - 1]?.entries.get(id) ?? null
}

/** The entry at a place of a list of ranges, or null beyond its end. */
export function entryAtPlace(state: MemoryState, ranges: readonly EntryRange[], seq: number): Entry | null {
  const address = entryAt(ranges, seq)
  const stored = address && entryOf(state, address)
  return stored ? { ...stored, seq } : null
}

/** The addresses that a list of ranges says, in order. */
export function addressesIn(ranges: readonly EntryRange[]): EntryAddress[] {
  return ranges.flatMap(({ owner, first, last }) =>
    Array.from({ length: last - first + 1 }, (_, i) => ({ owner, id: first + i })),
  )
}

/** Every entry that the session has ever contained or set aside and that is still stored, by id. */
export function knownAddresses(state: MemoryState, session: MemorySession): Map<number, EntryAddress> {
  const all = session.generations.flatMap(({ ranges }) => addressesIn(ranges))
  const stored = all.filter((address) => entryOf(state, address) !== null).sort((a, b) => a.id - b.id)
  return new Map(stored.map((address) => [address.id, address]))
}

/** The chain over the hashes of what a list of ranges says, behind another one (S25). */
export function headOf(
  state: MemoryState,
  ranges: readonly EntryRange[],
  behind: string = EMPTY_HEAD,
): string {
  return addressesIn(ranges).reduce(
    (head, address) => chainHead(head, entryOf(state, address)?.hash ?? EMPTY_HEAD),
    behind,
  )
}

/** The session as the contract shows it. */
export function sessionView(state: MemoryState, session: MemorySession): Session {
  const { about, address, revision, nextId, updatedAt } = session
  const { generation, ranges } = currentGeneration(session)
  const [entryCount, head] = [countEntries(ranges), headOf(state, ranges)]
  return sessionOf(address, factsOf(about), { revision, generation, nextId, entryCount, head, updatedAt })
}
