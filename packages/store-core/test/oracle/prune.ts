import type { PrunePolicy, PruneReport, StoreClock } from '../internals.ts'
import {
  type Address,
  addressesIn,
  isAwaiting,
  type MemorySession,
  type MemoryState,
  utf8Length,
  type Written,
} from '../internals.ts'
import { withSession } from './state.ts'

/** Drops what a policy lets go and nobody says any more (S27, S8). */
export function prune(
  state: MemoryState,
  { dryRun = true, ...policy }: Omit<PrunePolicy, 'hold'>,
  hold: readonly Address[],
  clock: StoreClock,
): Written<PruneReport> {
  const isHeld = ({ address }: MemorySession): boolean =>
    hold.some(({ namespace, id }) => namespace === address.namespace && id === address.id)
  const isEnding = (session: MemorySession): boolean => mayGo(session, policy, clock)
  const awaiting = state.sessions.filter(
    (session) => session.state === 'living' && isEnding(session) && awaits(state, session.address),
  )
  const goes = (session: MemorySession): boolean => isEnding(session) && !awaiting.includes(session)
  const touched = state.sessions.filter(
    (session) => goes(session) || pruned(session, policy, clock) !== session,
  )
  const going = touched.filter((session) => !isHeld(session))
  const removed = going.filter(goes)

  let next = state
  for (const session of going) {
    if (!removed.includes(session)) {
      next = { ...next, sessions: next.sessions.with(session.number - 1, pruned(session, policy, clock)) }
    } else if (session.state === 'living') next = withSession(next, tombstone(session, clock), 'deleted')
    else next = { ...next, sessions: next.sessions.with(session.number - 1, tombstone(session, clock)) }
  }
  next = withoutUnsaid(next)
  const gone = entriesOf(state).filter(({ owner, id }) => !next.sessions[owner - 1]?.entries.has(id))
  const report: PruneReport = {
    dryRun,
    sessions: removed.length,
    entries: gone.length,
    bytes: gone.reduce((sum, { record }) => sum + utf8Length(record), 0),
    held: touched.length - going.length,
    awaiting: awaiting.map(({ address }) => address),
  }
  return { state: dryRun ? state : next, result: report }
}

function mayGo(
  session: MemorySession,
  { endedOlderThan }: PrunePolicy,
  { now, policy }: StoreClock,
): boolean {
  if (session.state === 'gone' || session.state === 'undone') return false
  if (session.state === 'deleted') return now - session.deletedAt > policy.undeleteForMs
  const endedAt = session.about.endedAt ?? null
  return endedOlderThan !== undefined && endedAt !== null && now - endedAt > endedOlderThan
}

/** The session without the lists that were left too long ago, or the very same. */
function pruned(
  session: MemorySession,
  { historyOlderThan }: PrunePolicy,
  { now }: StoreClock,
): MemorySession {
  if (session.state !== 'living' || historyOlderThan === undefined) return session
  const generations = session.generations.filter((_, i) => {
    const next = session.generations[i + 1]
    return next === undefined || now - next.at <= historyOlderThan
  })
  return generations.length === session.generations.length ? session : { ...session, generations }
}

/** Whether something of a session is not imported yet, by the last note on it. */
function awaits({ ledger }: MemoryState, { namespace, id }: Address): boolean {
  const last = ledger.findLast(({ session }) => session.namespace === namespace && session.id === id)
  return last !== undefined && isAwaiting(last)
}

/** What a person deleted stays barred, also where it never had an entry: its tombstone tells it by the next id. */
function tombstone(session: MemorySession, { now }: StoreClock): MemorySession {
  return {
    ...session,
    state: 'gone',
    updatedAt: now,
    nextId: session.state === 'deleted' ? Math.max(session.nextId, 2) : session.nextId,
    about: {},
    keys: new Map(),
    operations: new Map(),
    generations: [],
    imports: [],
    quarantined: [],
  }
}

/** Without the entries that no list of any session says: what a fork says stays with its owner (S8). */
export function withoutUnsaid(state: MemoryState): MemoryState {
  const said = new Set(
    state.sessions
      .flatMap(({ generations }) => generations.flatMap(({ ranges }) => addressesIn(ranges)))
      .map(({ owner, id }) => `${owner} ${id}`),
  )
  return {
    ...state,
    sessions: state.sessions.map((session) => ({
      ...session,
      entries: new Map([...session.entries].filter(([id]) => said.has(`${session.number} ${id}`))),
    })),
  }
}

function entriesOf(state: MemoryState): { owner: number; id: number; record: string }[] {
  return state.sessions.flatMap(({ number, entries }) =>
    [...entries.values()].map(({ id, record }) => ({ owner: number, id, record })),
  )
}
