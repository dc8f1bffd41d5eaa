import {
  type NewSession,
  type Opened,
  type Opening,
  type OpenTarget,
  type Origin,
  type Session,
  type SessionRef,
  StoreError,
} from '@faircopy/store-core'
import { isSameOrigin } from '@faircopy/store-core/backend'
import type { OpenSessionOptions, ResetOptions, ResumeOptions } from '../calls/gateway.ts'
import { GatewayError } from '../calls/gateway-error.ts'
import type { OpenedSession } from '../calls/opened-session.ts'
import { resetRequest, resumption } from '../entries/marker.ts'
import { openingOrigins, sessionOrigin } from '../keys/session-origin.ts'
import { resetDue } from '../resets/reset-due.ts'
import { type ResetReason, resetRule } from '../resets/reset-policy.ts'
import { type SessionTail, sessionTail } from './session-tail.ts'
import { addressIn, checkOrigin, existing, type Tools } from './tools.ts'
import { wasRequested } from './was-requested.ts'

/** The live session of an origin, in place of one that is over if need be. */
export async function openSession(
  tools: Tools,
  from: Origin,
  { forceNew = false, idempotencyKey }: OpenSessionOptions = {},
): Promise<OpenedSession> {
  const origin = checkOrigin(from)
  const request = forceNew ? idempotencyKey : undefined
  const opened = await openAt(tools, origin, {
    session: { create: newSession(tools, origin) },
    ...requestedBy(tools, request),
  })
  if (opened.how !== 'found') return told(tools, origin, opened.session, 'created')
  const tail = await sessionTail(tools.store, opened.session)
  const isRequested = forceNew && !(await isRepeated(tools, opened.session, request))
  const reason = isRequested ? 'requested' : await reasonToReset(tools, origin, opened.session, tail)
  return reason === null
    ? told(tools, origin, opened.session, 'continued', tail)
    : replaceSession(tools, origin, { session: opened.session, tail }, reason, request)
}

/** Ends the live session of an origin and opens a new one; null where none lives. */
export async function resetSession(
  tools: Tools,
  from: Origin,
  { idempotencyKey }: ResetOptions = {},
): Promise<OpenedSession | null> {
  const origin = checkOrigin(from)
  const current = await tools.store.opened(targetOf(tools, origin))
  if (!current) return null
  const tail = await sessionTail(tools.store, current)
  return (await isRepeated(tools, current, idempotencyKey))
    ? told(tools, origin, current, 'continued', tail)
    : replaceSession(tools, origin, { session: current, tail }, 'requested', idempotencyKey)
}

/** Takes up an earlier session in place of the one that lives. */
export async function resumeSession(
  tools: Tools,
  from: Origin,
  ref: SessionRef,
  { fromElsewhere = false }: ResumeOptions = {},
): Promise<OpenedSession> {
  const origin = checkOrigin(from)
  const address = addressIn(tools.namespace, ref)
  const wanted = await existing(tools, address)
  if (!fromElsewhere && !(await belongsTo(tools, origin, wanted)))
    throw new GatewayError('OTHER_ORIGIN', address)
  for (;;) {
    const current = await openedOrNull(tools, origin)
    const at = tools.clock()
    const end = current && current.id !== address.id && { session: current.id, at, reason: 'switch' }
    const opened = await openAt(tools, origin, {
      session: { reopen: address.id },
      entries: [resumption(at)],
      ...(end && { end }),
    })
    // Looks again: whether another session has come to live there.
    if (opened.session.id !== address.id) continue
    const how = await told(tools, origin, opened.session, 'continued')
    return opened.how === 'found' ? how : { ...how, what: 'resumed', previous: opened.ended }
  }
}

/** The live session of an origin, or one that begins with the past of another. */
export async function forkSession(
  tools: Tools,
  to: Origin,
  from: SessionRef,
  { through }: { readonly through?: number } = {},
): Promise<OpenedSession> {
  const origin = checkOrigin(to)
  const parent = addressIn(tools.namespace, from)
  const { codec: _, ...about } = newSession(tools, origin)
  const fork = { ...about, of: parent.id, ...(through !== undefined && { through }) }
  const opened = await openAt(tools, origin, { session: { fork } })
  return told(tools, origin, opened.session, opened.how === 'found' ? 'continued' : 'created')
}

async function replaceSession(
  tools: Tools,
  origin: Origin,
  { session, tail }: { readonly session: Session; readonly tail: SessionTail },
  reason: ResetReason,
  request?: string,
): Promise<OpenedSession> {
  const { lastEntry, hadActivity } = tail
  const parent = { namespace: session.namespace, id: session.id, entry: lastEntry, why: 'reset' } as const
  const { ended, session: opened } = await openAt(tools, origin, {
    session: { create: { ...newSession(tools, origin), parent } },
    end: { session: session.id, at: tools.clock(), reason: END_REASONS[reason] },
    ...requestedBy(tools, request),
  })
  const now = await told(tools, origin, opened, 'continued')
  // Looks again: whether the session was still there to be ended, or another was first.
  return ended ? { ...now, what: 'reset', reason, previous: ended, hadActivity } : now
}

/** What a session that is asked for under a key begins with. */
function requestedBy({ clock }: Tools, request: string | undefined): Pick<Opening, 'entries'> {
  return request === undefined ? {} : { entries: [resetRequest(request, clock())] }
}

async function isRepeated({ store }: Tools, session: Session, request: string | undefined): Promise<boolean> {
  return request !== undefined && wasRequested(store, session, request)
}

const END_REASONS: Record<ResetReason, string> = {
  idle: 'reset: idle',
  daily: 'reset: daily',
  suspended: 'reset: suspended',
  requested: 'reset',
}

async function reasonToReset(
  { reset, isBusy, clock }: Tools,
  origin: Origin,
  session: Session,
  { suspended, lastActivity }: SessionTail,
): Promise<ResetReason | null> {
  if (suspended) return 'suspended'
  const due = resetDue(resetRule(origin, reset), lastActivity, clock())
  return due !== null && !(await isBusy?.(session)) ? due : null
}

async function told(
  { store, keys }: Tools,
  origin: Origin,
  session: Session,
  what: 'created' | 'continued',
  known?: SessionTail,
): Promise<OpenedSession> {
  const [route] = openingOrigins(origin, keys)
  const tail = known ?? (session.entryCount > 0 ? await sessionTail(store, session) : null)
  return { what, session, route, interrupted: tail?.interrupted ?? null }
}

/** Whether a session is one that the origin had: a route says so, or its own origin makes the same key. */
async function belongsTo({ store, keys }: Tools, origin: Origin, session: Session): Promise<boolean> {
  const wanted = openingOrigins(origin, keys)
  const own = session.origin
    ? openingOrigins(
        { ...session.origin, chatType: session.origin.chatType ?? origin.chatType ?? 'dm' },
        keys,
      )
    : []
  const isWanted = (one: Origin): boolean => wanted.some((way) => isSameOrigin(way, one))
  return own.some(isWanted) || (await store.routes(session)).some((one) => isWanted(one.origin))
}

/** Several sessions of an origin are no question where one is named. */
async function openedOrNull(tools: Tools, origin: Origin): Promise<Session | null> {
  try {
    return await tools.store.opened(targetOf(tools, origin))
  } catch (error) {
    if (StoreError.is(error) && error.code === 'AMBIGUOUS_ORIGIN') return null
    throw error
  }
}

function openAt(tools: Tools, origin: Origin, opening: Opening): Promise<Opened> {
  return tools.store.open(targetOf(tools, origin), opening, { writer: tools.writer })
}

function targetOf({ namespace, keys }: Tools, origin: Origin): OpenTarget {
  return { namespace, origins: openingOrigins(origin, keys) }
}

function newSession(
  { newId, clock, keys, codecs }: Tools,
  origin: Origin,
): NewSession & { readonly id: string } {
  const [codec] = codecs
  return {
    id: newId(),
    origin: sessionOrigin(origin, keys),
    startedAt: clock(),
    ...(codec && { codec: codec.name }),
  }
}
