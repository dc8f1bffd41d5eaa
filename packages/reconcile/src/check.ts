export type * from './check/certificate-fault.ts'
export { CHECK_BUDGET, type CheckOptions, checkCertificate } from './check/check-certificate.ts'
