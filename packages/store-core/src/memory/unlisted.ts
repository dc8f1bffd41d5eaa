import type { EntryAddress } from '../generation.ts'
import type { Going, Removed } from '../kernel/prune.ts'
import { utf8Length } from '../record-text.ts'
import { findSession, type MemoryState, type StoredEntry } from './state.ts'
import { addressesIn } from './view.ts'

/** The names of the entries that lists of sessions contain. */
export function listedIn({ sessions }: MemoryState): ReadonlySet<string> {
  const lists = sessions.flatMap(({ generations }) => generations.flatMap(({ ranges }) => ranges))
  return new Set(addressesIn(lists).map(nameOf))
}

/** One text for each entry. */
export function nameOf({ owner, id }: EntryAddress): string {
  return `${owner} ${id}`
}

/** A state without the entries that no list of any session contains, and what those are: what a fork contains stays (S8). */
export function withoutUnlisted(state: MemoryState): {
  readonly state: MemoryState
  readonly removed: Removed
} {
  const listed = listedIn(state)
  const gone: StoredEntry[] = []
  const sessions = state.sessions.map((session) => {
    const isListed = ({ id }: StoredEntry): boolean => listed.has(nameOf({ owner: session.number, id }))
    const unlisted = [...session.entries.values()].filter((entry) => !isListed(entry))
    gone.push(...unlisted)
    if (unlisted.length === 0) return session
    return { ...session, entries: new Map([...session.entries].filter(([, entry]) => isListed(entry))) }
  })
  const bytes = gone.reduce((sum, { record }) => sum + utf8Length(record), 0)
  return { state: { ...state, sessions }, removed: { entries: gone.length, bytes } }
}

/** What no list would contain without these. */
export function unlistedWithout(state: MemoryState, going: readonly Going[]): Removed {
  return withoutUnlisted(going.reduce(withoutLists, state)).removed
}

/** A state without some lists of a session; null: without all of them. */
export function withoutLists(
  state: MemoryState,
  { session: address, generations: without }: Going,
): MemoryState {
  const session = findSession(state, address)
  if (!session) return state
  const generations = session.generations.filter(
    ({ generation }) => without !== null && !without.includes(generation),
  )
  return { ...state, sessions: state.sessions.with(session.number - 1, { ...session, generations }) }
}
