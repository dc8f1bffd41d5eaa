import type { SessionPatch, WriteCondition } from '../internals.ts'
import {
  type Address,
  type MemorySession,
  type MemoryState,
  RevisionConflict,
  type Written,
} from '../internals.ts'
import { withSession, writableSession } from './state.ts'

/** Changes what is known about a session. The revision stays (S6). */
export function update(
  state: MemoryState,
  address: Address,
  patch: SessionPatch,
  condition: WriteCondition,
  now: number,
): Written<MemorySession> {
  const session = writableSession(state, address)
  checkRevision(session, condition.expectedRevision)
  const updated = { ...session, about: { ...session.about, ...patch }, updatedAt: now }
  return { state: withSession(state, updated, 'updated'), result: updated }
}

/** Fails with `RevisionConflict` where a session moved on (S6). */
export function checkRevision(session: MemorySession, expected: number | undefined): void {
  if (expected !== undefined && expected !== session.revision) {
    throw new RevisionConflict(session.address, expected, session.revision)
  }
}
