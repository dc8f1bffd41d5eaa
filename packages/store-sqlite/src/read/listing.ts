import {
  checkArgument,
  decodeListCursor,
  encodeListCursor,
  isListed,
  type ListKey,
  type ListOptions,
  type ListPageOptions,
  listPageOptionsSchema,
  type Session,
  type SessionAddress,
  type SessionPage,
  StoreCorrupt,
  sessionAddress,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { type FoundRow, SESSION_ROW, SESSION_ROW_BY_TIP, sessionOf, whole } from '../rows/session-row.ts'
import { MINUTE_MS, minuteOf } from '../rows/tip.ts'
import { streamOf } from './entry-stream.ts'

const DEFAULT_LIMIT = 100
/** A stream takes so many at a time: for each page all sessions of a minute are gone through. */
const STREAM = 500
/** So many sessions are looked at in one snapshot at most; a listing that passes over more of them goes on in another. */
const LOOKED_AT = 1000
/** What is live; what a row says that can be none of the states is no reason to leave it out. The index by name has both. */
const NAMED = `s.state IN ('live', 'deleted') AND s.state <> 'deleted'`
const UNHIDDEN = `s.state NOT IN ('deleted', 'staged', 'undone')`
const UNTIL = `SELECT updated_at AS at FROM tip WHERE minute <= ? AND updated_at <= ?
  ORDER BY minute DESC, updated_at DESC LIMIT 1 OFFSET ?`

type Value = string | number
/** A condition that the database can decide, with its values. */
type Condition = readonly [sql: string, ...values: Value[]]

/**
 * Lists sessions (S14). Cost: O(limit) with at most a namespace, in the order of addresses also with a parent; a time
 * narrows the order `recent` and is looked at in the other; every other condition looks at the sessions it passes over.
 * A parent's children in the order `recent` are sorted first.
 */
export class Listing {
  readonly #file: StoreFile

  constructor(file: StoreFile) {
    this.#file = file
  }

  async list(options: ListPageOptions = {}): Promise<SessionPage> {
    const {
      limit = DEFAULT_LIMIT,
      cursor,
      order = 'address',
      ...wanted
    } = checkArgument(listPageOptionsSchema, options, 'options')
    let after: Behind | null = cursor === undefined ? null : decodeListCursor(cursor, order)
    const isByTip = order === 'recent' && wanted.parent === undefined
    const listed: Listed[] = []
    for (let count = limit + 1; listed.length <= limit; count = Math.min(count * 2, LOOKED_AT)) {
      const until = isByTip
        ? await this.#file.read((connection) => readUntil(connection, after, count))
        : null
      const looked = await this.#file.read((connection) =>
        readBehind(connection, { after, until }, wanted, order, count),
      )
      listed.push(...looked.listed.filter((one) => 'damage' in one || isListed(one.session, wanted)))
      if (!looked.next) break
      after = looked.next
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

  sessions(options: ListOptions = {}): AsyncIterable<Session> {
    return streamOf(this.#pages(options))
  }

  async *#pages(options: ListOptions): AsyncGenerator<readonly Session[], void, undefined> {
    const damaged: Required<SessionAddress>[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: SessionPage = await this.list({
        ...options,
        limit: STREAM,
        ...(cursor !== undefined && { cursor }),
      })
      if (page.sessions.length > 0) yield page.sessions
      damaged.push(...(page.damaged ?? []))
      cursor = page.next
    }
    if (damaged.length > 0)
      throw new StoreCorrupt(this.#file.path, 'not-stored', undefined, { sessions: damaged })
  }
}

/** A row of a listing with its place in the order. */
type Listed = { readonly key: ListKey } & ({ readonly session: Session } | { readonly damage: StoreCorrupt })

/** Where a listing goes on: behind a session, or behind all that changed at a time or later. */
type Behind = ListKey | { readonly before: number }

function readBehind(
  connection: Connection,
  { after, until }: { readonly after: Behind | null; readonly until: number | null },
  wanted: Omit<ListOptions, 'order'>,
  order: NonNullable<ListOptions['order']>,
  count: number,
): { readonly listed: readonly Listed[]; readonly next: Behind | null } {
  const isByTip = order === 'recent' && wanted.parent === undefined
  const conditions = [
    ...conditionsOf(wanted, order),
    ...(after ? behind(after, order) : []),
    ...(until === null ? [] : since(until)),
  ]
  const sql = `${isByTip ? SESSION_ROW_BY_TIP : SESSION_ROW} WHERE ${order === 'address' && wanted.parent === undefined ? NAMED : UNHIDDEN}
    ${conditions.map(([condition]) => `AND ${condition}`).join(' ')}
    ORDER BY ${order === 'recent' ? 't.minute DESC, t.updated_at DESC, ' : ''}s.namespace, s.id LIMIT ?`
  const values = conditions.flatMap(([, ...given]) => given)
  const listed = connection.all<FoundRow>(sql, ...values, count).map((row) => listedOf(connection, row))
  if (listed.length === count) return { listed, next: listed.at(-1)?.key ?? null }
  return { listed, next: until === null ? null : { before: until } }
}

function listedOf(connection: Connection, row: FoundRow): Listed {
  const { updated_at: at, minute, led_namespace: namespace, led_id: id } = row
  const key = { updatedAt: Number.isSafeInteger(at) ? at : minute * MINUTE_MS, namespace, id }
  try {
    return { key, session: sessionOf(connection, whole(connection, row)) }
  } catch (error) {
    if (error instanceof StoreCorrupt) return { key, damage: error }
    throw error
  }
}

/**
 * The time down to which so many sessions have to be looked at, the latest first; null where that is all of them. Their
 * tips tell it, so that of the many that an import leaves in one minute not all are read and sorted for each page.
 */
function readUntil(connection: Connection, after: Behind | null, count: number): number | null {
  const at = after === null ? Number.MAX_SAFE_INTEGER : 'before' in after ? after.before : after.updatedAt
  return connection.get<{ at: number }>(UNTIL, minuteOf(at), at, count)?.at ?? null
}

function conditionsOf(
  { namespace, parent, state, activeSince, origin }: ListOptions,
  order: string,
): Condition[] {
  const conditions: Condition[] = []
  if (namespace !== undefined) conditions.push(['s.namespace = ?', namespace])
  if (parent !== undefined) {
    const { namespace: of, id } = sessionAddress(parent)
    conditions.push(['s.parent_namespace = ? AND s.parent_id = ? AND s.parent_id IS NOT NULL', of, id])
  }
  if (state !== undefined)
    conditions.push([state === 'live' ? 's.ended_at IS NULL' : 's.ended_at IS NOT NULL'])
  if (origin?.platform !== undefined) conditions.push(['s.platform = ?', origin.platform])
  if (activeSince !== undefined) {
    conditions.push(
      ...(order === 'recent' ? since(activeSince) : [['t.updated_at >= ?', activeSince] as const]),
    )
  }
  return conditions
}

function behind(after: Behind, order: string): Condition[] {
  if ('before' in after)
    return [
      ['t.minute <= ?', minuteOf(after.before)],
      ['t.updated_at < ?', after.before],
    ]
  const { updatedAt, namespace, id } = after
  if (order !== 'recent') return [['(s.namespace, s.id) > (?, ?)', namespace, id]]
  return [
    ['t.minute <= ?', minuteOf(updatedAt)],
    [
      '(t.updated_at < ? OR (t.updated_at = ? AND (s.namespace, s.id) > (?, ?)))',
      updatedAt,
      updatedAt,
      namespace,
      id,
    ],
  ]
}

function since(at: number): Condition[] {
  return [
    ['t.minute >= ?', minuteOf(at)],
    ['t.updated_at >= ?', at],
  ]
}
