import type { Origin } from './origin.ts'
import { isSameOrigin, matchesOrigin, type OriginWay } from './origin-match.ts'

const PLACE = ['platform', 'account', 'chat', 'thread'] as const

/**
 * The live sessions that origins open, given all ways to the live sessions of their platform (S10): none means that one
 * is opened, several are `AmbiguousOrigin`.
 *
 * A route of exactly one of the origins decides, the first origin's before the second's. Else a session counts that no
 * route leads to and whose own origin is at the very place: platform, account, chat and thread equal, also where one is
 * missing; and of the same person, if the origin names one. So a session that was imported or created by a mirror is
 * gone on with, and one that was opened for somebody else is not.
 */
export function sessionsOpenedBy(origins: readonly Origin[], ways: readonly OriginWay[]): string[] {
  const routes = ways.filter(({ by }) => by === 'route')
  for (const origin of origins) {
    const exact = routes.find((way) => isSameOrigin(way.origin, origin))
    if (exact) return [exact.session]
  }
  const routed = new Set(routes.map(({ session }) => session))
  const own = ways.filter(
    ({ by, session, origin }) =>
      by === 'session' && !routed.has(session) && origins.some((target) => isAtPlace(target, origin)),
  )
  return [...new Set(own.map(({ session }) => session))]
}

function isAtPlace(target: Origin, origin: Origin): boolean {
  return PLACE.every((part) => target[part] === origin[part]) && matchesOrigin(target, origin)
}
