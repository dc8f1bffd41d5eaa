import {
  AmbiguousOrigin,
  compareText,
  isSameOrigin,
  type Origin,
  sessionsOfOrigin,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { checkOrigin } from '../rows/origin-absence.ts'
import { type FoundRoute, ROUTE_ROW, wayOfRoute, wayOfSession } from '../rows/route-row.ts'
import { type FoundRow, SESSION_ROW } from '../rows/session-row.ts'

const SESSIONS = `${SESSION_ROW} WHERE s.namespace = ? AND s.platform = ? AND s.state = 'live' AND s.ended_at IS NULL AND s.platform IS NOT NULL`
const SESSIONS_OF_CHAT = `${SESSIONS} AND s.chat = ?`
const ROUTES = `${ROUTE_ROW} WHERE f.namespace = ? AND f.platform = ?`
const ROUTES_OF_CHAT = `${ROUTES} AND f.chat = ?`

/**
 * The id of the one live session that an origin means, or null (S10). Several are `AmbiguousOrigin`. Cost: the live
 * sessions and routes of the platform, or of the chat where the origin names one.
 */
export function resolveOrigin(connection: Connection, namespace: string, origin: Origin): string | null {
  const { platform, chat } = origin
  const asked = [namespace, platform, ...(chat === undefined ? [] : [chat])]
  const place = { namespace, platform, ...(chat !== undefined && { chat }) }
  const routes = connection
    .all<FoundRoute>(chat === undefined ? ROUTES : ROUTES_OF_CHAT, ...asked)
    .flatMap((row) => wayOfRoute(connection, row, place))
  const isDecided = routes.some((way) => isSameOrigin(way.origin, origin))
  const own = isDecided
    ? []
    : connection
        .all<FoundRow>(chat === undefined ? SESSIONS : SESSIONS_OF_CHAT, ...asked)
        .flatMap((row) => wayOfSession(connection, row, place))
  const ways = [...routes, ...own]
  const [first, ...more] = sessionsOfOrigin(origin, ways).sort(compareText)
  if (more.length > 0) throw new AmbiguousOrigin([first as string, ...more].map((id) => ({ namespace, id })))
  if (first === undefined) checkOrigin(connection, namespace, origin)
  return first ?? null
}
