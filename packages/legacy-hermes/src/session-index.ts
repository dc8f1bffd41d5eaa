import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import type { SourceProblem } from '@faircopy/legacy-jsonl'
import { readIndexMembers } from './index-members.ts'
import type { RoutedSession } from './routed-session.ts'

const MAX_BYTES = 256 * 1024 * 1024
const ATTEMPTS = 3

/** What `sessions.json` says, and what is wrong with it. */
export interface SessionIndex {
  readonly entries: readonly RoutedSession[]
  readonly problems: readonly SourceProblem[]
}

/**
 * Reads the index of a sessions folder. Keys that begin with `_` are comments. Whatever an entry lacks or adds, it is
 * taken as it is; each that can't be read or names no session is a problem, and so is a key that stands twice. An index
 * that is replaced meanwhile is read whole, as it was.
 */
export async function readSessionIndex(path: string): Promise<SessionIndex> {
  const problem = (detail: string): SourceProblem => ({ code: 'index-unreadable', path, detail })
  let bytes: Buffer
  try {
    bytes = await readStill(path)
  } catch (error) {
    if (error instanceof UnusableIndex) return { entries: [], problems: [problem(error.message)] }
    const code = (error as NodeJS.ErrnoException).code ?? 'an unknown error'
    if (code === 'ENOENT') return { entries: [], problems: [] }
    return { entries: [], problems: [problem(`reading it failed with ${code}`)] }
  }
  const index = readIndexMembers(bytes.toString('latin1'))
  if (index === null) return { entries: [], problems: [problem('it is not a JSON object')] }
  return {
    entries: index.entries.map((entry) => ({ ...entry, row: null })),
    problems: index.faults.map(problem),
  }
}

class UnusableIndex extends Error {}

async function readStill(path: string): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    if (!(await lstat(path)).isFile()) throw new UnusableIndex('it is no regular file')
    const file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    )
    try {
      const before = await file.stat({ bigint: true })
      if (before.size > MAX_BYTES) throw new UnusableIndex(`it is larger than ${MAX_BYTES} bytes`)
      const bytes = await file.readFile()
      const after = await file.stat({ bigint: true })
      if (before.mtimeNs === after.mtimeNs && BigInt(bytes.length) === after.size) return bytes
    } finally {
      await file.close()
    }
    if (attempt === ATTEMPTS) throw new UnusableIndex('it kept changing while it was read')
  }
}
