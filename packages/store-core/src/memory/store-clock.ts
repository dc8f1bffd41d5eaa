import type { StorePolicy } from '../store-policy.ts'

/** The time of a write, and how long things are kept. */
export interface StoreClock {
  /** Epoch ms. */
  readonly now: number
  readonly policy: StorePolicy
}
