import {
  type ListOptions,
  type Session,
  type SessionAddress,
  type SessionPage,
  StoreCorrupt,
} from '@faircopy/store-core'
import { encodeListCursor, isHeld, isListed, type ListKey, type Pages } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { foundAt, sessionOf, whole } from '../rows/session-row.ts'
import { type Behind, findPlaces, type ListPlace, type Wanted } from './list-places.ts'

/** A stream holds so many sessions at most. */
const STREAM = 500
/** So many places are looked for at a time, once few of those before were listed. */
const MOST_PLACES = 4000

/**
 * Lists sessions (S14): finds their places, then reads their rows, both in short snapshots (S20). Cost: O(limit) with at most
 * a namespace, in the order of addresses also with a parent; a time narrows the order `recent` and is looked at in the
 * other; every other condition looks at the sessions it passes over. A parent's children in the order `recent` are all
 * looked at, and so are all that changed in the same minute.
 */
export class Listing {
  readonly #file: StoreFile

  constructor(file: StoreFile) {
    this.#file = file
  }

  async list(
    { order = 'address', ...rest }: ListOptions,
    limit: number,
    after: ListKey | null,
  ): Promise<SessionPage> {
    const listed: Listed[] = []
    for await (const some of this.#walk({ ...rest, order }, after, limit + 1)) {
      listed.push(...some)
      if (listed.length > limit) break
    }
    const page = listed.slice(0, limit)
    const last = page.at(-1)
    const damaged = page.flatMap((one) => ('damage' in one ? one.damage.sessions : []))
    return {
      sessions: page.flatMap((one) => ('session' in one ? [one.session] : [])),
      next: last && listed.length > limit ? encodeListCursor(last.key, order) : null,
      ...(damaged.length > 0 && { damaged }),
    }
  }

  async *sessions({ order = 'address', ...rest }: ListOptions): Pages<Session> {
    const damaged: Required<SessionAddress>[] = []
    for await (const some of this.#walk({ ...rest, order }, null, STREAM)) {
      const sessions = some.flatMap((one) => ('session' in one ? [one.session] : []))
      for (const one of some) if ('damage' in one) damaged.push(...one.damage.sessions)
      if (sessions.length > 0) yield sessions
    }
    if (damaged.length > 0)
      throw new StoreCorrupt(this.#file.path, 'not-stored', undefined, { sessions: damaged })
  }

  /** Everything that is listed behind a place, some at a time, `first` at most. */
  async *#walk(
    wanted: Wanted,
    after: ListKey | null,
    first: number,
  ): AsyncGenerator<readonly Listed[], void, undefined> {
    let count = first
    for (let at: Behind | null | undefined; at !== null; count = Math.min(count * 2, MOST_PLACES)) {
      const { places, next } = await findPlaces(this.#file, wanted, at ?? after, count)
      for (let done = 0; done < places.length; ) {
        const some = places.slice(done, done + first)
        const read = await this.#file.read((connection) => readPlaces(connection, some))
        done += read.count
        yield read.listed.filter((one) => 'damage' in one || isListed(one.session, wanted))
      }
      at = next
    }
  }
}

/** A row of a listing with its place in the order. */
type Listed = { readonly key: ListKey } & ({ readonly session: Session } | { readonly damage: StoreCorrupt })

/** Reads the sessions of some places, until the loop is held. What was deleted meanwhile is not listed. */
function readPlaces(
  connection: Connection,
  places: readonly ListPlace[],
): { readonly listed: readonly Listed[]; readonly count: number } {
  const listed: Listed[] = []
  let count = 0
  for (const key of places) {
    const one = readPlace(connection, key)
    if (one) listed.push(one)
    count++
    if (isHeld()) break
  }
  return { listed, count }
}

function readPlace(connection: Connection, key: ListPlace): Listed | null {
  try {
    const row = whole(connection, foundAt(connection, key))
    // Looks again: whether the session was deleted since its place was found.
    return row.state === 'live' ? { key, session: sessionOf(connection, row) } : null
  } catch (error) {
    if (error instanceof StoreCorrupt) return { key, damage: error }
    throw error
  }
}
