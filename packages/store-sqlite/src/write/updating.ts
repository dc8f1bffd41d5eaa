import { RevisionConflict, type Session, type SessionPatch, type WriteCondition } from '@faircopy/store-core'
import { originColumns } from '../rows/origin-row.ts'
import {
  type Address,
  type Facts,
  readSessionRow,
  sessionAt,
  updateSession,
  writableSession,
} from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Write } from '../rows/transaction.ts'

/** The write that changes what is known of a session and nothing that it says (S6). Cost: one commit, two rows. */
export function updateWrite(
  address: Address,
  patch: SessionPatch,
  condition: WriteCondition,
): Write<Session> {
  return (transaction) => {
    const { connection, now } = transaction
    const tip = transaction.tip(writableSession(connection, address))
    checkRevision(address, tip, condition)
    return {
      apply: () => {
        const row = readSessionRow(connection, tip.session)
        updateSession(connection, tip.session, 'live', patched(row, patch))
        transaction.setTip({ ...tip, updatedAt: now }, 'updated')
        transaction.flush()
        return sessionAt(connection, address)
      },
    }
  }
}

/** Fails with `RevisionConflict` where a session moved on (S6). */
export function checkRevision(address: Address, tip: Tip, { expectedRevision }: WriteCondition): void {
  if (expectedRevision !== undefined && expectedRevision !== tip.revision) {
    throw new RevisionConflict(address, expectedRevision, tip.revision)
  }
}

function patched(facts: Facts, { origin, title, meta, endedAt, endReason }: SessionPatch): Facts {
  return {
    ...facts,
    ...(origin !== undefined && originColumns(origin)),
    ...(title !== undefined && { title }),
    ...(meta !== undefined && { meta: JSON.stringify(meta) }),
    ...(endedAt !== undefined && { ended_at: endedAt }),
    ...(endReason !== undefined && { end_reason: endReason }),
  }
}
