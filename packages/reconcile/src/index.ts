export { align, aligning } from './align.ts'
export { type CombinedRecord, combineRecords } from './combine-records.ts'
export { DEFAULT_BUDGET, type ReconcileOptions, reconcile, reconciling } from './reconcile.ts'
export type { Reconciliation, ReconciliationCounts, ReconciliationGains } from './reconciliation.ts'
export {
  ANCHORS_KEPT,
  type Anchor,
  type Certificate,
  type CertifiedMeta,
  type ContestedGap,
} from './terms/certificate.ts'
export type { InSteps } from './terms/in-steps.ts'
export type { BothRun, CanonicalRun, LegacyRun, MergeRun } from './terms/merge-run.ts'
export { type PairFields, pairFields } from './terms/pair-fields.ts'
export type { AmbiguousReason, Verdict } from './terms/verdict.ts'
export type { Witness, WitnessEntry } from './terms/witness.ts'
export { uncombineRecord } from './uncombine-record.ts'
