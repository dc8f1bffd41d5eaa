import {
  CursorStale,
  checkArgument,
  decodeCursor,
  decodePagePosition,
  type Entry,
  type EntryPage,
  type EntryRange,
  encodeCursor,
  encodePagePosition,
  InvalidArgument,
  type ListOptions,
  type ListPageOptions,
  listPageOptionsSchema,
  NoSession,
  type PageOptions,
  type PagePosition,
  pageOptionsSchema,
  type ReadOptions,
  readOptionsSchema,
  type Session,
  type SessionPage,
  StoreCorrupt,
} from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { readEntries } from './entry-row.ts'
import { readRangesBetween } from './ranges.ts'
import { type Address, findSession, readSession, readSessionsAfter } from './session-row.ts'
import type { StoreFile } from './store-file.ts'
import { readTip, type Tip } from './tip.ts'

const DEFAULT_LIMIT = 100
/** A stream takes at most so many entries at a time, and no more once it has so many units of text. */
const STREAM_ENTRIES = 256
const STREAM_UNITS = 4 * 1024 * 1024

/** Reads what live sessions say (S13 to S15). */
export class Reading {
  readonly #file: StoreFile

  constructor(file: StoreFile) {
    this.#file = file
  }

  get(address: Address): Promise<Session | null> {
    return this.#file.read((connection) => readSession(connection, address))
  }

  page(address: Address, options: PageOptions | undefined): Promise<EntryPage> {
    const checked = checkArgument(pageOptionsSchema, options ?? {}, 'options')
    const limit = checked.limit ?? DEFAULT_LIMIT
    const position = checked.cursor === undefined ? null : decodePagePosition(checked.cursor)
    return this.#file.read((connection) => {
      const tip = liveTip(connection, address)
      if (position && position.generation !== tip.generation) throw new CursorStale(address)
      const start = position ?? firstPosition(tip, checked)
      const { from, to } = span(start, tip.entryCount, limit)
      const entries: Entry[] = []
      this.#readPlaces(connection, tip, tip.generation, from, to, () => true, entries)
      if (start.direction === 'backward') entries.reverse()
      return { entries, next: nextCursor(start, from, to, tip.entryCount), revision: tip.revision }
    })
  }

  async *read(address: Address, options: ReadOptions | undefined): AsyncGenerator<Entry, void, undefined> {
    const checked = checkArgument(readOptionsSchema, options ?? {}, 'options')
    const direction = checked.direction ?? 'forward'
    const first = await this.#file.read((connection) => {
      const tip = liveTip(connection, address)
      return { session: tip.session, generation: tip.generation, count: tip.entryCount }
    })
    let from = checked.from ?? 1
    let to = Math.min(checked.to ?? first.count, first.count)
    while (from <= to) {
      const entries = await this.#file.read((connection) => {
        const tip = readTip(connection, first.session)
        const some: Entry[] = []
        if (direction === 'forward') {
          let units = 0
          const last = Math.min(to, from + STREAM_ENTRIES - 1)
          this.#readPlaces(
            connection,
            tip,
            first.generation,
            from,
            last,
            (entry) => {
              units += entry.record.length
              return units < STREAM_UNITS
            },
            some,
          )
        } else {
          const begin = Math.max(from, to - STREAM_ENTRIES + 1)
          this.#readPlaces(connection, tip, first.generation, begin, to, () => true, some)
          some.reverse()
        }
        return some
      })
      if (direction === 'forward') from += entries.length
      else to -= entries.length
      yield* entries
    }
  }

  list(options: ListPageOptions | undefined): Promise<SessionPage> {
    const checked = checkArgument(listPageOptionsSchema, options ?? {}, 'options')
    const limit = checked.limit ?? DEFAULT_LIMIT
    const after = checked.cursor === undefined ? { namespace: '', id: '' } : addressIn(checked.cursor)
    return this.#file.read((connection) => {
      const sessions = readSessionsAfter(connection, after, checked.namespace, limit + 1)
      const more = sessions.length > limit
      if (more) sessions.pop()
      const last = sessions.at(-1)
      return { sessions, next: more && last ? encodeCursor([last.namespace, last.id]) : null }
    })
  }

  async *sessions(options: ListOptions | undefined): AsyncGenerator<Session, void, undefined> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: SessionPage = await this.list({ ...options, ...(cursor !== undefined && { cursor }) })
      yield* page.sessions
      cursor = page.next
    }
  }

  /** Reads places of a generation into `into`, in order, until `go` says false. */
  #readPlaces(
    connection: Connection,
    tip: Tip,
    generation: number,
    from: number,
    to: number,
    go: (entry: Entry) => boolean,
    into: Entry[],
  ): void {
    let seq = from
    for (const range of readRangesBetween(connection, tip, generation, from, to)) {
      let going = true
      const taken = readEntries(connection, range, (stored) => {
        const entry: Entry = { ...stored, seq }
        into.push(entry)
        seq++
        going = go(entry)
        return going
      })
      if (!going) return
      if (taken !== lengthOf(range)) throw this.#missing()
    }
    if (seq !== to + 1 && from <= to) throw this.#missing()
  }

  #missing(): StoreCorrupt {
    return new StoreCorrupt(this.#file.path, 'not-stored', new Error('A live entry is missing'))
  }
}

/** The tip of a live session. Fails with `NoSession` (S15). */
export function liveTip(connection: Connection, address: Address): Tip {
  const found = findSession(connection, address)
  if (found?.state !== 'live') throw new NoSession(address)
  return readTip(connection, found.number)
}

function firstPosition(tip: Tip, { from, to, direction = 'forward' }: ReadOptions): PagePosition {
  const { generation } = tip
  return direction === 'forward'
    ? { generation, seq: from ?? 1, direction, until: to ?? null }
    : { generation, seq: Math.min(to ?? tip.entryCount, tip.entryCount), direction, until: from ?? null }
}

function span(start: PagePosition, count: number, limit: number): { from: number; to: number } {
  return start.direction === 'forward'
    ? { from: start.seq, to: Math.min(start.until ?? count, count, start.seq + limit - 1) }
    : { from: Math.max(start.until ?? 1, 1, start.seq - limit + 1), to: Math.min(start.seq, count) }
}

function nextCursor(start: PagePosition, from: number, to: number, count: number): string | null {
  const [more, seq] =
    start.direction === 'forward'
      ? [from <= to && to < Math.min(start.until ?? count, count), to + 1]
      : [from <= to && from > Math.max(start.until ?? 1, 1), from - 1]
  return more ? encodePagePosition({ ...start, seq }) : null
}

function addressIn(cursor: string): Address {
  const [namespace, id, ...rest] = decodeCursor(cursor)
  if (typeof namespace !== 'string' || typeof id !== 'string' || rest.length > 0) {
    throw new InvalidArgument('The cursor is not one of a listing')
  }
  return { namespace, id }
}

function lengthOf(range: EntryRange): number {
  return range.last - range.first + 1
}
