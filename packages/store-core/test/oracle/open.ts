import type {
  ChangeKind,
  CheckedEntry,
  Opened,
  OpenedSession,
  Opening,
  OpenOptions,
  OpenTarget,
  Session,
  StoreClock,
} from '../internals.ts'
import {
  type Address,
  AmbiguousOrigin,
  compareText,
  DEFAULT_NAMESPACE,
  findSession,
  isSameOrigin,
  type MemorySession,
  type MemoryState,
  sessionsOpenedBy,
  sessionView,
  type Written,
} from '../internals.ts'
import { create } from './create.ts'
import { withAppended } from './extend.ts'
import { fork } from './fork.ts'
import { takeHeld } from './hold.ts'
import { waysIn } from './resolve.ts'
import { withSession, writableSession } from './state.ts'
import { update } from './update.ts'

/** The live session that an opening finds, or null. Several are `AmbiguousOrigin` (S10). */
export function openedSession(
  state: MemoryState,
  { namespace = DEFAULT_NAMESPACE, origins }: OpenTarget,
): MemorySession | null {
  const [first, ...more] = sessionsOpenedBy(origins, waysIn(state, namespace)).sort(compareText)
  if (first === undefined) return null
  if (more.length > 0) throw new AmbiguousOrigin([first, ...more].map((id) => ({ namespace, id })))
  return findSession(state, { namespace, id: first })
}

/** Finds the live session of an origin, or opens it, in place of another if need be (S10). */
export function open(
  state: MemoryState,
  target: OpenTarget,
  { session, end }: Omit<Opening, 'entries'>,
  entries: readonly CheckedEntry[],
  { expectedRevision }: OpenOptions,
  clock: StoreClock,
): Written<Opened> {
  const { namespace = DEFAULT_NAMESPACE, origins } = target
  const at = (id: string): Address => ({ namespace, id })
  const found = foundBy(state, target, session)
  const isFound = found && (found.address.id !== end?.session || isReopened(session, found))
  if (isFound) {
    const next = led(state, origins, found.address, null, 'updated', clock.now)
    return { state: next, result: { session: viewAt(next, found.address), how: 'found', ended: null } }
  }
  let next = state
  if (found && end) {
    const patch = { endedAt: end.at, endReason: end.reason }
    const condition = expectedRevision === undefined ? {} : { expectedRevision }
    const { state: ended, result } = update(state, found.address, patch, condition, clock.now)
    next = withSession(ended, { ...result, revision: result.revision + 1 }, 'updated')
  }
  const opened = openSession(next, session, at, clock)
  const kind = opened.how === 'reopened' ? 'updated' : 'created'
  const said = withAppended(opened.session, entries, clock.now)
  next = withSession(opened.state, said, kind)
  next = led(next, origins, said.address, found?.address ?? null, kind, clock.now)
  const ended = found ? viewAt(next, found.address) : null
  return { state: next, result: { session: viewAt(next, said.address), how: opened.how, ended } }
}

/** Several sessions of an origin are no question where the one that is meant is named. */
function foundBy(state: MemoryState, target: OpenTarget, session: OpenedSession): MemorySession | null {
  try {
    return openedSession(state, target)
  } catch (error) {
    if ('reopen' in session && error instanceof AmbiguousOrigin) return null
    throw error
  }
}

function isReopened(session: OpenedSession, { address }: MemorySession): boolean {
  return 'reopen' in session && session.reopen === address.id
}

function openSession(
  state: MemoryState,
  session: OpenedSession,
  at: (id: string) => Address,
  clock: StoreClock,
): { readonly state: MemoryState; readonly session: MemorySession; readonly how: Opened['how'] } {
  if ('create' in session) {
    const { id, ...about } = session.create
    const { state: next, result } = create(state, at(id), about, clock)
    return { state: next, session: result, how: 'created' }
  }
  if ('fork' in session) {
    const { of, ...about } = session.fork
    const { state: next, result } = fork(state, at(of), about, {}, clock)
    return { state: next, session: result, how: 'forked' }
  }
  const before = writableSession(state, at(session.reopen))
  const living = { ...before, about: { ...before.about, endedAt: null, endReason: null } }
  const { state: next, result: held } = takeHeld(state, living, clock)
  return {
    state: next,
    session: { ...withAppended(living, held, clock.now), updatedAt: clock.now },
    how: 'reopened',
  }
}

/** Leads origins to a session unless they lead to another, and everything to it that led to the one it stands for. */
function led(
  state: MemoryState,
  origins: OpenTarget['origins'],
  address: Address,
  ended: Address | null,
  kind: ChangeKind,
  now: number,
): MemoryState {
  const isHere = (one: MemoryState['routes'][number]): boolean => one.session.namespace === address.namespace
  const routes = state.routes.map((one) =>
    ended && isHere(one) && one.session.id === ended.id ? { ...one, session: address } : one,
  )
  const live = new Set(waysIn(state, address.namespace).map(({ session }) => session))
  for (const origin of origins) {
    const at = routes.findIndex((one) => isHere(one) && isSameOrigin(one.origin, origin))
    const leads = routes[at]?.session.id
    if (leads === address.id || (leads !== undefined && live.has(leads))) continue
    if (at !== -1) routes.splice(at, 1)
    routes.push({ origin, session: address })
  }
  const changes =
    routes.length !== state.routes.length || routes.some((one, i) => one.session !== state.routes[i]?.session)
  if (!changes) return state
  const session = writableSession(state, address)
  return withSession({ ...state, routes }, { ...session, updatedAt: now }, kind)
}

function viewAt(state: MemoryState, address: Address): Session {
  return sessionView(state, writableSession(state, address))
}
