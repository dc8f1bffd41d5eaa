import type { CheckedEntry } from '../checked-entry.ts'
import { matchesOrigin } from '../origin-match.ts'
import type { HeldDelivery, MemorySession, MemoryState, Written } from './state.ts'
import type { StoreClock } from './store-clock.ts'

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
