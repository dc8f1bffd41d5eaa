import { NoSession, type Session, SessionDeleted, type WriteCondition } from '@faircopy/store-core'
import { type Address, findSession, sessionAt, setState } from '../rows/session-row.ts'
import type { Write } from '../rows/transaction.ts'
import { checkRevision } from './updating.ts'

/** The write that leaves a tombstone (S27). Cost: one commit, two rows, whatever the session's length. */
export function deleteWrite(address: Address, condition: WriteCondition): Write<void> {
  return (transaction) => {
    const { connection, now } = transaction
    const found = findSession(connection, address)
    if (!found) throw new NoSession(address)
    if (found.state === 'deleted') return { answer: undefined }
    const tip = transaction.tip(found.number)
    checkRevision(address, tip, condition)
    return {
      apply: () => {
        setState(connection, found.number, 'deleted', now)
        transaction.setTip(tip, 'deleted')
      },
    }
  }
}

/** The write that takes a tombstone away, within the retention (S27). Cost: one commit, two rows. */
export function undeleteWrite(address: Address): Write<Session> {
  return (transaction) => {
    const { connection, now, policy } = transaction
    const found = findSession(connection, address)
    if (!found) throw new NoSession(address)
    if (found.state === 'live') return { answer: sessionAt(connection, address) }
    const deletedAt = found.deleted_at
    if (deletedAt === null || now - deletedAt > policy.undeleteForMs) throw new SessionDeleted(address)
    return {
      apply: () => {
        setState(connection, found.number, 'live', null)
        transaction.setTip(transaction.tip(found.number), 'created')
        transaction.flush()
        return sessionAt(connection, address)
      },
    }
  }
}
