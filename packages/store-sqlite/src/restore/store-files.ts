import { rmSync } from 'node:fs'

/** Everything that may lie beside each other as one store: the file, SQLite's own, and the search index with SQLite's. */
export const STORE_FILES = [
  '',
  '-wal',
  '-shm',
  '-journal',
  '.search',
  '.search-wal',
  '.search-shm',
  '.search-journal',
] as const

/** Whether one of them, by what it adds to the store's name, has nothing of the store: it is made anew at need. */
export function isMadeAnew(suffix: string): boolean {
  return suffix === '-shm' || suffix.startsWith('.search')
}

/** Removes a copy that is nobody's store, and all that SQLite made beside it. */
export function removeFiles(copy: string): void {
  for (const suffix of STORE_FILES) rmSync(copy + suffix, { force: true })
}
