import type {
  AppendOptions,
  CheckedEntry,
  HeldDelivery,
  HeldReceipt,
  MemorySession,
  MemoryState,
  OriginTarget,
  StoreClock,
  Written,
} from '../internals.ts'
import {
  DEFAULT_NAMESPACE,
  HoldFull,
  InvalidArgument,
  isSameOrigin,
  KeyConflict,
  matchesOrigin,
} from '../internals.ts'
import { deliveredElsewhere, heldUnder, isSameRecord } from './keys.ts'

/** Holds deliveries for the session of an origin that is yet to come (S11). */
export function hold(
  state: MemoryState,
  { namespace = DEFAULT_NAMESPACE, origin }: OriginTarget,
  said: readonly CheckedEntry[],
  { onConflict }: AppendOptions,
  clock: StoreClock,
): Written<HeldReceipt> {
  if (said.some(({ kind }) => kind !== 'delivery')) throw new InvalidArgument('Only deliveries can be held')
  let held = unexpired(state, clock)
  const entries = said.map((entry) => {
    const first = deliveredElsewhere(state, null, entry)?.use ?? heldUnder({ ...state, held }, entry)?.entry
    const differs = first !== undefined && !isSameRecord(first, entry)
    if (differs && onConflict !== 'first') {
      throw new KeyConflict(null, entry.idempotencyKey ?? '')
    }
    if (!first) held = [...held, { namespace, origin, entry, heldAt: clock.now }]
    return { already: first !== undefined, differs }
  })
  const isHere = (one: HeldDelivery): boolean =>
    one.namespace === namespace && isSameOrigin(one.origin, origin)
  const waiting = held.filter(isHere).length
  if (waiting > clock.policy.heldPerOrigin && entries.some(({ already }) => !already)) {
    throw new HoldFull(clock.policy.heldPerOrigin)
  }
  return { state: { ...state, held }, result: { held: true, waiting, entries } }
}

/** Takes out what is held for the origin of a session that comes to live, in the order it came. Once only (S11). */
export function takeHeld(
  state: MemoryState,
  { address, about: { origin, endedAt } }: MemorySession,
  clock: StoreClock,
): Written<readonly CheckedEntry[]> {
  if (!origin || (endedAt ?? null) !== null) return { state, result: [] }
  const all = unexpired(state, clock)
  const isMeant = (one: HeldDelivery): boolean =>
    one.namespace === address.namespace && matchesOrigin(one.origin, origin)
  return {
    state: { ...state, held: all.filter((one) => !isMeant(one)) },
    result: all.filter(isMeant).map(({ entry }) => entry),
  }
}

/** What is held and not too old. */
export function unexpired(state: MemoryState, { now, policy }: StoreClock): readonly HeldDelivery[] {
  return state.held.filter(({ heldAt }) => now - heldAt <= policy.heldForMs)
}
