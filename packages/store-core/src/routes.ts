import type { Origin } from './origin.ts'
import type { Session } from './session.ts'
import type { SessionRef } from './session-ref.ts'

/** One way to a live session. */
export interface Route {
  readonly namespace: string
  readonly origin: Origin
  readonly session: string
}

/** Origins and the live sessions that they lead to, many to one. */
export interface RouteStore {
  /** The live session of an origin, or null. Several are `AmbiguousOrigin` (S10). */
  resolve(origin: Origin, namespace?: string): Promise<Session | null>
  /** Leads an origin to a session, in place of where it led, in one transaction. */
  route(origin: Origin, session: SessionRef): Promise<void>
  /** All routes of a session. */
  routes(session: SessionRef): Promise<readonly Route[]>
}
