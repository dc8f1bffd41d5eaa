import type { NewSession, Session } from '../session.ts'
import { heldForSession, placed } from './held.ts'
import type { Address, Facts, HeldAt, HeldDelivery } from './look-ups.ts'
import { type Answers, ask, type Context, type Rule } from './rule.ts'
import { blank, checkFree, type Draft, factsOf, sessionOf } from './session.ts'

/** Creates a session; what was held for its origin becomes its first entries (S10, S11). */
export function* create(session: Address, about: NewSession, context: Context): Rule<Session> {
  const facts = factsOf(about)
  const beginning = beginningOf(session, yield* ask(beginningRound(session, facts, context)))
  const { tip, effects } = created(session, facts, beginning, context)
  return {
    effects: [...effects, { effect: 'tip', session, tip, change: 'created' }],
    answer: sessionOf(session, facts, tip),
  }
}

/** What a new session begins with. */
export interface Beginning {
  readonly firstGeneration: number
  readonly held: readonly HeldDelivery[]
}

/** The look-ups of what a new session begins with. */
export interface BeginningRound {
  readonly tips: readonly Address[]
  readonly firstGenerations: readonly Address[]
  readonly heldFor: readonly HeldAt[]
}

/** What to ask for a new session. */
export function beginningRound(session: Address, facts: Facts, context: Context): BeginningRound {
  return {
    tips: [session],
    firstGenerations: [session],
    heldFor: heldForSession(session, facts, context),
  }
}

/** What a new session begins with. Fails with `SessionExists`, or `SessionDeleted` where there is a tombstone (S27). */
export function beginningOf(
  session: Address,
  { tips, firstGenerations, heldFor }: Answers<BeginningRound>,
): Beginning {
  checkFree(session, tips[0])
  return { firstGeneration: firstGenerations[0] ?? 1, held: heldFor[0]?.found ?? [] }
}

/** A new session with what was held for it. */
export function created(session: Address, facts: Facts, beginning: Beginning, context: Context): Draft {
  const { firstGeneration: generation, held } = beginning
  const { now } = context
  const list = { generation, at: now, reason: 'create', ranges: [] }
  const first = placed(session, blank(generation, now), held, context)
  return {
    tip: first.tip,
    effects: [{ effect: 'insert', session, facts, list, parent: null }, ...first.effects],
  }
}
