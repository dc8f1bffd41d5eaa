import type { CheckedEntry } from '../checked-entry.ts'
import type { StorePolicy } from '../store-policy.ts'
import type { Effect } from './effects.ts'
import type { LookUpName, LookUps } from './look-ups.ts'

/** What is the same for every call of a write. */
export interface Context {
  /** Epoch ms. */
  readonly now: number
  readonly policy: StorePolicy
  /** The greatest id that an entry can have. */
  readonly lastEntryId: number
}

/** What a call comes to: what is written, and what its caller is told. */
export interface Decision<T> {
  readonly effects: readonly Effect[]
  readonly answer: T
}

/** Look-ups that travel together: by the name of each, what is asked of it. */
export type Round = { readonly [N in LookUpName]?: readonly LookUps[N]['asked'][] }

/** The answers to a round: one for each that was asked, in its order. */
export type Answers<R extends Round> = {
  readonly [N in keyof R & LookUpName]-?: readonly LookUps[N]['answer'][]
}

/** The answers to whatever was asked. */
export type AnyAnswers = Partial<Answers<Round>>

/**
 * A rule of the contract: it gathers what it has to know, in at most three rounds, and then decides. It fails with what the
 * contract says, and then nothing was written. It may be run again from its beginning.
 */
export type Rule<T> = Generator<Round, Decision<T>, AnyAnswers>

/** A part of a rule that only gathers. */
export type Gathering<T> = Generator<Round, T, AnyAnswers>

/** Asks a round of look-ups: the only `yield` of a rule. */
export function* ask<R extends Round>(round: R): Gathering<Answers<R>> {
  return (yield round) as Answers<R>
}

/** What carries out rules. */
export interface RuleEngine {
  /** Carries out a rule, in a transaction of its own. `entries`: those that the call brings. */
  decide<T>(ruleOf: (context: Context) => Rule<T>, entries?: readonly CheckedEntry[]): Promise<T>
  /** Answers by a rule that writes nothing. */
  answer<T>(ruleOf: () => Rule<T>): Promise<T>
}
