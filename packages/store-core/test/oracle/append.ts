import type {
  AppendOptions,
  CheckedEntry,
  HeldReceipt,
  OriginTarget,
  Receipt,
  StoreClock,
} from '../internals.ts'
import {
  type Address,
  countEntries,
  DEFAULT_NAMESPACE,
  findSession,
  headOf,
  isOriginTarget,
  liveRanges,
  type MemorySession,
  type MemoryState,
  NoSession,
  SessionDeleted,
  type Written,
} from '../internals.ts'
import { create } from './create.ts'
import { type Decided, decide, placed } from './decide.ts'
import { withAppended } from './extend.ts'
import { hold } from './hold.ts'
import { deliveredElsewhere } from './keys.ts'
import { resolve } from './resolve.ts'
import { withKeys, withSession, writableSession } from './state.ts'
import { checkRevision } from './update.ts'

/** Appends to a session, or to the live session of an origin, all or none (S2, S4, S5, S6, S10, S11). */
export function append(
  state: MemoryState,
  target: Address | OriginTarget,
  said: readonly CheckedEntry[],
  options: AppendOptions,
  clock: StoreClock,
): Written<Receipt | HeldReceipt> {
  const repeated = sessionOfRepeated(state, said)
  if (repeated) return appendTo(state, repeated, said, options, clock, false)
  if (!isOriginTarget(target)) {
    if (findSession(state, target) || !options.create) {
      return appendTo(state, writableSession(state, target), said, options, clock, false)
    }
    const { state: next, result: created } = create(state, target, options.create, clock)
    return appendTo(next, created, said, options, clock, true)
  }
  const { origin, namespace = DEFAULT_NAMESPACE, whenAbsent = 'refuse' } = target
  const found = resolve(state, origin, namespace)
  if (found) return appendTo(state, found, said, options, clock, false)
  if (whenAbsent === 'refuse') throw new NoSession(null, 'has this origin')
  if (whenAbsent === 'hold') return hold(state, target, said, options, clock)
  const { id, ...about } = whenAbsent.create
  const { state: next, result: created } = create(state, { namespace, id }, { origin, ...about }, clock)
  return appendTo(next, created, said, options, clock, true)
}

/** Where a call is answered that does nothing but repeat deliveries: wherever the first of them went (S4). */
function sessionOfRepeated(state: MemoryState, said: readonly CheckedEntry[]): MemorySession | null {
  const known = said.map((entry) => deliveredElsewhere(state, null, entry)?.session)
  const first = known.every((session) => session !== undefined) ? known[0] : undefined
  if (first && first.state !== 'living') throw new SessionDeleted(first.address)
  return first ?? null
}

function appendTo(
  state: MemoryState,
  before: MemorySession,
  said: readonly CheckedEntry[],
  { onConflict = 'refuse', expectedRevision }: AppendOptions,
  { now }: StoreClock,
  isNew: boolean,
): Written<Receipt> {
  const decided = decide(state, before, said, { onConflict, counts: () => true })
  const linked = { ...before, keys: new Map([...before.keys, ...decided.linked]) }
  if (decided.added.length === 0) {
    // A session that the call itself created was told of in the state, and not in what its keys are added to.
    const change = state.sessions[before.number - 1]?.change ?? linked.change
    const next = decided.linked.size > 0 ? withKeys(state, { ...linked, change }) : state
    return { state: next, result: receiptOf(next, linked, decided.entries) }
  }
  checkRevision(before, expectedRevision)
  const after = withAppended(linked, decided.added, now)
  const next = withSession(decided.state, after, isNew ? 'created' : 'appended')
  return { state: next, result: receiptOf(next, after, decided.entries) }
}

/** The receipt of a write to a session, once it is in the state. */
export function receiptOf(state: MemoryState, session: MemorySession, entries: Decided['entries']): Receipt {
  const ranges = liveRanges(session)
  return {
    session: session.address,
    entries: placed(state, session.address, entries),
    revision: session.revision,
    entryCount: countEntries(ranges),
    head: headOf(state, ranges),
  }
}
