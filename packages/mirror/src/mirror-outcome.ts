import type { ReceiptEntry, SessionAddress, SessionRef, StoreError } from '@faircopy/store-core'

/** Why a delivery was not stored, by the store's own code in lower case where it has one. */
export type RefusalReason =
  | 'ambiguous-origin'
  | 'hold-full'
  | 'invalid'
  | 'kind-refused'
  | 'no-session'
  | 'session-deleted'
  | 'session-full'

/**
 * What became of a delivery. It is known only after the commit, and a mirror never throws into its caller.
 *
 * `differs`: the delivery was recorded before with another record, and that one stands (S4).
 *
 * - `written`: stored now, durably (S1).
 * - `already`: stored before (S4), or linked to the turn it correlates with.
 * - `held`: no session of that origin lives; kept until one is created (S11).
 * - `refused`: not stored, because of the delivery or its target; `candidates` names the sessions it might mean (S10),
 *   `error` what was wrong.
 * - `failed`: the store could not; `error` says whether the delivery may be stored nevertheless (S3). Recording it
 *   again is safe.
 */
export type MirrorOutcome =
  | {
      readonly outcome: 'written' | 'already'
      readonly session: Required<SessionAddress>
      readonly entry: Pick<ReceiptEntry, 'id' | 'seq'>
      readonly differs: boolean
    }
  | { readonly outcome: 'held'; readonly waiting: number; readonly differs: boolean }
  | {
      readonly outcome: 'refused'
      readonly reason: RefusalReason
      readonly candidates: readonly SessionRef[]
      readonly error: StoreError
    }
  | { readonly outcome: 'failed'; readonly error: unknown }
