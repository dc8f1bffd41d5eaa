import {
  type Address,
  findSession,
  KeyConflict,
  type MemorySession,
  type MemoryState,
  type Operation,
} from '../internals.ts'

/** What was answered under an operation key, if it was used before. Another call under it is `KeyConflict` (S4). */
export function doneBefore(
  session: MemorySession,
  key: string | undefined,
  digest: string,
): Operation['answer'] | null {
  const done = key === undefined ? undefined : session.operations.get(key)
  if (done && done.digest !== digest) throw new KeyConflict(session.address, key ?? '', 'call')
  return done?.answer ?? null
}

/** Remembers an operation for as long as its session. No change to be told of. */
export function withOperation(
  state: MemoryState,
  address: Address,
  key: string | undefined,
  operation: Operation,
): MemoryState {
  const session = findSession(state, address)
  if (!session || key === undefined) return state
  const operations = new Map(session.operations).set(key, operation)
  return { ...state, sessions: state.sessions.with(session.number - 1, { ...session, operations }) }
}
