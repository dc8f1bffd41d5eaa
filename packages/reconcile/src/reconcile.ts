import { Budget } from './budget.ts'
import { CHECK_BUDGET } from './check/check-certificate.ts'
import { judge } from './judge.ts'
import type { Reconciliation } from './reconciliation.ts'
import { report } from './report.ts'
import { atOnce, type InSteps } from './terms/in-steps.ts'
import type { Witness } from './terms/witness.ts'

/** How {@link reconcile} may search. */
export interface ReconcileOptions {
  /**
   * How many steps the search may take: one for each comparison and each node, eight for each number remembered.
   * Default {@link DEFAULT_BUDGET}.
   */
  readonly budget?: number
  /**
   * How much work it may take to check the answer: what `checkCertificate` could not prove with it is not claimed, and is
   * `ambiguous: too-different`. Default the budget that it has by itself.
   */
  readonly checkBudget?: number
}

/** A second or two of work and 125 MB beside the witnesses at most; docs/reconcile.md says what fits. */
export const DEFAULT_BUDGET: number = 250_000_000

/**
 * Decides whether the order of two histories of one conversation is known, and merges them if it is: exactly when they
 * have one shortest common supersequence, compared by what its entries say. Pure and deterministic; the answer needs
 * no time of day. What it promises:
 *
 * - P1 lossless: every entry of both witnesses is in the merge, matched pairs once (`withdrawn`, `repeats` and
 *   `absorbed` name what stays history or was told twice).
 * - P2 order-preserving: the merge restricted to either witness is that witness.
 * - P4 idempotent: the merge reconciled with either witness is `kept` or `identical`.
 * - P5 whether the order is known does not depend on which witness is called canonical.
 * - P7 near linear for similar histories; a search that would exceed the budget ends `ambiguous: too-different`.
 *
 * @param canonical what stands unless more is known; on a first import the database
 * @param legacy what may add to it; the file
 *
 * @example
 * const say = (text: string) => ({ fingerprint: text, distinctive: text.length >= 16 })
 * const database = { entries: [say('What is a fair copy?'), say('The final copy of a text.')] }
 * const file = { entries: [...database.entries, say('Thank you!')] }
 *
 * const { verdict, merge } = reconcile(database, file)
 * // 'extended': [{ from: 'both', canonical: 0, legacy: 0, length: 2, certain: true }, { from: 'legacy', legacy: 2, length: 1 }]
 */
export function reconcile(
  canonical: Witness,
  legacy: Witness,
  options: ReconcileOptions = {},
): Reconciliation {
  return atOnce(reconciling(canonical, legacy, options))
}

/** The same as {@link reconcile}, in steps: for who has something else to do meanwhile. */
export function* reconciling(
  canonical: Witness,
  legacy: Witness,
  options: ReconcileOptions = {},
): InSteps<Reconciliation> {
  const { budget = DEFAULT_BUDGET, checkBudget = CHECK_BUDGET } = options
  return yield* report(canonical, legacy, yield* judge(canonical, legacy, new Budget(budget), checkBudget))
}
