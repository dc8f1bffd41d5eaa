import type { Going, Removed } from '../kernel/prune.ts'
import { utf8Length } from '../record-text.ts'
import { findSession, type MemoryState, type StoredEntry } from './state.ts'
import { addressesIn } from './view.ts'

/** A state without the entries that no list of any session says, and what those are: what a fork says stays (S8). */
export function withoutUnsaid(state: MemoryState): {
  readonly state: MemoryState
  readonly removed: Removed
} {
  const said = new Set(
    state.sessions
      .flatMap(({ generations }) => generations.flatMap(({ ranges }) => addressesIn(ranges)))
      .map(({ owner, id }) => `${owner} ${id}`),
  )
  const gone: StoredEntry[] = []
  const sessions = state.sessions.map((session) => {
    const isSaid = ({ id }: StoredEntry): boolean => said.has(`${session.number} ${id}`)
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
  const without = (all: MemoryState, { session: address, generations: dropped }: Going): MemoryState => {
    const session = findSession(all, address)
    if (!session) return all
    const generations = session.generations.filter(
      ({ generation }) => dropped !== null && !dropped.includes(generation),
    )
    return { ...all, sessions: all.sessions.with(session.number - 1, { ...session, generations }) }
  }
  return withoutUnsaid(going.reduce(without, state)).removed
}
