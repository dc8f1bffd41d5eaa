import type { Certificate } from '../terms/certificate.ts'
import type { InSteps } from '../terms/in-steps.ts'
import { isPlain, withdrawals } from './check-withdrawn.ts'
import { Allowance, tableOf } from './merge-table.ts'
import type { Side, Told } from './side.ts'

/** What a certificate would be about. */
export interface CheckedSides {
  /** All messages of each witness. */
  readonly live: Told
  readonly told: Told
  readonly history: Told & Pick<Side, 'at'>
  /** Of `told`, what was not withdrawn. */
  readonly rest: Told
  /** Null where it is not known which were. */
  readonly withdrawn: Certificate['withdrawn'] | null
  /** Neither of `live` and `rest` contains the other, so that it takes a table to know how they merge. */
  readonly isSearched: boolean
}

/** More than all tables of a check together are larger than one of everything. */
const TABLES = 8

/** Whether a budget suffices for all tables that a check of a certificate fills. */
export function* isCheckable(sides: CheckedSides, budget: number): InSteps<boolean> {
  const { live, told, history, rest, withdrawn, isSearched } = sides
  const [n, m, h] = [live.texts.length + 1, told.texts.length + 1, history.texts.length]
  if (h === 0 && (!isSearched || TABLES * n * m <= budget)) return true
  const rounds = 1 + 2 * Math.min(h, m)
  if (TABLES * (n + h) * m * rounds <= budget) return true
  const allowance = new Allowance(budget)
  const isPlainly = h === 0 || (withdrawn !== null && (yield* isPlain(withdrawn, live, rest, history)))
  if (!isPlainly && !(yield* withdrawals(live, told, history, allowance))) return false
  return !isSearched || (yield* tableOf(live, rest, allowance)) !== undefined
}
