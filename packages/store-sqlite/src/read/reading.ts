import type { Entry, EntryPage, PageOptions, ReadOptions, Session } from '@faircopy/store-core'
import {
  type PagePosition,
  type Pages,
  type Places,
  placesOfPage,
  placesOfStream,
  readable,
} from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { type Address, readSession } from '../rows/session-row.ts'
import { readTip, readTipAt, type SessionTip } from '../rows/tip.ts'
import { countPlaces, type EntryStep, placesLeft, readStep, STEP_BYTES } from './entry-steps.ts'

/** A stream takes at most so much at a time. */
const STREAM = { entries: 256, bytes: STEP_BYTES }
/** So often a page is begun; the last time it is read at once, so that rewriters can't keep it from its end. */
const ATTEMPTS = 3

/** Reads what live sessions contain (S13 to S15). */
export class Reading {
  readonly #file: StoreFile

  constructor(file: StoreFile) {
    this.#file = file
  }

  get(address: Address): Promise<Session | null> {
    return this.#file.read((connection) => readSession(connection, address))
  }

  async page(address: Address, options: PageOptions, position: PagePosition | null): Promise<EntryPage> {
    for (let attempt = 1; ; attempt++) {
      const most = {
        entries: Number.MAX_SAFE_INTEGER,
        bytes: attempt < ATTEMPTS ? STEP_BYTES : Number.MAX_SAFE_INTEGER,
      }
      const begun = await this.#file.read((connection) => {
        const tip = liveTip(connection, address)
        const { places, next } = placesOfPage(address, tip, options, position)
        return { tip, places, next, entries: readStep(connection, this.#step(tip, most), places) }
      })
      const { tip, places, next, entries } = begun
      if (entries.length === countPlaces(places) || (await this.#readOn(address, begun, most)))
        return { entries, next, revision: tip.revision }
    }
  }

  /**
   * Reads the rest of a page that is too long for one snapshot, as the first one had it: what a session contains at places of
   * a generation stays as long as that is its generation. False: it was rewritten meanwhile.
   */
  async #readOn(
    address: Address,
    {
      tip,
      places,
      entries,
    }: { readonly tip: SessionTip; readonly places: Places; readonly entries: Entry[] },
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

  async *read(address: Address, options: ReadOptions): Pages<Entry> {
    const first = await this.#file.read((connection) => liveTip(connection, address))
    const places = placesOfStream(options, first.entryCount)
    for (let read = 0; read < countPlaces(places); ) {
      const entries = await this.#file.read((connection) => {
        const step = this.#step(readTip(connection, first.session), STREAM, first.generation)
        return readStep(connection, step, placesLeft(places, read))
      })
      read += entries.length
      yield entries
    }
  }

  #step(tip: SessionTip, most: EntryStep['most'], generation: number = tip.generation): EntryStep {
    return { tip, generation, most }
  }
}

/** The tip of a live session. Fails with `NoSession` (S15). */
export function liveTip(connection: Connection, address: Address): SessionTip {
  const found = readTipAt(connection, address.namespace, address.id)
  return readable(address, found?.state === 'live' ? found.tip : null)
}
