import { Budget, BudgetSpent } from './budget.ts'
import { type CheckedSides, isCheckable } from './check/is-checkable.ts'
import { embed } from './embedding.ts'
import { Evidence } from './evidence.ts'
import { BOTH, CANONICAL, CERTAIN, contained, LEGACY, type Path } from './path.ts'
import { runsOf } from './runs-of.ts'
import { Lexicon, type Sequence } from './sequence.ts'
import { type ShortestMerges, shortestMerges } from './shortest-merges.ts'
import { findStutter, type Stutter } from './stutter.ts'
import type { Anchor, ContestedGap } from './terms/certificate.ts'
import { each, type InSteps } from './terms/in-steps.ts'
import type { AmbiguousReason, Verdict } from './terms/verdict.ts'
import type { Witness, WitnessEntry } from './terms/witness.ts'
import { doubtWithdrawn, type Withdrawal, withdraw } from './withdrawn.ts'

/** What is known about the order of the messages; `session_meta` has been taken out. */
export interface Finding {
  readonly verdict: Verdict
  readonly reason?: AmbiguousReason
  /** The merge of `a` and `b`; absent where the order is not known. */
  readonly path?: Path
  /** The one merge that there would be; only of `no-evidence`. */
  readonly supposed?: Path
  /** Canonical entries, without the repeats of a stutter. */
  readonly a: Sequence
  /** Legacy entries, without those that were withdrawn. */
  readonly b: Sequence
  readonly withdrawn: Withdrawal['pairs']
  /** Length of a shortest merge of the two, unless the search was given up. */
  readonly length?: number
  readonly anchors: readonly Anchor[]
  readonly contested?: ContestedGap
  readonly stutter?: Stutter
  /** Neither side contains the other. */
  readonly isSearched?: boolean
}

/**
 * Judges in the order of the table of verdicts. Only the search for an order may exceed the budget, which ends it; and what
 * a check could not show within its own is not claimed.
 */
export function* judge(
  canonical: Witness,
  legacy: Witness,
  budget: Budget,
  checkBudget: number,
): InSteps<Finding> {
  const lexicon = new Lexicon()
  const a = yield* lexicon.sequence(canonical.entries)
  const told = yield* lexicon.sequence(legacy.entries)
  const history = yield* lexicon.sequence(canonical.history ?? [])
  let withdrawal: Withdrawal = { rest: told, pairs: [] }
  try {
    if (history.length > 0) withdrawal = yield* withdraw(a, told, history, budget)
    const finding = yield* judgeRest([canonical, legacy], a, withdrawal, lexicon.rewritten, budget)
    const { isSearched = false } = finding
    const withdrawn = withdrawal.otherRest ? null : withdrawal.pairs
    const [live, rest] = [saidBy(a), saidBy(withdrawal.rest)]
    const sides = { live, told: saidBy(told), history: saidBy(history), rest, withdrawn, isSearched }
    if (!(yield* isCheckable(sides, checkBudget))) return givenUp(a, withdrawal.rest)
    if (history.length === 0) return finding
    const doubted = (path: Path) => doubtWithdrawn(path, finding.a, finding.b, history)
    if (finding.supposed) return { ...finding, supposed: yield* doubted(finding.supposed) }
    return finding.path ? { ...finding, path: yield* doubted(finding.path) } : finding
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
    return givenUp(a, withdrawal.rest)
  }
}

/** A sequence as a check sees it. */
function saidBy({ letters, ids, at }: Sequence): CheckedSides['history'] {
  return { texts: letters, ids, at }
}

/** What is found where the search was given up. */
function givenUp(a: Sequence, b: Sequence): Finding {
  return { verdict: 'ambiguous', reason: 'too-different', a, b, withdrawn: [], anchors: [] }
}

function* judgeRest(
  [canonical, legacy]: readonly [canonical: Witness, legacy: Witness],
  a: Sequence,
  { rest: b, pairs: withdrawn, otherRest }: Withdrawal,
  rewritten: boolean,
  budget: Budget,
): InSteps<Finding> {
  const found = { a, b, withdrawn, anchors: [] }
  if (otherRest) {
    const contested: ContestedGap = {
      orders: [yield* runsOf(alone(b), a, b), yield* runsOf(alone(otherRest), a, otherRest)],
    }
    return { ...found, verdict: 'ambiguous', reason: 'several-orders', withdrawn: [], contested }
  }
  const silent = legacy.entries.length === 0
  if (canonical.entries.length === 0 && silent) {
    const verdict = canonical.history?.length ? 'kept' : 'unreadable'
    return { ...found, verdict, path: alone(b), length: 0 }
  }
  const unheardOf = canonical.entries.length === 0 && withdrawn.length === 0
  if (a.length === 0 && (b.length > 0 || unheardOf)) {
    return { ...found, verdict: 'imported', path: alone(b), length: b.length }
  }

  const inCanonical = yield* embed(b, a)
  const stutter =
    inCanonical && b.length < a.length ? yield* stutterOf(a, b, canonical.entries, budget) : undefined
  const evidence = yield* Evidence.of(stutter?.kept ?? a, b, canonical.entries, legacy.entries)
  const { anchors } = evidence
  if (stutter) {
    yield* each(b.letters, (_, i) => evidence.see(i, i))
    const path = new Uint8Array(b.length).fill(BOTH | CERTAIN)
    return { ...found, verdict: 'kept', path, a: stutter.kept, length: b.length, anchors, stutter }
  }
  if (inCanonical) {
    yield* evidence.seeEmbedded(inCanonical, 'legacy')
    const equal = a.length === b.length && withdrawn.length === 0 && !silent
    const path = yield* contained(a.length, inCanonical, CANONICAL)
    return { ...found, verdict: equal ? 'identical' : 'kept', path, length: a.length, anchors }
  }

  // Where an id was borne by two texts, even what contains all of the other side can be said in two ways.
  const inLegacy = rewritten ? undefined : yield* embed(a, b)
  if (inLegacy) yield* evidence.seeEmbedded(inLegacy, 'canonical')
  const merges: ShortestMerges = inLegacy
    ? { length: b.length, path: yield* contained(b.length, inLegacy, LEGACY) }
    : yield* shortestMerges(a, b, budget, (x, y) => evidence.see(x, y))
  const { length, path } = merges
  const isSearched = inLegacy === undefined
  if (!path) {
    const { x, y, orders } = merges.fork
    const contested: ContestedGap = {
      orders: [yield* runsOf(orders[0], a, b, x, y), yield* runsOf(orders[1], a, b, x, y)],
    }
    return { ...found, verdict: 'ambiguous', reason: 'several-orders', length, contested, isSearched }
  }
  if (anchors.length === 0)
    return { ...found, verdict: 'ambiguous', reason: 'no-evidence', supposed: path, length, isSearched }
  return {
    ...found,
    verdict: isTail(path, a.length) || path.every((step) => (step & LEGACY) !== 0) ? 'extended' : 'merged',
    path,
    length,
    anchors,
    isSearched,
  }
}

/** The merge of an empty canonical witness with a legacy one. */
function alone(b: Sequence): Path {
  return new Uint8Array(b.length).fill(LEGACY | CERTAIN)
}

/** Whether a path takes every canonical entry before the first that legacy alone tells. */
function isTail(path: Path, canonical: number): boolean {
  return path.subarray(0, canonical).every((step) => (step & CANONICAL) !== 0)
}

/** A stutter is worth a tenth of the budget; what is not found by then is taken as said. */
function* stutterOf(
  a: Sequence,
  b: Sequence,
  entries: readonly WitnessEntry[],
  budget: Budget,
): InSteps<Stutter | undefined> {
  try {
    return yield* findStutter(a, b, entries, new Budget(budget.limit / 10))
  } catch (error) {
    if (error instanceof BudgetSpent) return undefined
    throw error
  }
}
