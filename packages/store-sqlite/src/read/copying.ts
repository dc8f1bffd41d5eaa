import { randomBytes } from 'node:crypto'
import { Connection } from '../file/connection.ts'
import type { Driver } from '../file/driver.ts'
import { type KnownFile, openKnown } from '../file/known-file.ts'
import { upgrade } from '../file/older-schema.ts'
import { setPragmas } from '../file/pragmas.ts'
import { newMark, RESEAL_STORE, readStoreId } from '../file/store-row.ts'
import type { Job } from '../file/thread.ts'

/** So many pages are copied before the event loop has its turn, where it has to share it: 1 MiB. */
const PAGES_AT_ONCE = 64

/** Which store is copied, and where to. */
export interface CopyRequest {
  readonly from: KnownFile
  /** A file that nobody else knows of. */
  readonly to: string
  /** The id that the store must have. */
  readonly storeId: string
  /** Whether the copy is to be as small as what is in it. */
  readonly compact: boolean
}

/** {@link copyStore} as a job. */
export const COPY_STORE: Job<CopyRequest, boolean> = { name: 'copy-store', work: copyStore }

/**
 * Copies a store as it is at one moment, and makes the copy a store of its own, on the disk. False: another one lies there
 * by now. Throws the driver's errors.
 */
async function copyStore(
  open: Driver['open'],
  { from, to, storeId, compact }: CopyRequest,
): Promise<boolean> {
  const source = new Connection(openKnown(open, from, { readonly: true }))
  try {
    setPragmas(source)
    // One snapshot from the first page to the last: without it every commit of another process would begin it anew.
    source.run('BEGIN')
    // Looks again: whether the file became another store since the thread was told of it.
    if (readStoreId(source) !== storeId) return false
    await source.db.backup(to, { progress: () => PAGES_AT_ONCE })
    source.run('COMMIT')
  } finally {
    source.close()
  }
  giveOwnId(new Connection(open(to, { fileMustExist: true, timeout: 0 })), compact)
  return true
}

/**
 * Makes a copy a store of its own, of today's schema, and closes it: cursors of the original mean nothing in it (S19), and
 * a process that has one open would notice the other (S21).
 */
export function giveOwnId(copied: Connection, compact = false): void {
  try {
    setPragmas(copied)
    copied.db.pragma('journal_mode = delete')
    upgrade(copied)
    copied.run('BEGIN')
    copied.run(
      'UPDATE store SET id = ?, beacon = 0, beacon_frame = ?, mark = ?, log_base = NULL WHERE one = 1',
      randomBytes(16).toString('hex'),
      Number.MAX_SAFE_INTEGER,
      newMark(),
    )
    copied.run(RESEAL_STORE)
    // Whoever has a claim on a session has it in the original.
    copied.run('DELETE FROM import_claim')
    copied.run('COMMIT')
    if (compact) copied.run('VACUUM')
  } finally {
    copied.close()
  }
}
