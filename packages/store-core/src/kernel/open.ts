import type { ChangeKind } from '../changes.ts'
import type { CheckedEntry } from '../checked-entry.ts'
import { AmbiguousOrigin } from '../errors.ts'
import type { Opened, OpenedSession, Opening, OpenOptions, OpenTarget } from '../opener.ts'
import { sessionsOpenedBy } from '../opening-match.ts'
import type { Origin } from '../origin.ts'
import type { OriginWay } from '../origin-match.ts'
import { DEFAULT_NAMESPACE, isSameAddress } from '../session-ref.ts'
import { beginningOf, beginningRound, created } from './create.ts'
import type { Effect } from './effects.ts'
import { askFork, type ForkCall, forked } from './fork.ts'
import { heldForSession, placed } from './held.ts'
import type { Address, Facts, KnownSession, Lead } from './look-ups.ts'
import { theOne } from './resolve.ts'
import { ask, type Context, type Decision, type Gathering, type Rule } from './rule.ts'
import {
  appended,
  checkRevision,
  checkRoom,
  checkWritable,
  factsOf,
  type NewDraft,
  sessionOf,
  tipOf,
} from './session.ts'

/** An opening with everything about it checked that needs no store. */
export interface OpenCall extends Omit<Opening, 'entries'> {
  readonly target: OpenTarget
  readonly entries: readonly CheckedEntry[]
  readonly options: OpenOptions
}

/** Finds the live session of an origin, or opens it, in place of another if need be (S10). */
export function* open(call: OpenCall, context: Context): Rule<Opened> {
  const { namespace = DEFAULT_NAMESPACE, origins } = call.target
  const { openingWays, routes } = yield* ask({
    openingWays: [{ namespace, origins }],
    routes: origins.map((origin) => ({ namespace, origin })),
  })
  const leads = routes.map(({ found }) => found)
  const at = foundBy(call, namespace, openingWays[0]?.found ?? [])
  const other = otherSession(call.session)
  const { sessions } = yield* ask({
    sessions: [...(at ? [at] : []), ...(other === null ? [] : [{ namespace, id: other }])],
  })
  const found = at && { session: at, known: checkWritable(at, sessions[0]) }
  if (found && !isReplaced(call, found.session)) return decideFound(found, origins, leads, context)
  const ending = found && ended(found, call, context)
  const opened = yield* askOpened(call, namespace, sessions.at(-1) ?? null, context)
  return decideOpened(call, { ending, opened, leads }, context)
}

/** The session that is found. Several are no question where the one that is meant is named. */
function foundBy(
  { target: { origins }, session }: OpenCall,
  namespace: string,
  ways: readonly OriginWay[],
): Address | null {
  try {
    return theOne(namespace, sessionsOpenedBy(origins, ways))
  } catch (error) {
    if ('reopen' in session && error instanceof AmbiguousOrigin) return null
    throw error
  }
}

/** The id of the session that is forked or reopened. */
function otherSession(session: OpenedSession): string | null {
  if ('fork' in session) return session.fork.of
  return 'reopen' in session ? session.reopen : null
}

/** Whether the session that was found makes place for the one that is opened: it was to end, and is not opened itself. */
function isReplaced({ session, end }: OpenCall, { id }: Address): boolean {
  return id === end?.session && !('reopen' in session && session.reopen === id)
}

/** A session that is there already. */
interface Found {
  readonly session: Address
  readonly known: KnownSession
}

function decideFound(
  { session, known }: Found,
  origins: readonly Origin[],
  leads: readonly (Lead | null)[],
  { now }: Context,
): Decision<Opened> {
  const led = routesTo(session, origins, leads, null)
  const tip = { ...tipOf(known), updatedAt: led.length > 0 ? now : known.updatedAt }
  return {
    effects: led.length === 0 ? [] : [...led, { effect: 'tip', session, tip, change: 'updated' }],
    answer: { session: sessionOf(session, known.facts, tip), how: 'found', ended: null },
  }
}

/** Leads those of the origins to a session that lead nowhere else; what leads to the one that ends is moved with it. */
function routesTo(
  session: Address,
  origins: readonly Origin[],
  leads: readonly (Lead | null)[],
  ending: Address | null,
): Effect[] {
  const isLed = (lead: Lead | null): boolean =>
    lead !== null &&
    (lead.isOpen ||
      isSameAddress(lead.session, session) ||
      (ending !== null && isSameAddress(lead.session, ending)))
  const led = origins.filter((_, i) => !isLed(leads[i] ?? null))
  return led.map((origin) => ({ effect: 'route', session, origin }))
}

/** The session that was found, as it ends. Its revision moves, so that a turn that is under way in it finds out (S6). */
function ended({ session, known }: Found, { end, options }: OpenCall, { now }: Context): NewDraft {
  checkRevision(session, known, options)
  const facts: Facts = { ...known.facts, endedAt: end?.at ?? null, endReason: end?.reason ?? null }
  const tip = { ...tipOf(known), revision: known.revision + 1, updatedAt: now }
  return {
    session,
    facts,
    tip,
    effects: [
      { effect: 'facts', session, facts },
      { effect: 'tip', session, tip, change: 'updated' },
    ],
  }
}

/** A session that is opened, and how. */
interface OpenedDraft extends NewDraft {
  readonly how: Opened['how']
}

/** Asks for what the opened session begins with. `other`: the session that is forked or reopened. */
function* askOpened(
  { session }: OpenCall,
  namespace: string,
  other: KnownSession | null,
  context: Context,
): Gathering<OpenedDraft> {
  if ('create' in session) {
    const { id, ...about } = session.create
    return yield* askCreated({ namespace, id }, factsOf(about), context)
  }
  if ('fork' in session) {
    const { of, ...fork } = session.fork
    const call: ForkCall = { parent: { namespace, id: of }, fork, options: {} }
    const parent = checkWritable(call.parent, other)
    return { ...forked(call, parent, yield* askFork(call, parent, context), context), how: 'forked' }
  }
  const address = { namespace, id: session.reopen }
  return yield* askReopened(address, checkWritable(address, other), context)
}

function* askCreated(session: Address, facts: Facts, context: Context): Gathering<OpenedDraft> {
  const beginning = beginningOf(session, yield* ask(beginningRound(session, facts, context)))
  return { session, facts, ...created(session, facts, beginning, context), how: 'created' }
}

function* askReopened(session: Address, known: KnownSession, context: Context): Gathering<OpenedDraft> {
  const facts: Facts = { ...known.facts, endedAt: null, endReason: null }
  const { heldFor } = yield* ask({ heldFor: heldForSession(session, facts, context) })
  const { tip, effects } = placed(session, tipOf(known), heldFor[0]?.found ?? [], context)
  return {
    session,
    facts,
    tip: { ...tip, updatedAt: context.now },
    effects: [{ effect: 'facts', session, facts }, ...effects],
    how: 'reopened',
  }
}

/** What an opening comes to. */
interface OpenFacts {
  readonly ending: NewDraft | null
  readonly opened: OpenedDraft
  /** Where the origins lead before the call. */
  readonly leads: readonly (Lead | null)[]
}

function decideOpened(
  { target: { origins }, entries }: OpenCall,
  { ending, opened, leads }: OpenFacts,
  { now, lastEntryId }: Context,
): Decision<Opened> {
  const { session, facts, how } = opened
  checkRoom(session, opened.tip, entries.length, lastEntryId)
  const after = appended(session, opened.tip, entries, now)
  const change: ChangeKind = how === 'reopened' ? 'updated' : 'created'
  const moved: Effect[] = ending ? [{ effect: 'reroute', session: ending.session, to: session }] : []
  return {
    effects: [
      ...(ending?.effects ?? []),
      ...opened.effects,
      ...after.effects,
      ...moved,
      ...routesTo(session, origins, leads, ending?.session ?? null),
      { effect: 'tip', session, tip: after.tip, change },
    ],
    answer: {
      session: sessionOf(session, facts, after.tip),
      how,
      ended: ending && sessionOf(ending.session, ending.facts, ending.tip),
    },
  }
}
