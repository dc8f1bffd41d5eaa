import type { NewSession, StoreClock } from '../internals.ts'
import {
  type Address,
  currentGeneration,
  findSession,
  type MemorySession,
  type MemoryState,
  SessionDeleted,
  SessionExists,
  type Written,
} from '../internals.ts'
import { withAppended } from './extend.ts'
import { takeHeld } from './hold.ts'
import { withSession } from './state.ts'

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
function firstGeneration(state: MemoryState, { namespace, id }: Address): number {
  const undone = state.sessions.filter(
    ({ address, state: is }) => is === 'undone' && address.namespace === namespace && address.id === id,
  )
  return Math.max(0, ...undone.map((one) => currentGeneration(one).generation)) + 1
}

/** Creates a session; what was held for its origin becomes its first entries (S10, S11). */
export function create(
  state: MemoryState,
  address: Address,
  about: NewSession,
  clock: StoreClock,
): Written<MemorySession> {
  refuseTaken(state, address)
  return addSession(state, blankSession(state, address, about, clock), clock)
}

/** Fails with `SessionExists`, or `SessionDeleted` where there is a tombstone (S27). */
export function refuseTaken(state: MemoryState, address: Address): void {
  const found = findSession(state, address)
  if (found) throw found.state === 'living' ? new SessionExists(address) : new SessionDeleted(address)
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
