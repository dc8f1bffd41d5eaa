import type { OriginWay } from '../origin-match.ts'
import type { Route } from '../routes.ts'
import type { Address, MemoryState } from './state.ts'

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
