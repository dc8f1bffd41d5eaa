import { StoreError } from '../store-error.ts'
import { type Ground, groundsOf } from './grounds.ts'
import type { LookUpName, LookUps } from './look-ups.ts'
import type { AnyAnswers, Decision, Round, Rule } from './rule.ts'

/** The look-ups of an engine that has its answers at once. */
export type LookUpsNow = {
  readonly [N in LookUpName]: (asked: readonly LookUps[N]['asked'][]) => readonly LookUps[N]['answer'][]
}

/** Look-ups that answer one question at a time. */
export type LookUpsOneByOne = {
  readonly [N in LookUpName]: (asked: LookUps[N]['asked']) => LookUps[N]['answer']
}

/** The look-ups of an engine that gains nothing by being asked several things at once. */
export function oneByOne(answers: LookUpsOneByOne): LookUpsNow {
  const all: { [N in LookUpName]?: unknown } = {}
  for (const name of Object.keys(answers) as LookUpName[]) {
    const answer = answers[name] as (asked: unknown) => unknown
    all[name] = (asked: readonly unknown[]) => asked.map((one) => answer(one))
  }
  return all as LookUpsNow
}

/** The look-ups of an engine that is waited for. */
export type LookUpsLater = {
  readonly [N in LookUpName]: (
    asked: readonly LookUps[N]['asked'][],
  ) => PromiseLike<readonly LookUps[N]['answer'][]>
}

/**
 * Runs a rule on an engine that answers at once, under the lock that the engine holds: nothing changes meanwhile. An engine
 * that runs only some rules need answer only what those ask.
 */
export function runNow<T>(rule: Rule<T>, lookUps: Partial<LookUpsNow>): Decision<T> {
  let step = rule.next()
  while (!step.done) {
    const round = step.value
    const answers: { [N in LookUpName]?: readonly unknown[] } = {}
    for (const name of namesIn(round)) answers[name] = askNow(lookUps, name, round)
    step = rule.next(answers as AnyAnswers)
  }
  return step.value
}

/** What a call comes to on an engine that is waited for, and what that rests on. */
export type Ran<T> = { readonly grounds: readonly Ground[] } & (
  | { readonly decision: Decision<T> }
  /** What the contract says against the call. It rests on what was found as much as a decision does. */
  | { readonly refusal: StoreError }
)

/**
 * Runs a rule on an engine that is waited for. The look-ups of a round are asked all at once, and have to be answered from
 * one moment. The grounds have to be confirmed in the step that writes the decision, or before the refusal is told; else the
 * rule runs again.
 */
export async function runLater<T>(rule: Rule<T>, lookUps: LookUpsLater): Promise<Ran<T>> {
  const grounds: Ground[] = []
  let answers: AnyAnswers = {}
  for (;;) {
    const step = nextStep(rule, answers)
    if ('refusal' in step) return { refusal: step.refusal, grounds }
    if (step.done) return { decision: step.value, grounds }
    const round = step.value
    const asked = namesIn(round).map(async (name) => [name, await askLater(lookUps, name, round)] as const)
    answers = Object.fromEntries(await Promise.all(asked))
    grounds.push(...groundsOf(round, answers))
  }
}

/** What an engine that is waited for does for a rule. */
export interface LaterEngine {
  readonly lookUps: LookUpsLater
  /**
   * In one step, confirms that all that a call rests on is so still, and writes what it comes to. False where something is
   * not so any more: then nothing is written.
   */
  confirm(ran: Ran<unknown>): Promise<boolean>
}

/** Carries out a rule on an engine that is waited for: it runs again until what it rests on is confirmed. */
export async function decideLater<T>(rule: () => Rule<T>, engine: LaterEngine): Promise<T> {
  for (;;) {
    const ran = await runLater(rule(), engine.lookUps)
    if (!(await engine.confirm(ran))) continue
    if ('refusal' in ran) throw ran.refusal
    return ran.decision.answer
  }
}

function nextStep<T>(
  rule: Rule<T>,
  answers: AnyAnswers,
): IteratorResult<Round, Decision<T>> | { readonly refusal: StoreError } {
  try {
    return rule.next(answers)
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return { refusal: error }
  }
}

function namesIn(round: Round): LookUpName[] {
  return Object.keys(round) as LookUpName[]
}

function askNow<N extends LookUpName>(
  lookUps: Partial<LookUpsNow>,
  name: N,
  round: Round,
): readonly LookUps[N]['answer'][] {
  const asked: readonly LookUps[N]['asked'][] = round[name] ?? []
  if (asked.length === 0) return NONE
  const answers = lookUps[name]?.(asked)
  if (!answers) throw new Error(`The engine does not answer ${name}`)
  return answers
}

const NONE: readonly never[] = []

async function askLater<N extends LookUpName>(
  lookUps: LookUpsLater,
  name: N,
  round: Round,
): Promise<readonly LookUps[N]['answer'][]> {
  const asked: readonly LookUps[N]['asked'][] = round[name] ?? []
  return asked.length === 0 ? [] : lookUps[name](asked)
}
