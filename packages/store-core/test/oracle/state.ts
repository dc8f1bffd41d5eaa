import type { ChangeKind } from '../internals.ts'
import {
  type Address,
  findSession,
  type MemorySession,
  type MemoryState,
  NoSession,
  SessionDeleted,
} from '../internals.ts'

/** The session of an address, to be written to. Fails with `NoSession` and `SessionDeleted` (S10, S27). */
export function writableSession(state: MemoryState, address: Address): MemorySession {
  const session = findSession(state, address)
  if (!session) throw new NoSession(address)
  if (session.state !== 'living') throw new SessionDeleted(address)
  return session
}

/** The state with a session's keys taken and nothing else about it changed: nobody has to be told (S19). */
export function withKeys(state: MemoryState, session: MemorySession): MemoryState {
  return { ...state, sessions: state.sessions.with(session.number - 1, session) }
}

/** The state with this session in it, noted as changed (S19). */
export function withSession(state: MemoryState, session: MemorySession, kind: ChangeKind): MemoryState {
  const { number, entries } = session
  const before = state.sessions[number - 1]
  const position = state.position + 1
  const changed = { ...session, change: { position, kind } }
  const added = [...entries.keys()].filter((id) => !before?.entries.has(id))
  return {
    ...state,
    position,
    log: [...state.log, ...added.map((id) => ({ owner: number, id }))],
    sessions: before ? state.sessions.with(number - 1, changed) : [...state.sessions, changed],
  }
}
