export { CONFORMANCE_CASES, type Invariant } from './conformance/cases.ts'
export type { ConformanceCase } from './conformance/conformance-case.ts'
export {
  type ConformanceProcess,
  type Facility,
  NEEDS,
  type Need,
  type StoreFaults,
} from './conformance/facility.ts'
export type { ProcessChannel } from './conformance/process-channel.ts'
export { serveConformance } from './conformance/serve.ts'
export {
  type ConformanceRun,
  conformanceRuns,
  storeConformance,
} from './conformance/store-conformance.ts'
export type { ConformanceSubject, StoreSettings, TestRunner, ToldEntries } from './conformance/subject.ts'
export type { Trial } from './conformance/trial.ts'
