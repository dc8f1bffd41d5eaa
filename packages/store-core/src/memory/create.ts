import type { NewSession } from '../session.ts'
import { withAppended } from './extend.ts'
import { takeHeld } from './hold.ts'
import { type Address, type MemorySession, type MemoryState, type Written, withSession } from './state.ts'
import type { StoreClock } from './store-clock.ts'
import { currentGeneration } from './view.ts'

/** A session that says nothing yet, not part of the state. `at`: of when its list is, where it is not of now. */
export function blankSession(
  state: MemoryState,
  address: Address,
  about: NewSession,
  { now, at = now }: { readonly now: number; readonly at?: number },
): MemorySession {
  return {
    number: state.sessions.length + 1,
    address,
    about: { codec: 'openai-chat', ...about },
    entries: new Map(),
    nextId: 1,
    keys: new Map(),
    operations: new Map(),
    generations: [{ generation: firstGeneration(state, address), at, reason: 'create', ranges: [] }],
    imports: [],
    quarantined: [],
    revision: 0,
    updatedAt: now,
    state: 'living',
    deletedAt: 0,
    change: { position: 0, kind: 'created' },
  }
}

/** Lists count on behind those of a session of this name that an undo took away: its cursors are stale (S13). */
export function firstGeneration(state: MemoryState, { namespace, id }: Address): number {
  const undone = state.sessions.filter(
    ({ address, state: is }) => is === 'undone' && address.namespace === namespace && address.id === id,
  )
  return Math.max(0, ...undone.map((one) => currentGeneration(one).generation)) + 1
}

/** Puts a new session into the state, with what was held for its origin behind what it says already (S11). */
export function addSession(
  state: MemoryState,
  session: MemorySession,
  clock: StoreClock,
): Written<MemorySession> {
  const { state: rest, result: held } = takeHeld(state, session, clock)
  const added = withAppended(session, held, clock.now)
  return { state: withSession(rest, added, 'created'), result: added }
}
