export { CONFORMANCE_CASES, type Invariant } from './cases.ts'
export type { ConformanceCase } from './conformance-case.ts'
export {
  type ConformanceProcess,
  type Facility,
  NEEDS,
  type Need,
  type StoreFaults,
} from './facility.ts'
export type { ProcessChannel } from './process-channel.ts'
export { serveConformance } from './serve.ts'
export {
  type ConformanceRun,
  conformanceRuns,
  storeConformance,
} from './store-conformance.ts'
export type { ConformanceSubject, StoreSettings, TestRunner, ToldEntries } from './subject.ts'
export type { Trial } from './trial.ts'
