export type * from './check/certificate-fault.ts'
export {
  CHECK_BUDGET,
  type CheckOptions,
  checkCertificate,
  checkingCertificate,
} from './check/check-certificate.ts'
export type { InSteps } from './terms/in-steps.ts'
