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
  type SessionPage,
  sessionAddress,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { SESSION_ROW, SESSION_ROW_BY_TIP, type SessionRow, sessionOf } from '../rows/session-row.ts'
import { minuteOf } from '../rows/tip.ts'

const DEFAULT_LIMIT = 100
/** So many sessions are looked at in one snapshot; a listing that passes over more of them goes on in another. */
const LOOKED_AT = 1000

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
    let after = cursor === undefined ? null : decodeListCursor(cursor, order)
    const sessions: Session[] = []
    for (let count = limit + 1; sessions.length <= limit; count = LOOKED_AT) {
      const looked = await this.#file.read((connection) => readAfter(connection, after, wanted, order, count))
      sessions.push(...looked.filter((session) => isListed(session, wanted)))
      after = looked.at(-1) ?? after
      if (looked.length < count) break
    }
    const page = sessions.slice(0, limit)
    const last = page.at(-1)
    return { sessions: page, next: last && sessions.length > limit ? encodeListCursor(last, order) : null }
  }

  async *sessions(options: ListOptions = {}): AsyncGenerator<Session, void, undefined> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: SessionPage = await this.list({ ...options, ...(cursor !== undefined && { cursor }) })
      yield* page.sessions
      cursor = page.next
    }
  }
}

function readAfter(
  connection: Connection,
  after: ListKey | null,
  wanted: Omit<ListOptions, 'order'>,
  order: NonNullable<ListOptions['order']>,
  count: number,
): Session[] {
  const conditions = [...conditionsOf(wanted, order), ...(after ? behind(after, order) : [])]
  const rows = order === 'recent' && wanted.parent === undefined ? SESSION_ROW_BY_TIP : SESSION_ROW
  const sql = `${rows} WHERE s.state IN ('live', 'deleted') AND s.state = 'live'
    ${conditions.map(([condition]) => `AND ${condition}`).join(' ')}
    ORDER BY ${order === 'recent' ? 't.minute DESC, t.updated_at DESC, ' : ''}s.namespace, s.id LIMIT ?`
  const values = conditions.flatMap(([, ...given]) => given)
  return connection.all<SessionRow>(sql, ...values, count).map(sessionOf)
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
    conditions.push(['t.updated_at >= ?', activeSince])
    if (order === 'recent') conditions.push(['t.minute >= ?', minuteOf(activeSince)])
  }
  return conditions
}

function behind({ updatedAt, namespace, id }: ListKey, order: string): Condition[] {
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
