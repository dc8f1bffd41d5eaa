import type { Certificate } from '../terms/certificate.ts'
import { atOnce, each, type InSteps, STRIDE } from '../terms/in-steps.ts'
import type { Witness } from '../terms/witness.ts'
import { type CertificateCase, certificateCase, fault, placeOf } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import { isCertificate } from './certificate-shape.ts'
import { contestedFault } from './check-contested.ts'
import { givenUpFault } from './check-given-up.ts'
import { metasFault } from './check-metas.ts'
import { orderFault } from './check-order.ts'
import { repeatsFault } from './check-repeats.ts'
import { withdrawnFault, withdrawnPairFault } from './check-withdrawn.ts'
import { type MergeStep, stepsOf } from './merge-steps.ts'
import { Allowance, OF_A, OF_B, OF_BOTH, saidBy } from './merge-table.ts'

/** How a certificate is checked. */
export interface CheckOptions {
  /** Cells of tables that may be filled, two bits each. Default {@link CHECK_BUDGET}. */
  readonly budget?: number
  /** What `reconcile` was allowed to spend, where that was not its default: decides what can have been too different. */
  readonly searchBudget?: number
}

/** Some seconds of work, and at most 64 MB. */
export const CHECK_BUDGET: number = 2 ** 28

/** The default of `reconcile`. */
const SEARCH_BUDGET = 250_000_000
const ANCHORS_NAMED = 16

/**
 * Proves a certificate from the two witnesses, without the search and without any code of it: a textbook table instead.
 * What holds afterwards, if there is no fault:
 *
 * - Both witnesses lie in the merge, each in its order, every entry accounted for once: in a run, withdrawn, a repeat
 *   of a stutter, or a `session_meta`.
 * - What is paired matches. No merge is shorter. Where the verdict says that the order is known, no other merge as short
 *   says anything else, and no gap has two owners unless both say the same.
 * - A pair is certain exactly if every merge as short has it.
 * - What was withdrawn is what the definition withdraws, and a stutter is one.
 * - Each anchor is one. Where none is named, there is none.
 * - Of `several-orders`: there are two shortest merges that say different things. Of `no-evidence`: there is one, without
 *   an anchor. Of `too-different`: the witnesses are long and different enough for the search to have been given up.
 * - The verdict is the one that follows.
 *
 * Not checked: that the anchors named are the first, and that the contested stretch is the first.
 *
 * Linear where one witness contains the other; otherwise the shorter one's length times the entries that only one has,
 * or the table of both where that is smaller. What the budget does not allow is a fault too, `unchecked`.
 *
 * @param certificate as it was stored: anything that is no certificate is `malformed`
 *
 * @example
 * import { reconcile } from '@faircopy/reconcile'
 *
 * const say = (text: string) => ({ fingerprint: text, distinctive: text.length >= 16 })
 * const [database, file] = [{ entries: [say('What is a fair copy?')] }, { entries: [say('What is a fair copy?'), say('ok')] }]
 * const { certificate } = reconcile(database, file)
 *
 * checkCertificate(certificate, database, file) // []
 * checkCertificate({ ...certificate, verdict: 'kept' }, database, file) // [{ code: 'verdict', detail: '…' }]
 */
export function checkCertificate(
  certificate: unknown,
  canonical: Witness,
  legacy: Witness,
  options: CheckOptions = {},
): readonly CertificateFault[] {
  return atOnce(checkingCertificate(certificate, canonical, legacy, options))
}

/** The same as {@link checkCertificate}, in steps: for who has something else to do meanwhile. */
export function* checkingCertificate(
  certificate: unknown,
  canonical: Witness,
  legacy: Witness,
  options: CheckOptions = {},
): InSteps<readonly CertificateFault[]> {
  if (!(yield* isCertificate(certificate)))
    return [{ code: 'malformed', detail: 'it is no certificate of version 1' }]
  const { budget = CHECK_BUDGET, searchBudget = SEARCH_BUDGET } = options
  const of = yield* certificateCase(certificate as Certificate, canonical, legacy, new Allowance(budget))
  const misplaced = (yield* indexFault(of)) ?? memberFault(of)
  const found = misplaced ? [misplaced] : yield* claimFaults(of, searchBudget)
  return [digestFault(of), ...found].filter((each) => each !== undefined)
}

type Faults = readonly (CertificateFault | undefined)[]

function* claimFaults(of: CertificateCase, searchBudget: number): InSteps<Faults> {
  const { reason } = of.certificate
  if (reason === 'too-different') return [yield* givenUpFault(of, searchBudget)]
  if (reason === 'several-orders') return [(yield* withdrawnFault(of)) ?? (yield* contestedFault(of))]
  return yield* mergeFaults(of)
}

function digestFault({ certificate, canonical, legacy }: CertificateCase): CertificateFault | undefined {
  const { digests } = certificate
  const isTheirs =
    digests.canonical === (canonical.digest ?? null) && digests.legacy === (legacy.digest ?? null)
  return isTheirs ? undefined : fault('digest', 'it was made for other witnesses')
}

/** What is named as repeats, and as withdrawn, by itself. */
function* indexFault({
  certificate,
  canonical,
  told,
  history,
}: CertificateCase): InSteps<CertificateFault | undefined> {
  const { repeats, withdrawn } = certificate
  const isMessage = (i: number) => i < canonical.entries.length && canonical.entries[i]?.meta === undefined
  let areInOrder = true
  yield* each(repeats, (i, n) => {
    areInOrder &&= isMessage(i) && i > (repeats[n - 1] ?? -1)
  })
  if (!areInOrder) return fault('repeats', 'they are not messages of the canonical witness, in order')
  const detail = yield* withdrawnPairFault(withdrawn, told, history)
  return detail === undefined ? undefined : fault('withdrawn', detail)
}

/** A verdict shows what belongs to it, and nothing else. */
function memberFault({ certificate }: CertificateCase): CertificateFault | undefined {
  const { verdict, reason, runs, length, withdrawn, repeats, metas, absorbed, anchors, contested } =
    certificate
  if ((verdict === 'ambiguous') !== (reason !== undefined))
    return fault('verdict', 'a reason belongs to ambiguous, and to nothing else')
  const givenUp = reason === 'too-different'
  const several = reason === 'several-orders'
  const mustBeEmpty = [
    ...(reason === undefined ? [] : [metas, absorbed, anchors]),
    ...(verdict === 'imported' ? [anchors] : []),
    ...(verdict === 'kept' ? [] : [repeats]),
    ...(givenUp || several ? [runs] : []),
    ...(givenUp ? [withdrawn] : []),
  ]
  if (mustBeEmpty.some((list) => list.length > 0))
    return fault('verdict', `it shows what does not belong to ${reason ?? verdict}`)
  if (givenUp ? length !== null : length === null && !several)
    return fault('verdict', 'the length is known unless the search was given up')
  if ((contested !== undefined) !== several)
    return fault('contested', 'two orders belong to several-orders, and to nothing else')
  if (anchors.length > ANCHORS_NAMED) return fault('malformed', 'it names too many anchors')
  return undefined
}

/** Of a verdict that shows a merge. What needs a table comes last, and only where all else holds. */
function* mergeFaults(of: CertificateCase): InSteps<Faults> {
  const { certificate, a, b } = of
  const followed = yield* stepsOf(certificate.runs, a, b)
  if (followed.fault) return [followed.fault]
  const { steps, x, y } = followed
  if (x < a.at.length || y < b.at.length)
    return [fault('not-a-merge', `it ends before canonical ${a.at[x] ?? 'end'}, legacy ${b.at[y] ?? 'end'}`)]
  const found = [
    certificate.length === steps.length
      ? undefined
      : fault('not-shortest', `its runs have ${steps.length} entries`),
    yield* ownersFault(of, steps),
    verdictFault(of, steps),
    yield* withdrawnFault(of),
    yield* stutterFault(of, steps),
    certificate.reason === undefined ? yield* metaFault(of) : undefined,
  ]
  return found.some((each) => each !== undefined) ? found : [yield* orderFault(of, steps)]
}

/** No gap between two matched entries has two owners, unless they say the same. */
function* ownersFault(
  of: CertificateCase,
  steps: readonly MergeStep[],
): InSteps<CertificateFault | undefined> {
  let gap: MergeStep[] = []
  const isContested = () =>
    new Set(gap.map(({ takes }) => takes)).size > 1 &&
    new Set(gap.map(({ x, y, takes }) => saidBy(of.a, x, of.b, y, takes))).size > 1
  for (let i = 0; i <= steps.length; i++) {
    if (i % STRIDE === 0) yield
    const step = steps[i]
    if (step && step.takes !== OF_BOTH) gap.push(step)
    else {
      if (isContested())
        return fault('two-owners', `${placeOf(of, gap[0] as MergeStep)} begins a gap of both witnesses`)
      gap = []
    }
  }
  return undefined
}

/** The table of verdicts, from its first row on. */
function verdictFault(of: CertificateCase, steps: readonly MergeStep[]): CertificateFault | undefined {
  const { verdict } = of.certificate
  const follows = verdictOf(of, steps)
  return verdict === follows
    ? undefined
    : fault('verdict', `${follows} follows from what it shows, not ${verdict}`)
}

function verdictOf(of: CertificateCase, steps: readonly MergeStep[]): string {
  const { certificate, canonical, legacy, live, a, b } = of
  const { repeats, withdrawn, anchors } = certificate
  const blank = canonical.entries.length === 0
  const silent = legacy.entries.length === 0
  if (blank && silent) return canonical.history?.length ? 'kept' : 'unreadable'
  if (live.at.length === 0 && (b.at.length > 0 || (blank && withdrawn.length === 0))) return 'imported'
  if (steps.every(({ takes }) => takes !== OF_B)) {
    const asIs = repeats.length === 0 && withdrawn.length === 0 && !silent
    return asIs && steps.every(({ takes }) => takes !== OF_A) ? 'identical' : 'kept'
  }
  if (anchors.length === 0) return 'ambiguous'
  const isTail = steps.slice(0, a.at.length).every(({ takes }) => takes & OF_A)
  return isTail || steps.every(({ takes }) => takes !== OF_A) ? 'extended' : 'merged'
}

function* stutterFault(
  { certificate, live }: CertificateCase,
  steps: readonly MergeStep[],
): InSteps<CertificateFault | undefined> {
  if (certificate.repeats.length === 0) return undefined
  if (steps.some(({ takes }) => takes !== OF_BOTH))
    return fault('repeats', 'the rows without the repeats are not the other witness')
  const detail = yield* repeatsFault(live, new Set(certificate.repeats))
  return detail === undefined ? undefined : fault('repeats', detail)
}

function* metaFault({
  certificate,
  canonical,
  legacy,
}: CertificateCase): InSteps<CertificateFault | undefined> {
  const { metas, absorbed } = certificate
  const detail = yield* metasFault(metas, absorbed, canonical.entries, legacy.entries)
  return detail === undefined ? undefined : fault('session-meta', detail)
}
