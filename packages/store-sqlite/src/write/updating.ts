import { RevisionConflict, type WriteCondition } from '@faircopy/store-core'
import type { Address } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'

/** Fails with `RevisionConflict` where a session moved on (S6). */
export function checkRevision(address: Address, tip: Tip, { expectedRevision }: WriteCondition): void {
  if (expectedRevision !== undefined && expectedRevision !== tip.revision) {
    throw new RevisionConflict(address, expectedRevision, tip.revision)
  }
}
