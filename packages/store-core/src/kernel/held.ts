import type { Effect } from './effects.ts'
import type { Address, Facts, HeldAt, HeldDelivery, Tip } from './look-ups.ts'
import type { Context } from './rule.ts'
import { appended, type Draft } from './session.ts'

/** Deliveries that are held since then are not too old (S11). */
export function heldSince({ now, policy }: Pick<Context, 'now' | 'policy'>): number {
  return now - policy.heldForMs
}

/** What to ask for what is held for the origin of a session that comes to live (S11): nothing, if it has ended or has none. */
export function heldForSession(
  { namespace }: Address,
  { origin, endedAt }: Pick<Facts, 'origin' | 'endedAt'>,
  context: Context,
): HeldAt[] {
  return origin && endedAt === null ? [{ namespace, origin, since: heldSince(context) }] : []
}

/** Places what was held for a session behind what it contains already, once (S11). */
export function placed(session: Address, tip: Tip, held: readonly HeldDelivery[], context: Context): Draft {
  if (held.length === 0) return { tip, effects: [] }
  const after = appended(
    session,
    tip,
    held.map(({ entry }) => entry),
    context.now,
  )
  const taken: Effect[] = [
    { effect: 'expire', before: heldSince(context) },
    { effect: 'release', numbers: held.map(({ number }) => number) },
  ]
  return { tip: after.tip, effects: [...taken, ...after.effects] }
}
