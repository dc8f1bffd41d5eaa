import { lstat, readFile } from 'node:fs/promises'

/**
 * Whether some process holds the database open right now, as the kernel's list of locks says; null where there is no
 * such list. A connection that uses a write-ahead log always holds one on the `-shm`; one with a rollback journal only
 * while it reads or writes, and then nothing is lost by copying between its transactions.
 */
export async function isOpenElsewhere(path: string): Promise<boolean | null> {
  const locks = await readFile('/proc/locks', 'latin1').catch(() => null)
  if (locks === null) return null
  const locked = new Set([...locks.matchAll(/ [0-9a-f]+:[0-9a-f]+:(\d+) /g)].map(([, inode]) => inode))
  for (const file of [path, `${path}-shm`]) {
    const inode = await inodeOf(file)
    if (inode !== null && locked.has(String(inode))) return true
  }
  return false
}

/**
 * Whether a read-only connection would add no file beside the database: SQLite makes a write-ahead log and its index
 * where they are missing, unless the database has a rollback journal, as one has that is in use without them.
 */
export async function isReadableInPlace(path: string, hasRollbackJournal = false): Promise<boolean> {
  if ((await inodeOf(`${path}-wal`)) !== null) return (await inodeOf(`${path}-shm`)) !== null
  return hasRollbackJournal || (await isOpenElsewhere(path)) === true
}

async function inodeOf(file: string): Promise<bigint | null> {
  const stats = await lstat(file, { bigint: true }).catch(() => null)
  return stats?.ino ?? null
}
