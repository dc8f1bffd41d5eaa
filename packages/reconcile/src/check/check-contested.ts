import { type InSteps, Pace } from '../terms/in-steps.ts'
import type { MergeRun } from '../terms/merge-run.ts'
import { type CertificateCase, fault } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import { leaveTheSame, withdrawals } from './check-withdrawn.ts'
import { type MergeStep, stepsOf } from './merge-steps.ts'
import { crossings, type MergeTable, saidBy, tableOf } from './merge-table.ts'
import { pick } from './side.ts'

/** What is wrong with two orders of one stretch: both must belong to shortest merges, and say different things. */
export function* contestedFault(of: CertificateCase): InSteps<CertificateFault | undefined> {
  const { certificate, a, b, allowance } = of
  const [first, second] = certificate.contested?.orders ?? [[], []]
  const { length } = certificate
  if (length === null) return yield* doubtFault(of, first, second)
  const x = a.at.indexOf(firstOf([...first, ...second], 'canonical'))
  const y = b.at.indexOf(firstOf([...first, ...second], 'legacy'))
  if (x === -1 || y === -1) return fault('contested', 'both witnesses must have a part in it')
  const [one, two] = [yield* stepsOf(first, a, b, x, y), yield* stepsOf(second, a, b, x, y)]
  if (one.fault) return fault('contested', one.fault.detail)
  if (two.fault) return fault('contested', two.fault.detail)
  const says = (steps: readonly MergeStep[]) =>
    steps.map((step) => saidBy(a, step.x, b, step.y, step.takes)).join(',')
  const meet = one.x === two.x && one.y === two.y && one.steps.length === two.steps.length
  if (!meet || says(one.steps) === says(two.steps))
    return fault('contested', 'they are not two orders of one stretch that say different things')

  const table = yield* tableOf(a, b, allowance)
  if (!table) return fault('unchecked', 'that both orders belong to shortest merges')
  if (table.length !== length) return fault('not-shortest', 'no shortest merge has that length')
  const isShortest = [...one.steps, ...two.steps].every((step) =>
    table.stepsFrom(step.x, step.y).includes(step.takes),
  )
  if (!(yield* isReached(table, x, y)) || !isShortest)
    return fault('contested', 'they are not part of shortest merges')
  return undefined
}

/** It can also be that it is not known which entries were withdrawn: then both ways to leave some behind are shown. */
function* doubtFault(
  of: CertificateCase,
  first: readonly MergeRun[],
  second: readonly MergeRun[],
): InSteps<CertificateFault | undefined> {
  const { certificate, live, told, history, allowance } = of
  if (certificate.withdrawn.length > 0)
    return fault('withdrawn', 'none is to be named where it is not known which')
  const both = yield* withdrawals(live, told, history, allowance)
  if (!both) return fault('unchecked', 'which entries were withdrawn')
  const none = yield* pick(told, [])
  function* shows(runs: readonly MergeRun[], gone: ReadonlySet<number>): InSteps<boolean> {
    const left = [...told.at.keys()].filter((y) => !gone.has(y))
    const followed = yield* stepsOf(runs, none, yield* pick(told, left))
    return followed.steps?.length === left.length
  }
  const areShown = (yield* shows(first, both.forwards)) && (yield* shows(second, both.backwards))
  if (!areShown || (yield* leaveTheSame(told, both)))
    return fault('contested', 'they are not what two ways to tell what was withdrawn leave behind')
  return undefined
}

function* isReached(table: MergeTable, x: number, y: number): InSteps<boolean> {
  const pace = new Pace()
  for (const places of crossings(table)) {
    if (places.some((place) => place.x === x && place.y === y)) return true
    if (pace.isOver(places.length)) yield
  }
  return false
}

function firstOf(runs: readonly MergeRun[], side: 'canonical' | 'legacy'): number {
  let first = Number.POSITIVE_INFINITY
  for (const run of runs) {
    if (side === 'canonical' && run.from !== 'legacy') first = Math.min(first, run.canonical)
    if (side === 'legacy' && run.from !== 'canonical') first = Math.min(first, run.legacy)
  }
  return first
}
