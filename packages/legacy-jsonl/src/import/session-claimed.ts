import { type SessionRef, StoreError } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import type { ImportClaimOwner } from '@faircopy/store-core/operator'

/**
 * The session's legacy history is being imported by another process, and what it says cannot be read, or built on,
 * before that is done. Appending to it goes on.
 */
export class SessionClaimed extends StoreError {
  readonly owner: ImportClaimOwner
  constructor(session: SessionRef, owner: ImportClaimOwner) {
    super(
      'STORE_BUSY',
      `Session ${sessionLabel(session)} is being imported by process ${owner.pid} on ${owner.host}.`,
      { retryable: true, advice: 'Try again in a moment; appending to it works meanwhile.' },
    )
    this.owner = owner
  }
}
