import { type CertificateCase, fault, hasRewritten } from './certificate-case.ts'
import type { CertificateFault } from './certificate-fault.ts'
import { MergeTable } from './merge-table.ts'
import { areOne, type Side } from './side.ts'

/** More steps than a search takes for any cell of the band it has to look at. */
const STEPS_OF_A_CELL = 96

/**
 * What is wrong with a search that is said to have been given up at a budget: the witnesses are so short, or so alike,
 * that it would have come to its end. That it would not cannot be proven without searching; nothing rests on it.
 */
export function givenUpFault(
  { live, told, history, allowance }: CertificateCase,
  budget: number,
): CertificateFault | undefined {
  const [n, m, h] = [live.at.length, told.at.length, history.at.length]
  const steps = (cells: number) => STEPS_OF_A_CELL * cells + 2 * (n + m)
  const whole = steps((n + 1) * (m + 1))
  const rounds = h === 0 ? 0 : 2 * (Math.min(m, h) + 1)
  const most = whole + rounds * (8 * (n + m + h) + whole + steps((h + 1) * (m + 1)))
  const needless = fault('verdict', 'the witnesses do not differ so much that a search is given up')
  if (most <= budget) return needless
  if (h > 0) return undefined
  if (contains(live, told) || (!hasRewritten(live, told) && contains(told, live))) return needless
  const width = Math.floor((budget - 2 * (n + m)) / STEPS_OF_A_CELL / (n + 1))
  const length = width > m ? n + m : (width - 1 + n + m) >> 1
  if (length < Math.max(n, m) || !allowance.take(MergeTable.cells(live, told, length))) return undefined
  return new MergeTable(live, told, length).length <= length ? needless : undefined
}

function contains(outer: Side, inner: Side): boolean {
  let i = 0
  for (let at = 0; at < outer.at.length && i < inner.at.length; at++) if (areOne(outer, at, inner, i)) i++
  return i === inner.at.length
}
