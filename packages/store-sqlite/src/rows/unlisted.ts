import type { EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'

/** Lists that are to be left out: of whole sessions, or single ones. */
export interface WithoutLists {
  readonly sessions: ReadonlySet<number>
  /** By session and number: see {@link listName}. */
  readonly lists: ReadonlySet<string>
}

/** The name of a list in {@link WithoutLists}. */
export function listName(session: number, generation: number): string {
  return `${session} ${generation}`
}

interface ContainingRow {
  readonly session: number
  readonly generation: number
  readonly first: number
  readonly last: number
}

const OWN = 'SELECT session, generation, first, last FROM range WHERE session = ? AND owner = ?'
const TAIL = `SELECT session, generation, tail_first AS first, tail_last AS last FROM tip WHERE session = ? AND tail_seq > 0`
const OTHERS = `SELECT session, generation, first, last FROM range WHERE owner = ? AND owner <> session AND first <= ? AND last >= ?`

/**
 * The parts of ranges that no list of any session contains (S8), but for lists that are left out. Cost: the lists of the
 * owners, and of those that contain entries of theirs.
 */
export function unlisted(
  connection: Connection,
  ranges: readonly EntryRange[],
  { sessions, lists }: WithoutLists,
): EntryRange[] {
  const left: EntryRange[] = []
  for (const range of merged(ranges)) {
    const { owner } = range
    const rows = [
      ...connection.all<ContainingRow>(OWN, owner, owner),
      ...connection.all<ContainingRow>(TAIL, owner),
      ...connection.all<ContainingRow>(OTHERS, owner, range.last, range.first),
    ]
    const said = rows
      .filter(
        ({ session, generation }) => !sessions.has(session) && !lists.has(listName(session, generation)),
      )
      .sort((a, b) => a.first - b.first)
    let first = range.first
    for (const one of said) {
      if (one.first > range.last) break
      if (one.first > first) left.push({ owner, first, last: one.first - 1 })
      first = Math.max(first, one.last + 1)
    }
    if (first <= range.last) left.push({ owner, first, last: range.last })
  }
  return left
}

/** Ranges in the order of owner and id, each id once. */
export function merged(ranges: readonly EntryRange[]): EntryRange[] {
  const result: EntryRange[] = []
  for (const range of ranges.toSorted((a, b) => a.owner - b.owner || a.first - b.first)) {
    const last = result.at(-1)
    if (last && last.owner === range.owner && range.first <= last.last + 1) {
      result[result.length - 1] = { ...last, last: Math.max(last.last, range.last) }
    } else result.push({ owner: range.owner, first: range.first, last: range.last })
  }
  return result
}
