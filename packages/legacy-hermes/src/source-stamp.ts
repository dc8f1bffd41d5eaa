import { lstat } from 'node:fs/promises'

/** What a database's files are by identity, size and time; equal texts mean that nobody wrote. */
export interface SourceStamp {
  readonly text: string
  /** The files there are, state.db first. */
  readonly files: readonly string[]
  /** What they measure together. */
  readonly bytes: bigint
  /** Epoch ms of the last write to any of them. */
  readonly writtenAt: number
}

/** What belongs to a database besides itself. Never the `-shm`: it is made anew from these. */
const JOURNALS = ['-wal', '-journal']

/**
 * Looks at a database, its write-ahead log and its rollback journal without opening them: closing a handle would drop
 * the locks that this process may hold on them. An empty journal is as good as none.
 */
export async function sourceStamp(path: string): Promise<SourceStamp> {
  const database = await lstat(path, { bigint: true })
  const files = [path]
  const parts = [identity(database)]
  let { size: bytes, mtimeMs: writtenAt } = database
  for (const suffix of JOURNALS) {
    const journal = await lstat(path + suffix, { bigint: true }).catch(ifMissing)
    if (journal === null || journal.size === 0n || !journal.isFile()) {
      parts.push('none')
      continue
    }
    files.push(path + suffix)
    parts.push(identity(journal))
    bytes += journal.size
    if (journal.mtimeMs > writtenAt) writtenAt = journal.mtimeMs
  }
  return { text: parts.join(' '), files, bytes, writtenAt: Number(writtenAt) }
}

function identity(stats: { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint }): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`
}

function ifMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw error
}
