export { CONFORMANCE_CASES, type Invariant } from './conformance/cases.ts'
export type { ConformanceCase } from './conformance/conformance-case.ts'
export type { ConformanceProcess, Facility, Need, StoreFaults } from './conformance/facility.ts'
export type { ProcessChannel } from './conformance/process-channel.ts'
export { serveConformance } from './conformance/serve.ts'
export {
  type ConformanceRun,
  conformanceRuns,
  NEEDS,
  storeConformance,
} from './conformance/store-conformance.ts'
export type { ConformanceSubject, StoreSettings, TestRunner } from './conformance/subject.ts'
export type { Trial } from './conformance/trial.ts'
