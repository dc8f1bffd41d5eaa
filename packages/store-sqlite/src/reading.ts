import {
  CursorStale,
  checkArgument,
  decodePagePosition,
  type Entry,
  type EntryPage,
  type EntryRange,
  encodePagePosition,
  NoSession,
  type PageOptions,
  type PagePosition,
  pageOptionsSchema,
  type ReadOptions,
  readOptionsSchema,
  type Session,
} from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { type Direction, readEntries } from './entry-row.ts'
import { missingPlace } from './missing-place.ts'
import { readRangesBetween } from './ranges.ts'
import { type Address, findSession, readSession } from './session-row.ts'
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
      this.#readPlaces(connection, tip, tip.generation, { from, to }, start.direction, (entry) => {
        entries.push(entry)
        return true
      })
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
      const begin = direction === 'forward' ? from : Math.max(from, to - STREAM_ENTRIES + 1)
      const end = direction === 'forward' ? Math.min(to, from + STREAM_ENTRIES - 1) : to
      const entries = await this.#file.read((connection) => {
        const tip = readTip(connection, first.session)
        const some: Entry[] = []
        let units = 0
        this.#readPlaces(connection, tip, first.generation, { from: begin, to: end }, direction, (entry) => {
          some.push(entry)
          units += entry.record.length
          return units < STREAM_UNITS
        })
        return some
      })
      if (direction === 'forward') from += entries.length
      else to -= entries.length
      yield* entries
    }
  }

  /** Reads places of a generation in one direction, until `take` says false. */
  #readPlaces(
    connection: Connection,
    tip: Tip,
    generation: number,
    { from, to }: { readonly from: number; readonly to: number },
    direction: Direction,
    take: (entry: Entry) => boolean,
  ): void {
    if (from > to) return
    const ranges = readRangesBetween(connection, tip, generation, from, to)
    if (direction === 'backward') ranges.reverse()
    let read = 0
    let going = true
    for (const range of ranges) {
      const seq = direction === 'forward' ? from + read : to - read
      const taken = readEntries<number>(connection, range, direction, seq, (entry) => {
        going = take(entry)
        return going
      })
      if (!going) return
      if (taken !== lengthOf(range)) throw missingPlace(connection, this.#file.path, tip.session, generation)
      read += taken
    }
    if (read !== to - from + 1) throw missingPlace(connection, this.#file.path, tip.session, generation)
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

function lengthOf(range: EntryRange): number {
  return range.last - range.first + 1
}
