import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RecordLimits } from '@faircopy/store-core'
import type { MessageRow } from './message-row.ts'
import { rowItem } from './row-item.ts'

/** SHA-256 over what a session's rows tell, as docs/hermes.md states it. Hex. */
export async function sessionDigest(
  batches: Iterable<readonly MessageRow[]>,
  limits: RecordLimits,
): Promise<string> {
  const sha256 = createHash('sha256')
  for (const rows of batches) {
    for (const row of rows) sha256.update(rowItem(row, limits).digested())
    await nextTurn()
  }
  return sha256.digest('hex')
}
