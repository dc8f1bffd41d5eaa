import type { Origin } from '@faircopy/store-core'
import {
  isSameOrigin,
  type OriginAt,
  type OriginsAt,
  type OriginWay,
  sessionsOfOrigin,
  sessionsOpenedBy,
} from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { checkOrigin } from './origin-absence.ts'
import {
  type FoundRoute,
  ROUTE_ROW,
  type WholeRoute,
  wayOfRoute,
  wayOfSession,
  wholeRoute,
} from './route-row.ts'
import { type FoundRow, SESSION_ROW } from './session-row.ts'

const SESSIONS = `${SESSION_ROW}
  WHERE s.namespace = ? AND s.platform = ? AND s.state = 'live' AND s.ended_at IS NULL AND s.platform IS NOT NULL`
const SESSIONS_OF_CHAT = `${SESSIONS} AND s.chat IS ?`
const ROUTES = `${ROUTE_ROW} WHERE f.namespace = ? AND f.platform = ?`
const ROUTES_OF_CHAT = `${ROUTES} AND f.chat IS ?`

/** Where ways are looked for: in one chat, in none, or, where that is not told, in all of a platform. */
interface Place {
  readonly namespace: string
  readonly platform: string
  readonly chat?: string | null
}

/**
 * The ways that may decide what an origin means (S10). Cost: the live sessions and routes of the platform, or of the chat
 * where the origin names one; the routes alone where one of them has exactly this origin.
 */
export function readOriginWays(connection: Connection, { namespace, origin }: OriginAt): OriginWay[] {
  const { platform, chat } = origin
  const place = { namespace, platform, ...(chat !== undefined && { chat }) }
  const ways = waysAt(connection, [place], [origin])
  if (sessionsOfOrigin(origin, ways).length === 0) checkOrigin(connection, namespace, origin)
  return ways
}

/** The ways that may decide what origins open (S10). Cost: the routes and, where none is exact, the live sessions of their chats. */
export function readOpeningWays(connection: Connection, { namespace, origins }: OriginsAt): OriginWay[] {
  const { platform } = origins[0]
  const chats = [...new Set(origins.map(({ chat }) => chat ?? null))]
  const places = chats.map((chat) => ({ namespace, platform, chat }))
  const ways = waysAt(connection, places, origins)
  if (sessionsOpenedBy(origins, ways).length === 0)
    for (const origin of origins) checkOrigin(connection, namespace, origin)
  return ways
}

/** The routes of exactly this origin: one, or none. Fails with `StoreCorrupt`. */
export function readRoutesOf(connection: Connection, { namespace, origin }: OriginAt): WholeRoute[] {
  const { platform, chat = null } = origin
  return readRoutesAt(connection, { namespace, platform, chat })
    .map((row) => wholeRoute(connection, row, { namespace, platform, chat }))
    .filter((route) => isSameOrigin(route.origin, origin))
}

/** A route of exactly one of the origins decides, so no session is read then. */
function waysAt(connection: Connection, places: readonly Place[], origins: readonly Origin[]): OriginWay[] {
  const routes = places.flatMap((place) =>
    readRoutesAt(connection, place).flatMap((row) => wayOfRoute(connection, row, place)),
  )
  if (routes.some((way) => origins.some((origin) => isSameOrigin(way.origin, origin)))) return routes
  const own = places.flatMap((place) =>
    readAt<FoundRow>(connection, place, SESSIONS, SESSIONS_OF_CHAT).flatMap((row) =>
      wayOfSession(connection, row, place),
    ),
  )
  return [...routes, ...own]
}

function readRoutesAt(connection: Connection, place: Place): FoundRoute[] {
  return readAt<FoundRoute>(connection, place, ROUTES, ROUTES_OF_CHAT)
}

function readAt<T>(
  connection: Connection,
  { namespace, platform, chat }: Place,
  ofPlatform: string,
  ofChat: string,
): T[] {
  return chat === undefined
    ? connection.all<T>(ofPlatform, namespace, platform)
    : connection.all<T>(ofChat, namespace, platform, chat)
}
