import { StoreReplaced } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import type { OpenFile } from './open-file.ts'
import { isBusy } from './outcome.ts'
import { distrust } from './pragmas.ts'
import type { Watch } from './watch.ts'

/** Looks, before our log is taken in, whether file and log are ours (S21). Fails as {@link prove} does. */
export function proveBeforeFold(file: OpenFile, watch: Watch, connection: Connection): void {
  watch.before(connection)
  if (!watch.after(connection)) prove(file, watch)
}

/** Has the watch say who wrote the main file (S21). Fails with `StoreReplaced`, and with `SQLITE_BUSY` if it cannot. */
export function prove(file: OpenFile, watch: Watch): void {
  // Looks again: under the lock, whether it was a checkpoint that wrote the file.
  file.underLock(() => proveUnderLock(file, watch))
}

/** The same, while somebody of ours holds the write lock. */
export function proveUnderLock(file: OpenFile, watch: Watch): void {
  const fresh = openFresh(file, distrust)
  try {
    watch.prove(fresh)
  } finally {
    fresh.close()
  }
}

/** A new connection, which no cache hides anything from. Its caller closes it. */
export function openFresh(file: OpenFile, setUp: (fresh: Connection) => void): Connection {
  const fresh = file.open()
  try {
    setUp(fresh)
  } catch (error) {
    fresh.close()
    if (isBusy(error)) throw error
    throw new StoreReplaced(file.path, 'it no longer reads as a store', error)
  }
  return fresh
}
