import { AmbiguousOrigin } from '../errors.ts'
import { compareText } from '../listing.ts'
import type { OpenTarget } from '../opener.ts'
import { sessionsOpenedBy } from '../opening-match.ts'
import { sessionsOfOrigin } from '../origin-match.ts'
import type { Session } from '../session.ts'
import { DEFAULT_NAMESPACE } from '../session-ref.ts'
import type { Address, OriginAt } from './look-ups.ts'
import { ask, type Gathering, type Rule } from './rule.ts'
import { checkWritable, sessionOf } from './session.ts'

/** The one live session that an origin means, or null. Several are `AmbiguousOrigin` (S10). */
export function* resolve({ namespace, origin }: OriginAt): Rule<Session | null> {
  const { originWays } = yield* ask({ originWays: [{ namespace, origin }] })
  const found = theOne(namespace, sessionsOfOrigin(origin, originWays[0]?.found ?? []))
  return { effects: [], answer: yield* askSession(found) }
}

/** The live session that an opening finds, or null. Several are `AmbiguousOrigin` (S10). */
export function* opened({ namespace = DEFAULT_NAMESPACE, origins }: OpenTarget): Rule<Session | null> {
  const { openingWays } = yield* ask({ openingWays: [{ namespace, origins }] })
  const found = theOne(namespace, sessionsOpenedBy(origins, openingWays[0]?.found ?? []))
  return { effects: [], answer: yield* askSession(found) }
}

function* askSession(session: Address | null): Gathering<Session | null> {
  if (!session) return null
  const { sessions } = yield* ask({ sessions: [session] })
  const known = checkWritable(session, sessions[0])
  return sessionOf(session, known.facts, known)
}

/** The one of some sessions, or null where there is none. Several are `AmbiguousOrigin` (S10). */
export function theOne(namespace: string, ids: readonly string[]): Address | null {
  const [first, ...more] = [...ids].sort(compareText)
  if (first === undefined) return null
  if (more.length > 0) throw new AmbiguousOrigin([first, ...more].map((id) => ({ namespace, id })))
  return { namespace, id: first }
}
