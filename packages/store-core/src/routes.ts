import type { Origin } from './origin.ts'
import type { Session } from './session.ts'
import type { SessionRef } from './session-ref.ts'

/** One way to a live session. */
export interface Route {
  readonly namespace: string
  readonly origin: Origin
  readonly session: string
}

/**
 * Origins and the live sessions that they lead to, many to one. A session's own origin leads to it without a route; a
 * route is for any further origin, and for saying which of several sessions is meant (S10).
 */
export interface RouteStore {
  /**
   * The live session that an origin means, or null where there is none ({@link sessionsOfOrigin}). Several are
   * `AmbiguousOrigin` with the candidates, never the newest; one that has ended or was deleted never counts (S10).
   *
   * Cost: O(live sessions of the platform in that namespace) at worst; one look-up where a route has that origin.
   */
  resolve(origin: Origin, namespace?: string): Promise<Session | null>
  /**
   * Leads exactly this origin to a session of the namespace, in place of where a route led it, in one transaction (S2).
   * The revision does not move. Fails with `NoSession`, `SessionDeleted`.
   *
   * Cost: one commit.
   */
  route(origin: Origin, session: SessionRef): Promise<void>
  /** The routes that lead to a session, in the order they were made. Fails with `NoSession`. */
  routes(session: SessionRef): Promise<readonly Route[]>
}
