import { Budget, BudgetSpent } from './budget.ts'
import type { Anchor, ContestedGap } from './certificate.ts'
import { embed } from './embedding.ts'
import { Evidence } from './evidence.ts'
import { BOTH, CANONICAL, CERTAIN, contained, LEGACY, type Path } from './path.ts'
import { runsOf } from './runs-of.ts'
import { Lexicon, type Sequence } from './sequence.ts'
import { type ShortestMerges, shortestMerges } from './shortest-merges.ts'
import { findStutter, type Stutter } from './stutter.ts'
import type { AmbiguousReason, Verdict } from './verdict.ts'
import { doubtWithdrawn, type Withdrawal, withdraw } from './withdrawn.ts'
import type { Witness, WitnessEntry } from './witness.ts'

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
}

/** Judges in the order of the table of verdicts. Only the search for an order may exceed the budget, which ends it. */
export function judge(canonical: Witness, legacy: Witness, budget: Budget): Finding {
  const lexicon = new Lexicon()
  const a = lexicon.sequence(canonical.entries)
  const told = lexicon.sequence(legacy.entries)
  const history = lexicon.sequence(canonical.history ?? [])
  let withdrawal: Withdrawal = { rest: told, pairs: [] }
  try {
    if (history.length > 0) withdrawal = withdraw(a, told, history, budget)
    const finding = judgeRest(canonical, legacy, a, withdrawal, lexicon.rewritten, budget)
    if (history.length === 0) return finding
    const doubted = (path: Path) => doubtWithdrawn(path, finding.a, finding.b, history)
    if (finding.supposed) return { ...finding, supposed: doubted(finding.supposed) }
    return finding.path ? { ...finding, path: doubted(finding.path) } : finding
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
    return {
      verdict: 'ambiguous',
      reason: 'too-different',
      a,
      b: withdrawal.rest,
      withdrawn: [],
      anchors: [],
    }
  }
}

function judgeRest(
  canonical: Witness,
  legacy: Witness,
  a: Sequence,
  { rest: b, pairs: withdrawn, otherRest }: Withdrawal,
  rewritten: boolean,
  budget: Budget,
): Finding {
  const found = { a, b, withdrawn, anchors: [] }
  if (otherRest) {
    const contested: ContestedGap = {
      orders: [runsOf(alone(b), a, b), runsOf(alone(otherRest), a, otherRest)],
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

  const inCanonical = embed(b, a)
  const stutter = inCanonical && b.length < a.length ? stutterOf(a, b, canonical.entries, budget) : undefined
  const evidence = new Evidence(stutter?.kept ?? a, b, canonical.entries, legacy.entries)
  const { anchors } = evidence
  if (stutter) {
    for (let i = 0; i < b.length; i++) evidence.see(i, i)
    const path = new Uint8Array(b.length).fill(BOTH | CERTAIN)
    return { ...found, verdict: 'kept', path, a: stutter.kept, length: b.length, anchors, stutter }
  }
  if (inCanonical) {
    evidence.seeEmbedded(inCanonical, 'legacy')
    const equal = a.length === b.length && withdrawn.length === 0 && !silent
    const path = contained(a.length, inCanonical, CANONICAL)
    return { ...found, verdict: equal ? 'identical' : 'kept', path, length: a.length, anchors }
  }

  // Where an id was borne by two texts, even what contains all of the other side can be said in two ways.
  const inLegacy = rewritten ? undefined : embed(a, b)
  if (inLegacy) evidence.seeEmbedded(inLegacy, 'canonical')
  const merges: ShortestMerges = inLegacy
    ? { length: b.length, path: contained(b.length, inLegacy, LEGACY) }
    : shortestMerges(a, b, budget, (x, y) => evidence.see(x, y))
  const { length, path } = merges
  if (!path) {
    const { x, y, orders } = merges.fork
    const contested: ContestedGap = { orders: [runsOf(orders[0], a, b, x, y), runsOf(orders[1], a, b, x, y)] }
    return { ...found, verdict: 'ambiguous', reason: 'several-orders', length, contested }
  }
  if (anchors.length === 0)
    return { ...found, verdict: 'ambiguous', reason: 'no-evidence', supposed: path, length }
  return { ...found, verdict: isTail(path, a.length) ? 'extended' : 'merged', path, length, anchors }
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
function stutterOf(
  a: Sequence,
  b: Sequence,
  entries: readonly WitnessEntry[],
  budget: Budget,
): Stutter | undefined {
  try {
    return findStutter(a, b, entries, new Budget(budget.limit / 10))
  } catch (error) {
    if (error instanceof BudgetSpent) return undefined
    throw error
  }
}
