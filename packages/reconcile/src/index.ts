export { align, aligning } from './align.ts'
export {
  ANCHORS_KEPT,
  type Anchor,
  type Certificate,
  type CertifiedMeta,
  type ContestedGap,
} from './certificate.ts'
export { type CombinedRecord, combineRecords } from './combine-records.ts'
export type { InSteps } from './in-steps.ts'
export type { BothRun, CanonicalRun, LegacyRun, MergeRun } from './merge-run.ts'
export { type PairFields, pairFields } from './pair-fields.ts'
export { DEFAULT_BUDGET, type ReconcileOptions, reconcile, reconciling } from './reconcile.ts'
export type { Reconciliation, ReconciliationCounts, ReconciliationGains } from './reconciliation.ts'
export { uncombineRecord } from './uncombine-record.ts'
export type { AmbiguousReason, Verdict } from './verdict.ts'
export type { Witness, WitnessEntry } from './witness.ts'
