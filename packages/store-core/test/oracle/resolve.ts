import type { Origin, Route } from '../internals.ts'
import {
  type Address,
  AmbiguousOrigin,
  compareText,
  findSession,
  isSameOrigin,
  type MemorySession,
  type MemoryState,
  type OriginWay,
  sessionsOfOrigin,
  type Written,
} from '../internals.ts'
import { withSession, writableSession } from './state.ts'

/** The one live session that an origin means, or null. Several are `AmbiguousOrigin` (S10). */
export function resolve(state: MemoryState, origin: Origin, namespace: string): MemorySession | null {
  const [first, ...more] = sessionsOfOrigin(origin, waysIn(state, namespace)).sort(compareText)
  if (first === undefined) return null
  if (more.length > 0) throw new AmbiguousOrigin([first, ...more].map((id) => ({ namespace, id })))
  return findSession(state, { namespace, id: first })
}

/** Leads exactly this origin to a session. */
export function route(state: MemoryState, origin: Origin, address: Address, now: number): Written<void> {
  const session = writableSession(state, address)
  const others = state.routes.filter(
    (one) => one.session.namespace !== address.namespace || !isSameOrigin(one.origin, origin),
  )
  const routes = [...others, { origin, session: address }]
  return {
    state: withSession({ ...state, routes }, { ...session, updatedAt: now }, 'updated'),
    result: undefined,
  }
}

/** The routes that lead to a session. */
export function routesOf(state: MemoryState, { namespace, id }: Address): Route[] {
  return state.routes
    .filter(({ session }) => session.namespace === namespace && session.id === id)
    .map(({ origin }) => ({ namespace, origin, session: id }))
}

/** Every way to the live sessions of a namespace. */
export function waysIn(state: MemoryState, namespace: string): OriginWay[] {
  const live = state.sessions.filter(
    ({ address, state: is, about }) =>
      address.namespace === namespace && is === 'living' && (about.endedAt ?? null) === null,
  )
  return live.flatMap(({ address, about }): OriginWay[] => [
    ...(about.origin ? [{ session: address.id, origin: about.origin, by: 'session' as const }] : []),
    ...routesOf(state, address).map(({ origin }) => ({ session: address.id, origin, by: 'route' as const })),
  ])
}
