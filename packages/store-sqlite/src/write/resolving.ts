import {
  AmbiguousOrigin,
  compareText,
  isSameOrigin,
  type Origin,
  type OriginWay,
  type Route,
  sessionsOfOrigin,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertSealed, insertStatement } from '../file/seal.ts'
import { ORIGIN_COLUMNS, type OriginColumns, originOf, originValues } from '../rows/origin-row.ts'
import { type Address, writableSession } from '../rows/session-row.ts'
import type { Write } from '../rows/transaction.ts'

const SESSIONS = `SELECT s.id, ${ORIGIN_COLUMNS.map((column) => `s.${column}`).join(', ')} FROM session AS s
  WHERE s.namespace = ? AND s.platform = ? AND s.state = 'live' AND s.ended_at IS NULL AND s.platform IS NOT NULL`
const SESSIONS_OF_CHAT = `${SESSIONS} AND s.chat = ?`
const ROUTES = `SELECT s.id, ${ORIGIN_COLUMNS.map((column) => `r.${column}`).join(', ')}
  FROM route AS r JOIN session AS s ON s.number = r.session AND s.state = 'live' AND s.ended_at IS NULL
  WHERE r.namespace = ? AND r.platform = ?`
const ROUTES_OF_CHAT = `${ROUTES} AND r.chat = ?`
const OF_PLATFORM = `SELECT number, ${ORIGIN_COLUMNS.join(', ')} FROM route WHERE namespace = ? AND platform = ?`
const OF_SESSION = `SELECT ${ORIGIN_COLUMNS.join(', ')} FROM route WHERE session = ? ORDER BY number`
const REMOVE = 'DELETE FROM route WHERE number = ?'
const INSERT = insertStatement('route')

type Way = OriginColumns & { readonly id: string }

/**
 * The id of the one live session that an origin means, or null (S10). Several are `AmbiguousOrigin`. Cost: the live
 * sessions and routes of the platform, or of the chat where the origin names one.
 */
export function resolveOrigin(connection: Connection, namespace: string, origin: Origin): string | null {
  const { platform, chat } = origin
  const read = (all: string, ofChat: string, by: OriginWay['by']): OriginWay[] => {
    const rows =
      chat === undefined
        ? connection.all<Way>(all, namespace, platform)
        : connection.all<Way>(ofChat, namespace, platform, chat)
    return rows.map((row) => ({ session: row.id, origin: originOf(row) as Origin, by }))
  }
  const routes = read(ROUTES, ROUTES_OF_CHAT, 'route')
  const isDecided = routes.some((way) => isSameOrigin(way.origin, origin))
  const ways = isDecided ? routes : [...routes, ...read(SESSIONS, SESSIONS_OF_CHAT, 'session')]
  const [first, ...more] = sessionsOfOrigin(origin, ways).sort(compareText)
  if (more.length > 0) throw new AmbiguousOrigin([first as string, ...more].map((id) => ({ namespace, id })))
  return first ?? null
}

/** The write that leads exactly this origin to a session (S10). */
export function routeWrite(origin: Origin, address: Address): Write<void> {
  return (transaction) => {
    const { connection, now } = transaction
    const session = writableSession(connection, address)
    return {
      apply: () => {
        const rows = connection.all<OriginColumns & { number: number }>(
          OF_PLATFORM,
          address.namespace,
          origin.platform,
        )
        for (const row of rows) {
          if (isSameOrigin(originOf(row) as Origin, origin)) connection.run(REMOVE, row.number)
        }
        insertRoute(connection, address.namespace, origin, session)
        transaction.setTip({ ...transaction.tip(session), updatedAt: now }, 'updated')
      },
    }
  }
}

/** Leads exactly this origin to a session. Another route of it must have been removed. */
export function insertRoute(
  connection: Connection,
  namespace: string,
  origin: Origin,
  session: number,
): void {
  insertSealed(connection, INSERT, namespace, ...originValues(origin), session)
}

/** The routes that lead to a session, in the order they were made. */
export function readRoutes(connection: Connection, address: Address, session: number): Route[] {
  return connection.all<OriginColumns>(OF_SESSION, session).map((row) => ({
    namespace: address.namespace,
    origin: originOf(row) as Origin,
    session: address.id,
  }))
}
