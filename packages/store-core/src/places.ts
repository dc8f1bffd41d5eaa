import { encodePagePosition, type PagePosition } from './cursor.ts'
import { CursorStale } from './errors.ts'
import type { EntryPage, PageOptions, ReadOptions } from './reader.ts'
import type { Session } from './session.ts'
import type { SessionAddress } from './session-ref.ts'

const DEFAULT_LIMIT = 100

/** Places of what a session contains, both ends included, and the order in which they are read. None where `from` is behind `to`. */
export interface Places {
  readonly from: number
  readonly to: number
  readonly direction: NonNullable<ReadOptions['direction']>
}

/** The places of a stream over so many entries (S14). */
export function placesOfStream(
  { from = 1, to = Number.POSITIVE_INFINITY, direction = 'forward' }: ReadOptions,
  entryCount: number,
): Places {
  return { from, to: Math.min(to, entryCount), direction }
}

/**
 * The places of a page, and the cursor of the next one (S13, S14). Fails with `CursorStale` where the session contains another
 * list than the one that `position` is of.
 *
 * @param position where an earlier page ended; it holds in the place of `options`, but for their limit
 */
export function placesOfPage(
  session: Required<SessionAddress>,
  { generation, entryCount }: Pick<Session, 'generation' | 'entryCount'>,
  { from, to, direction = 'forward', limit = DEFAULT_LIMIT }: Omit<PageOptions, 'cursor'>,
  position: PagePosition | null,
): { readonly places: Places; readonly next: EntryPage['next'] } {
  if (position && position.generation !== generation) throw new CursorStale(session)
  const begun: PagePosition =
    position ??
    (direction === 'forward'
      ? { generation, seq: from ?? 1, direction, until: to ?? null }
      : { generation, seq: Math.min(to ?? entryCount, entryCount), direction, until: from ?? null })
  return begun.direction === 'forward' ? ahead(begun, limit, entryCount) : back(begun, limit, entryCount)
}

function ahead(begun: PagePosition, limit: number, entryCount: number): ReturnType<typeof placesOfPage> {
  const { seq: from, direction } = begun
  const until = Math.min(begun.until ?? entryCount, entryCount)
  const to = Math.min(until, from + limit - 1)
  const next = from <= to && to < until ? encodePagePosition({ ...begun, seq: to + 1 }) : null
  return { places: { from, to, direction }, next }
}

function back(begun: PagePosition, limit: number, entryCount: number): ReturnType<typeof placesOfPage> {
  const { seq, direction } = begun
  const until = Math.max(begun.until ?? 1, 1)
  const [from, to] = [Math.max(until, seq - limit + 1), Math.min(seq, entryCount)]
  const next = from <= to && from > until ? encodePagePosition({ ...begun, seq: from - 1 }) : null
  return { places: { from, to, direction }, next }
}
