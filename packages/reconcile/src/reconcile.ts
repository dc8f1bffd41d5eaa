import type { Reconciliation } from './reconciliation.ts'
import type { Witness } from './witness.ts'

export interface ReconcileOptions {
  /** How many steps the search may take, see docs/reconcile.md. Default {@link DEFAULT_BUDGET}. */
  readonly budget?: number
}

export const DEFAULT_BUDGET: number = 250_000_000

export function reconcile(
  _canonical: Witness,
  _legacy: Witness,
  _options: ReconcileOptions = {},
): Reconciliation {
  throw new Error('not yet')
}
