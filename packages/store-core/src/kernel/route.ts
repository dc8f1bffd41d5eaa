import type { Origin } from '../origin.ts'
import type { Address } from './look-ups.ts'
import { ask, type Context, type Rule } from './rule.ts'
import { checkWritable, standOf } from './session.ts'

/** Leads exactly this origin to a session (S10). */
export function* route(origin: Origin, session: Address, { now }: Context): Rule<void> {
  const { standings } = yield* ask({ standings: [session] })
  const stand = { ...standOf(checkWritable(session, standings[0])), updatedAt: now }
  return {
    effects: [
      { effect: 'route', session, origin },
      { effect: 'stand', session, stand, change: 'updated' },
    ],
    answer: undefined,
  }
}
