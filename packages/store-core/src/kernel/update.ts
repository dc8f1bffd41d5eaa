import type { Session, SessionPatch, WriteCondition } from '../session.ts'
import type { Address, Facts, KnownSession } from './look-ups.ts'
import { ask, type Context, type Decision, type Rule } from './rule.ts'
import { checkRevision, checkWritable, sessionOf, tipOf } from './session.ts'

/** Changes what is known about a session. The revision stays (S6). */
export function* update(
  session: Address,
  patch: SessionPatch,
  condition: WriteCondition,
  context: Context,
): Rule<Session> {
  const { sessions } = yield* ask({ sessions: [session] })
  const known = checkWritable(session, sessions[0])
  return decideUpdate(session, known, patch, condition, context)
}

function decideUpdate(
  session: Address,
  known: KnownSession,
  patch: SessionPatch,
  condition: WriteCondition,
  { now }: Context,
): Decision<Session> {
  checkRevision(session, known, condition)
  const facts: Facts = { ...known.facts, ...patch }
  const tip = { ...tipOf(known), updatedAt: now }
  return {
    effects: [
      { effect: 'facts', session, facts },
      { effect: 'tip', session, tip, change: 'updated' },
    ],
    answer: sessionOf(session, facts, tip),
  }
}
