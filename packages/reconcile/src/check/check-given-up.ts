import { type InSteps, LONG_STRIDE } from '../terms/in-steps.ts'
import { type CertificateCase, fault, hasRewritten } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import { Allowance, tableOf } from './merge-table.ts'
import { areOne, type Side } from './side.ts'

/** More steps than a search takes for any cell of the band it has to look at. */
const STEPS_OF_A_CELL = 96

/** More of a table than is filled to find a band of so many cells. */
const CELLS_TO_FIND_A_BAND = 4

/**
 * What is wrong with a search that is said to have been given up at a budget: the witnesses are so short, or so alike,
 * that it would have come to its end. That it would not cannot be proven without searching; nothing rests on it.
 */
export function* givenUpFault(
  { live, told, history, allowance }: CertificateCase,
  budget: number,
): InSteps<CertificateFault | undefined> {
  const [n, m, h] = [live.at.length, told.at.length, history.at.length]
  const steps = (cells: number) => STEPS_OF_A_CELL * cells + 2 * (n + m)
  const whole = steps((n + 1) * (m + 1))
  const rounds = h === 0 ? 0 : 2 * (Math.min(m, h) + 1)
  const most = whole + rounds * (8 * (n + m + h) + whole + steps((h + 1) * (m + 1)))
  const needless = fault('verdict', 'the witnesses do not differ so much that a search is given up')
  if (most <= budget) return needless
  if (h > 0) return undefined
  const isContained =
    (yield* contains(live, told)) || (!(yield* hasRewritten(live, told)) && (yield* contains(told, live)))
  if (isContained) return needless
  const cells = (budget - 2 * (n + m)) / STEPS_OF_A_CELL
  const enough = CELLS_TO_FIND_A_BAND * (cells + n + m)
  const table = yield* tableOf(live, told, new Allowance(Math.min(enough, allowance.left)))
  if (!table) return undefined
  const width = 2 * table.length - n - m + 1
  return (n + 1) * width <= cells ? needless : undefined
}

function* contains(outer: Side, inner: Side): InSteps<boolean> {
  let i = 0
  for (let at = 0; at < outer.at.length && i < inner.at.length; at++) {
    if (at % LONG_STRIDE === 0) yield
    if (areOne(outer, at, inner, i)) i++
  }
  return i === inner.at.length
}
