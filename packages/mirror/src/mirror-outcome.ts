import type { SessionRef } from '@faircopy/store-core'

/**
 * What became of a delivery. It is known only after the commit, and a mirror never throws into its caller.
 *
 * - `written`: stored now, durably (S1).
 * - `already`: the same delivery was stored before (S4).
 * - `held`: no session of that origin lives; kept until one is created (S11).
 * - `refused`: not stored, because the target is no session or more than one (S10).
 * - `failed`: the store could not; `error` says whether the delivery may be stored nevertheless (S3).
 */
export type MirrorOutcome =
  | { readonly outcome: 'written' | 'already' | 'held' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly candidates: readonly SessionRef[] }
  | { readonly outcome: 'failed'; readonly error: unknown }
