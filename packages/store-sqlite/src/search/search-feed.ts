import { type Codec, codecNamed } from '@faircopy/store-core'
import { type InSteps, indexTermsInSteps, searchText } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { type Change, lastChange, readChange, readChangesAfter } from '../rows/change-log.ts'
import { misordered } from '../rows/damage.ts'
import type { FedEntry, FeedCursor, FeedStep } from './search-index.ts'

/** A step takes at most so many entries, and no more once it has so many units of text. */
const STEP_ENTRIES = 512
const STEP_UNITS = 32 * 1024
const STEP_CHANGES = 512

/** A step of the feed as it was read. */
export interface ReadFeed extends FeedStep {
  readonly entries: readonly ReadEntry[]
}

/** An entry whose terms are yet to be made. */
interface ReadEntry extends Omit<FedEntry, 'terms'> {
  readonly kind: string
  readonly record: string
  readonly codec: Codec
}

const ENTRIES = 'SELECT key, kind, hash, record FROM entry WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?'

/**
 * The next step of the feed, or null at the end. `stale`: the index holds what it must not (a text that was redacted
 * since), or it followed a store that this one no longer is (a backup was restored), and has to begin anew.
 */
export function nextFeed(connection: Connection, from: FeedCursor): ReadFeed | 'stale' | null {
  if (!isFollowed(connection, from)) return 'stale'
  const entries: ReadEntry[] = []
  let { change, through } = from
  let units = 0
  const changes = pending(connection, from, STEP_CHANGES)
  for (const next of changes) {
    if (next.what === 'redacted' && next.number > from.since) return 'stale'
    const codec = codecOf(connection, next.session)
    let { first } = next
    while (first !== null && first <= next.last) {
      const room = STEP_ENTRIES - entries.length
      if (room <= 0 || units >= STEP_UNITS) return { from, entries, change, through, isLast: false }
      const rows = connection
        .raw(ENTRIES)
        .iterate(entryKey(next.session, first), entryKey(next.session, next.last), room)
      let least = entryKey(next.session, first)
      let read = 0
      for (const row of rows) {
        const [key, kind, hash, record] = row as [number, string, Buffer, string]
        if (key < least) throw misordered()
        least = key + 1
        read++
        units += record.length
        change = next.number
        through = entryId(key)
        entries.push({ key, hash, kind, record, codec })
        if (units >= STEP_UNITS) break
      }
      first = read < room && units < STEP_UNITS ? null : through + 1
    }
    change = next.number
    through = next.last
  }
  if (change === from.change && through === from.through) return null
  return { from, entries, change, through, isLast: changes.length < STEP_CHANGES }
}

/** Whether the store has nothing that an index which stands here should take, and is the store that it followed. */
export function isAtEnd(connection: Connection, from: FeedCursor): boolean {
  if (lastChange(connection) !== from.change || !isFollowed(connection, from)) return false
  const last = readChange(connection, from.change)
  return last === undefined || pendingPart(last, from).first === null
}

/** A change with what of its entries is still to be taken; `first` is null where nothing is. */
type Pending = Pick<Change, 'number' | 'session' | 'what'> & {
  readonly first: number | null
  readonly last: number
}

/** The part of a change that a cursor has not passed. */
export function pendingPart(change: Change, from: Pick<FeedCursor, 'change' | 'through'>): Pending {
  const { number, session, what } = change
  const last = change.last ?? 0
  const first = number === from.change ? Math.max(change.first ?? 1, from.through + 1) : (change.first ?? 1)
  return { number, session, what, last, first: what === 'redacted' || first > last ? null : first }
}

function pending(connection: Connection, from: FeedCursor, limit: number): Pending[] {
  const begun = readChange(connection, from.change)
  return [...(begun ? [begun] : []), ...readChangesAfter(connection, from.change, limit)].map((change) =>
    pendingPart(change, from),
  )
}

/** Whether the store still contains what was taken from it last. */
export function isFollowed(connection: Connection, from: FeedCursor): boolean {
  if (from.change > 0 && !readChange(connection, from.change)) return false
  if (from.doc === 0) return true
  const entry = connection.get<{ hash: Buffer }>('SELECT hash FROM entry WHERE key = ?', from.key)
  return entry !== undefined && from.hash !== null && entry.hash.equals(from.hash)
}

/** The codec that reads a session's entries, wherever they are said. */
export function codecOf(connection: Connection, session: number): Codec {
  const row = connection.get<{ codec: string }>('SELECT codec FROM session WHERE number = ?', session)
  return codecNamed(row?.codec ?? '')
}

/** The text of an entry for search; none where the record does not read as one. */
export function textOf(entry: { readonly kind: string; readonly record: string }, codec: Codec): string {
  try {
    return searchText(entry, codec)
  } catch {
    return ''
  }
}

/** What was read with the terms that it is found by. */
export function* withTerms(entries: readonly ReadEntry[]): InSteps<FedEntry[]> {
  const fed: FedEntry[] = []
  for (const { key, hash, codec, ...said } of entries)
    fed.push({ key, hash, terms: [...(yield* termsOf(said, codec))].join(' ') })
  return fed
}

/** The terms of an entry, each once. */
export function* termsOf(
  entry: { readonly kind: string; readonly record: string },
  codec: Codec,
): InSteps<ReadonlySet<string>> {
  return yield* indexTermsInSteps(textOf(entry, codec))
}
