export type * from './check/certificate-fault.ts'
export {
  CHECK_BUDGET,
  type CheckOptions,
  checkCertificate,
  checkingCertificate,
} from './check/check-certificate.ts'
export { hasAnchor } from './check/has-anchor.ts'
export type { InSteps } from './terms/in-steps.ts'
export { type PairFields, pairFields } from './terms/pair-fields.ts'
export type { Witness, WitnessEntry } from './terms/witness.ts'
export { uncombineRecord } from './uncombine-record.ts'
