import type { Address } from '../kernel/look-ups.ts'
import type { OriginWay } from '../origin-match.ts'
import type { Route } from '../routes.ts'
import { isSameAddress } from '../session-ref.ts'
import type { MemoryState } from './state.ts'

/** The routes that lead to a session. */
export function routesOf(state: MemoryState, address: Address): Route[] {
  return state.routes
    .filter(({ session }) => isSameAddress(session, address))
    .map(({ origin }) => ({ namespace: address.namespace, origin, session: address.id }))
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
