import type { Origin } from './origin.ts'
import { isSameOrigin, matchesOrigin, type OriginWay } from './origin-match.ts'

const PLACE = ['platform', 'account', 'chat', 'thread'] as const

/**
 * The live sessions that origins open, given all ways to the live sessions of their chats (S10): none means that one is
 * opened, several are `AmbiguousOrigin`.
 *
 * A route of exactly one of the origins decides, the first origin's before the second's. Else a session counts whose own
 * origin is at the very place: platform, account, chat and thread equal, also where one is missing; of the same person,
 * if the origin names one; and to which no route leads from that place. So a session that was imported or created by a
 * mirror is gone on with, and one that was opened there for somebody else is not.
 */
export function sessionsOpenedBy(origins: readonly Origin[], ways: readonly OriginWay[]): string[] {
  const routes = ways.filter(({ by }) => by === 'route')
  for (const origin of origins) {
    const exact = routes.find((way) => isSameOrigin(way.origin, origin))
    if (exact) return [exact.session]
  }
  const isOpened = ({ session, origin }: OriginWay): boolean =>
    routes.some((route) => route.session === session && isSamePlace(route.origin, origin))
  const own = ways.filter(
    (way) =>
      way.by === 'session' &&
      origins.some((origin) => isSamePlace(origin, way.origin) && matchesOrigin(origin, way.origin)) &&
      !isOpened(way),
  )
  return [...new Set(own.map(({ session }) => session))]
}

function isSamePlace(a: Origin, b: Origin): boolean {
  return PLACE.every((part) => a[part] === b[part])
}
