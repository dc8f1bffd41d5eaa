export { type AlignedRow, alignedRows, type SideEntry } from './aligned-rows.ts'
export { BOUNDARY_VERDICT, type Boundary, boundaryOf, type SourceFingerprint } from './boundary.ts'
export { kindOfRole } from './chat-line.ts'
export {
  compareSession,
  type Difference,
  type DifferenceCode,
  type SessionComparison,
} from './compare-session.ts'
export { type FileWitnessOptions, fileWitness } from './file-witness.ts'
export type * from './format-adapter.ts'
export { hermesJsonl } from './hermes-jsonl.ts'
export type * from './import-plan.ts'
export * from './import-report.ts'
export * from './indexed-verdict.ts'
export { jsonlAdapters } from './jsonl-adapters.ts'
export type { Patience } from './lazy-import.ts'
export type * from './legacy-entry.ts'
export * from './legacy-event.ts'
export { LegacyReadOnly } from './legacy-read-only.ts'
export { type LegacyReader, type LegacyReaderOptions, openLegacyReader } from './legacy-reader.ts'
export type * from './legacy-source.ts'
export * from './line-counts.ts'
export { type JsonlSourceOptions, openJsonlSource } from './open-jsonl-source.ts'
export { openaiChatJsonl } from './openai-chat-jsonl.ts'
export { type LineFault, type ParsedLine, parseLine } from './parse-line.ts'
export { type PlanOptions, planImport } from './plan-import.ts'
export { planResolution } from './plan-resolution.ts'
export { type LineEnd, readLines, type SourceLine } from './read-lines.ts'
export * from './record-traits.ts'
export type { ChoiceObstacle, ResolutionOffer, ResolutionPlan } from './resolution-plan.ts'
export * from './resolution-refused.ts'
export { type ImportProgress, type RunOptions, runImport } from './run-import.ts'
export { type ResolutionOptions, type ResolutionReceipt, runResolution } from './run-resolution.ts'
export { SessionClaimed } from './session-claimed.ts'
export type * from './session-report.ts'
export type * from './session-report.ts'
export * from './session-standing.ts'
export { type Shadow, type ShadowOptions, type ShadowReport, shadow } from './shadow.ts'
export * from './source-error.ts'
export type * from './source-finding.ts'
export * from './source-finding-codes.ts'
export * from './source-problem.ts'
export type * from './source-verification.ts'
export type * from './stamp-options.ts'
export { readTimeStamp, type TimeStamp, type WallClock } from './time-stamp.ts'
export { LEGACY_WRITER, type ToldItem, toldEntries } from './told-entries.ts'
export { type UndoneResolution, type UndoResolutionOptions, undoResolution } from './undo-resolution.ts'
export type { ProvingStore } from './verify-session.ts'
export { type VerifySourceOptions, verifySource } from './verify-source.ts'
export { wallClockOf } from './wall-clock.ts'
export {
  type LegacyMigration,
  type LegacyTarget,
  type WithLegacy,
  type WithLegacyOptions,
  withLegacy,
} from './with-legacy.ts'
export { witnessReading } from './witness-reading.ts'
