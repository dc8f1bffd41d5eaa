import type { EntryAddress } from '../generation.ts'
import type { Going, Removed } from '../kernel/prune.ts'
import { utf8Length } from '../record-text.ts'
import { findSession, type MemoryState, type StoredEntry } from './state.ts'
import { addressesIn } from './view.ts'

/** The names of the entries that lists of sessions say. */
export function saidIn({ sessions }: MemoryState): ReadonlySet<string> {
  const lists = sessions.flatMap(({ generations }) => generations.flatMap(({ ranges }) => ranges))
  return new Set(addressesIn(lists).map(nameOf))
}

/** One text for each entry. */
export function nameOf({ owner, id }: EntryAddress): string {
  return `${owner} ${id}`
}

/** A state without the entries that no list of any session says, and what those are: what a fork says stays (S8). */
export function withoutUnsaid(state: MemoryState): {
  readonly state: MemoryState
  readonly removed: Removed
} {
  const said = saidIn(state)
  const gone: StoredEntry[] = []
  const sessions = state.sessions.map((session) => {
    const isSaid = ({ id }: StoredEntry): boolean => said.has(nameOf({ owner: session.number, id }))
    const unsaid = [...session.entries.values()].filter((entry) => !isSaid(entry))
    gone.push(...unsaid)
    if (unsaid.length === 0) return session
    return { ...session, entries: new Map([...session.entries].filter(([, entry]) => isSaid(entry))) }
  })
  const bytes = gone.reduce((sum, { record }) => sum + utf8Length(record), 0)
  return { state: { ...state, sessions }, removed: { entries: gone.length, bytes } }
}

/** What no list would say without these. */
export function unsaidWithout(state: MemoryState, going: readonly Going[]): Removed {
  return withoutUnsaid(going.reduce(withoutLists, state)).removed
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
