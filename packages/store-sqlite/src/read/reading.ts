import {
  CursorStale,
  type Entry,
  type EntryPage,
  NoSession,
  type PageOptions,
  type ReadOptions,
  type Session,
} from '@faircopy/store-core'
import { encodePagePosition, type PagePosition, type Pages } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { type Address, readSession } from '../rows/session-row.ts'
import { readTip, readTipAt, type Tip } from '../rows/tip.ts'
import { countPlaces, type EntryStep, type Places, placesLeft, readStep, STEP_BYTES } from './entry-steps.ts'

const DEFAULT_LIMIT = 100
/** A stream takes at most so much at a time. */
const STREAM = { entries: 256, bytes: STEP_BYTES }
/** So often a page is begun; the last time it is read at once, so that rewriters can't keep it from its end. */
const ATTEMPTS = 3

/** Reads what live sessions say (S13 to S15). */
export class Reading {
  readonly #file: StoreFile

  constructor(file: StoreFile) {
    this.#file = file
  }

  get(address: Address): Promise<Session | null> {
    return this.#file.read((connection) => readSession(connection, address))
  }

  async page(address: Address, options: PageOptions, position: PagePosition | null): Promise<EntryPage> {
    const { limit = DEFAULT_LIMIT } = options
    for (let attempt = 1; ; attempt++) {
      const most = { entries: limit, bytes: attempt < ATTEMPTS ? STEP_BYTES : Number.MAX_SAFE_INTEGER }
      const begun = await this.#file.read((connection) => {
        const tip = liveTip(connection, address)
        if (position && position.generation !== tip.generation) throw new CursorStale(address)
        const start = position ?? firstPosition(tip, options)
        const places = span(start, tip.entryCount, limit)
        return { tip, start, places, entries: readStep(connection, this.#step(tip, most), places) }
      })
      const { tip, start, places, entries } = begun
      if (entries.length === countPlaces(places) || (await this.#readOn(address, begun, most)))
        return { entries, next: nextCursor(start, places, tip.entryCount), revision: tip.revision }
    }
  }

  /**
   * Reads the rest of a page that is too long for one snapshot, as the first one had it: what a session says at places of
   * a generation stays as long as that is its generation. False: it was rewritten meanwhile.
   */
  async #readOn(
    address: Address,
    { tip, places, entries }: { readonly tip: Tip; readonly places: Places; readonly entries: Entry[] },
    most: EntryStep['most'],
  ): Promise<boolean> {
    while (entries.length < countPlaces(places)) {
      const more = await this.#file.read((connection) => {
        // Looks again: whether the session was rewritten since the first part of the page.
        const now = liveTip(connection, address)
        if (now.session !== tip.session || now.generation !== tip.generation) return null
        return readStep(connection, this.#step(now, most), placesLeft(places, entries.length))
      })
      if (!more) return false
      entries.push(...more)
    }
    return true
  }

  async *read(address: Address, { from = 1, to, direction = 'forward' }: ReadOptions): Pages<Entry> {
    const first = await this.#file.read((connection) => liveTip(connection, address))
    const places = { from, to: Math.min(to ?? first.entryCount, first.entryCount), direction }
    for (let read = 0; read < countPlaces(places); ) {
      const entries = await this.#file.read((connection) => {
        const step = this.#step(readTip(connection, first.session), STREAM, first.generation)
        return readStep(connection, step, placesLeft(places, read))
      })
      read += entries.length
      yield entries
    }
  }

  #step(tip: Tip, most: EntryStep['most'], generation: number = tip.generation): EntryStep {
    return { tip, generation, most }
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

function span({ seq, direction, until }: PagePosition, count: number, limit: number): Places {
  return direction === 'forward'
    ? { from: seq, to: Math.min(until ?? count, count, seq + limit - 1), direction }
    : { from: Math.max(until ?? 1, 1, seq - limit + 1), to: Math.min(seq, count), direction }
}

function nextCursor(start: PagePosition, { from, to }: Places, count: number): string | null {
  const [more, seq] =
    start.direction === 'forward'
      ? [from <= to && to < Math.min(start.until ?? count, count), to + 1]
      : [from <= to && from > Math.max(start.until ?? 1, 1), from - 1]
  return more ? encodePagePosition({ ...start, seq }) : null
}
