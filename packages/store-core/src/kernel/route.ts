import type { Origin } from '../origin.ts'
import type { Address } from './look-ups.ts'
import { ask, type Context, type Rule } from './rule.ts'
import { checkWritable, tipOf } from './session.ts'

/** Leads exactly this origin to a session (S10). */
export function* route(origin: Origin, session: Address, { now }: Context): Rule<void> {
  const { tips } = yield* ask({ tips: [session] })
  const tip = { ...tipOf(checkWritable(session, tips[0])), updatedAt: now }
  return {
    effects: [
      { effect: 'route', session, origin },
      { effect: 'tip', session, tip, change: 'updated' },
    ],
    answer: undefined,
  }
}
