import { NoSession, SessionDeleted } from '../errors.ts'
import type { Session, WriteCondition } from '../session.ts'
import type { Address } from './look-ups.ts'
import { ask, type Context, type Rule } from './rule.ts'
import { checkRevision, sessionOf, tipOf } from './session.ts'

/** Leaves a tombstone, from which the session can be brought back for a while (S27). */
export function* deleteSession(session: Address, condition: WriteCondition, { now }: Context): Rule<void> {
  const { tips } = yield* ask({ tips: [session] })
  const [known] = tips
  if (!known) throw new NoSession(session)
  if (!known.isLiving) return { effects: [], answer: undefined }
  checkRevision(session, known, condition)
  return {
    effects: [
      { effect: 'tombstone', session, deletedAt: now },
      { effect: 'tip', session, tip: tipOf(known), change: 'deleted' },
    ],
    answer: undefined,
  }
}

/** Brings a deleted session back as it was, within the retention (S27). */
export function* undelete(session: Address, { now, policy }: Context): Rule<Session> {
  const { sessions } = yield* ask({ sessions: [session] })
  const [known] = sessions
  if (!known) throw new NoSession(session)
  const answer = sessionOf(session, known.facts, known)
  if (known.isLiving) return { effects: [], answer }
  const { deletedAt } = known
  if (deletedAt === null || now - deletedAt > policy.undeleteForMs) throw new SessionDeleted(session)
  return {
    effects: [
      { effect: 'tombstone', session, deletedAt: null },
      { effect: 'tip', session, tip: tipOf(known), change: 'created' },
    ],
    answer,
  }
}
