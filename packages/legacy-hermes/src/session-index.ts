import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import type { SourceProblem } from '@faircopy/legacy-jsonl'
import { isJsonObject, type JsonObject, recordText } from '@faircopy/store-core'
import type { RoutedSession } from './routed-session.ts'

const MAX_BYTES = 256 * 1024 * 1024
const MAX_DEPTH = 200
const ATTEMPTS = 3

/** What `sessions.json` says, and what is wrong with it. */
export interface SessionIndex {
  readonly entries: readonly RoutedSession[]
  readonly problems: readonly SourceProblem[]
}

/**
 * Reads the index of a sessions folder. Keys that begin with `_` are comments. Whatever an entry lacks or adds, it is
 * taken as it is; one that names no session is of no use. An index that is replaced meanwhile is read whole, as it was.
 */
export async function readSessionIndex(path: string): Promise<SessionIndex> {
  const problem = (detail: string): SourceProblem => ({ code: 'index-unreadable', path, detail })
  let text: string | null
  try {
    text = await readStill(path)
  } catch (error) {
    if (error instanceof UnusableIndex) return { entries: [], problems: [problem(error.message)] }
    const code = (error as NodeJS.ErrnoException).code ?? 'an unknown error'
    if (code === 'ENOENT') return { entries: [], problems: [] }
    return { entries: [], problems: [problem(`reading it failed with ${code}`)] }
  }
  const index = parseIndex(text)
  if (index === null) return { entries: [], problems: [problem('it is not a JSON object')] }

  const entries: RoutedSession[] = []
  let nameless = 0
  for (const [key, entry] of Object.entries(index)) {
    if (key.startsWith('_')) continue
    const id = isJsonObject(entry) ? entry['session_id'] : undefined
    if (isJsonObject(entry) && typeof id === 'string') entries.push({ key, sessionId: id, entry, row: null })
    else nameless++
  }
  return {
    entries,
    problems: nameless === 0 ? [] : [problem(`${nameless} of its entries name no session`)],
  }
}

/** Parses JSON text of one object. Whole numbers past 2^53 (chat ids) become text, so that no digit is lost. */
export function parseIndex(text: string): JsonObject | null {
  try {
    recordText(text, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH })
    return JSON.parse(text, keepDigits) as JsonObject
  } catch {
    return null
  }
}

function keepDigits(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
  return isRounded ? (context?.source ?? value) : value
}

class UnusableIndex extends Error {}

async function readStill(path: string): Promise<string> {
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
      if (before.mtimeNs === after.mtimeNs && BigInt(bytes.length) === after.size) return decode(bytes)
    } finally {
      await file.close()
    }
    if (attempt === ATTEMPTS) throw new UnusableIndex('it kept changing while it was read')
  }
}

function decode(bytes: Uint8Array): string {
  try {
    // Skips a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UnusableIndex('it is not UTF-8')
  }
}
