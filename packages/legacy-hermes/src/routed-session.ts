import type { JsonObject } from '@faircopy/store-core'

/** A session key and the session that it leads to, as `sessions.json` or the table `gateway_routing` has it. */
export interface RoutedSession {
  readonly key: string
  readonly sessionId: string
  /** What is said of the session there: origin, names, times, counters. */
  readonly entry: JsonObject
  /** The other columns of a row of `gateway_routing`; null for `sessions.json`. */
  readonly row: JsonObject | null
}
