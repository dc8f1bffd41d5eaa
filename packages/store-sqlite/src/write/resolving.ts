import { AmbiguousOrigin, compareText, type Origin, sessionsOfOrigin } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { readOriginWays } from '../rows/origin-ways.ts'

/** The id of the one live session that an origin means, or null (S10). Several are `AmbiguousOrigin`. */
export function resolveOrigin(connection: Connection, namespace: string, origin: Origin): string | null {
  const ways = readOriginWays(connection, { namespace, origin })
  const [first, ...more] = sessionsOfOrigin(origin, ways).sort(compareText)
  if (more.length > 0) throw new AmbiguousOrigin([first as string, ...more].map((id) => ({ namespace, id })))
  return first ?? null
}
