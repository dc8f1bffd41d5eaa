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
  type StoreError,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { boundRange, type Direction, readEntries } from '../rows/entry-row.ts'
import { missingPlace } from '../rows/missing-place.ts'
import { lengthOf, readRangesBetween } from '../rows/ranges.ts'
import { type Address, readSession } from '../rows/session-row.ts'
import { readTip, readTipAt, type Tip } from '../rows/tip.ts'
import { streamOf } from './entry-stream.ts'

const DEFAULT_LIMIT = 100
/** A stream takes at most so much at a time. */
const STREAM = { entries: 256, bytes: 4 * 1024 * 1024 }

/** Places of a session, both ends included. */
interface Places {
  readonly from: number
  readonly to: number
}

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
      const entries = this.#readPlaces(connection, tip, { from, to }, start.direction)
      return { entries, next: nextCursor(start, from, to, tip.entryCount), revision: tip.revision }
    })
  }

  read(address: Address, options: ReadOptions | undefined): AsyncIterable<Entry> {
    return streamOf(this.#pages(address, options))
  }

  async *#pages(
    address: Address,
    options: ReadOptions | undefined,
  ): AsyncGenerator<readonly Entry[], void, undefined> {
    const checked = checkArgument(readOptionsSchema, options ?? {}, 'options')
    const direction = checked.direction ?? 'forward'
    const first = await this.#file.read((connection) => {
      const tip = liveTip(connection, address)
      return { session: tip.session, generation: tip.generation, count: tip.entryCount }
    })
    let from = checked.from ?? 1
    let to = Math.min(checked.to ?? first.count, first.count)
    while (from <= to) {
      const entries = await this.#file.read((connection) =>
        this.#readSome(connection, first, { from, to }, direction),
      )
      if (direction === 'forward') from += entries.length
      else to -= entries.length
      yield entries
    }
  }

  /** Reads the next of some places of a generation, as many as a stream takes at a time. */
  #readSome(
    connection: Connection,
    list: Pick<Tip, 'session' | 'generation'>,
    { from, to }: Places,
    direction: Direction,
  ): Entry[] {
    const isForward = direction === 'forward'
    const begin = isForward ? from : Math.max(from, to - STREAM.entries + 1)
    const end = isForward ? Math.min(to, from + STREAM.entries - 1) : to
    const ranges = readRangesBetween(
      connection,
      readTip(connection, list.session),
      list.generation,
      begin,
      end,
    )
    const range = isForward ? ranges[0] : ranges.at(-1)
    if (!range) throw this.#missing(connection, list)
    const bounded = boundRange(connection, range, direction, STREAM)
    return this.#readRange(connection, list, bounded, direction, isForward ? from : to)
  }

  /** Reads places of the current generation in one direction. */
  #readPlaces(connection: Connection, tip: Tip, { from, to }: Places, direction: Direction): Entry[] {
    if (from > to) return []
    const ranges = readRangesBetween(connection, tip, tip.generation, from, to)
    if (direction === 'backward') ranges.reverse()
    const entries: Entry[] = []
    for (const range of ranges) {
      const seq = direction === 'forward' ? from + entries.length : to - entries.length
      entries.push(...this.#readRange(connection, tip, range, direction, seq))
    }
    if (entries.length !== to - from + 1) throw this.#missing(connection, tip)
    return entries
  }

  #readRange(
    connection: Connection,
    list: Pick<Tip, 'session' | 'generation'>,
    range: EntryRange,
    direction: Direction,
    seq: number,
  ): Entry[] {
    const entries = readEntries<number>(connection, range, direction, seq)
    if (entries.length !== lengthOf(range)) throw this.#missing(connection, list)
    return entries
  }

  #missing(connection: Connection, { session, generation }: Pick<Tip, 'session' | 'generation'>): StoreError {
    return missingPlace(connection, this.#file.path, session, generation)
  }
}

/** The tip of a live session. Fails with `NoSession` (S15). */
export function liveTip(connection: Connection, address: Address): Tip {
  const found = readTipAt(connection, address.namespace, address.id)
  if (found?.state !== 'live') throw new NoSession(address)
  return found.tip
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
