import type { StoreClock, WriteCondition } from '../internals.ts'
import {
  type Address,
  findSession,
  type MemorySession,
  type MemoryState,
  NoSession,
  SessionDeleted,
  type Written,
} from '../internals.ts'
import { withSession } from './state.ts'
import { checkRevision } from './update.ts'

/** Leaves a tombstone, from which the session can be brought back for a while (S27). */
export function deleteSession(
  state: MemoryState,
  address: Address,
  { expectedRevision }: WriteCondition,
  now: number,
): Written<void> {
  const session = findSession(state, address)
  if (!session) throw new NoSession(address)
  if (session.state !== 'living') return { state, result: undefined }
  checkRevision(session, expectedRevision)
  const deleted: MemorySession = { ...session, state: 'deleted', deletedAt: now }
  return { state: withSession(state, deleted, 'deleted'), result: undefined }
}

/** Brings a deleted session back as it was, within the retention (S27). */
export function undelete(
  state: MemoryState,
  address: Address,
  { now, policy }: StoreClock,
): Written<MemorySession> {
  const session = findSession(state, address)
  if (!session) throw new NoSession(address)
  if (session.state === 'living') return { state, result: session }
  if (session.state === 'gone' || now - session.deletedAt > policy.undeleteForMs)
    throw new SessionDeleted(address)
  const living: MemorySession = { ...session, state: 'living' }
  return { state: withSession(state, living, 'created'), result: living }
}
