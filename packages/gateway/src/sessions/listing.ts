import type { Session, SessionPage, SessionRef } from '@faircopy/store-core'
import type { ListSessionsOptions, OpenTurnsOptions } from '../calls/gateway.ts'
import { suspension } from '../entries/marker.ts'
import { sessionTail } from './session-tail.ts'
import { addressIn, type Tools } from './tools.ts'

/** Sessions, the last written first. */
export function listSessions(
  { store, namespace, clock }: Tools,
  { activeWithinMs, ...options }: ListSessionsOptions = {},
): Promise<SessionPage> {
  return store.list({
    state: 'live',
    ...options,
    namespace,
    order: 'recent',
    ...(activeWithinMs !== undefined && { activeSince: clock() - activeWithinMs }),
  })
}

/** Every session that lives, or those that were written to lately. */
export function liveSessions(
  { store, namespace, clock }: Tools,
  { activeWithinMs, ...options }: OpenTurnsOptions,
): AsyncIterable<Session> {
  return store.sessions({
    ...options,
    namespace,
    state: 'live',
    ...(activeWithinMs !== undefined && { activeSince: clock() - activeWithinMs }),
  })
}

/** Whether any session but one says anything. */
export async function hasHistory({ store, namespace }: Tools, except?: SessionRef): Promise<boolean> {
  const excepted = except === undefined ? null : addressIn(namespace, except).id
  for await (const session of store.sessions({ namespace, order: 'recent' })) {
    if (session.id !== excepted && session.entryCount > 0) return true
  }
  return false
}

/** Has a session replaced when its origin is opened next. */
export async function suspendSession(tools: Tools, ref: SessionRef, reason?: string): Promise<void> {
  const session = addressIn(tools.namespace, ref)
  await tools.store.append(session, suspension(reason ?? null, tools.clock()), { writer: tools.writer })
}

/** Suspends every live session that was written to lately. */
export async function suspendRecentlyActive(tools: Tools, withinMs: number): Promise<readonly Session[]> {
  const suspended: Session[] = []
  for await (const session of liveSessions(tools, { activeWithinMs: withinMs })) {
    if ((await sessionTail(tools.store, session)).suspended) continue
    await suspendSession(tools, session, 'recently active')
    suspended.push(session)
  }
  return suspended
}
