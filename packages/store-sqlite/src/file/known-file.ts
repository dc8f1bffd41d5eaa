import { lstatSync } from 'node:fs'
import type { Database, Driver } from './driver.ts'

/** A file that a thread is to open, as it was looked at before: a thread takes long to start. */
export interface KnownFile {
  readonly path: string
  readonly inode: bigint
}

/**
 * Opens a file only where it is still the one that is known. Nothing of another one is read: SQLite would take the log of
 * ours that lies beside it into that one, and throw it away (S21).
 */
export function openKnown(
  open: Driver['open'],
  { path, inode }: KnownFile,
  { readonly = false }: { readonly readonly?: boolean } = {},
): Database {
  const db = open(path, { readonly, fileMustExist: true, timeout: 0 })
  // Looks again: whether the file of this name is another one since the thread was told of it.
  if (lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino === inode) return db
  db.close()
  throw Object.assign(new Error('Another file has the name'), { code: 'SQLITE_READONLY_DBMOVED' })
}
