export {
  compareSession,
  type Difference,
  type SessionComparison,
} from './adopt/compare-session.ts'
export * from './adopt/difference-codes.ts'
export type { Patience } from './adopt/lazy-import.ts'
export * from './adopt/legacy-event.ts'
export { LegacyReadOnly } from './adopt/legacy-read-only.ts'
export { type LegacyReader, type LegacyReaderOptions, openLegacyReader } from './adopt/legacy-reader.ts'
export { type Shadow, type ShadowOptions, type ShadowReport, shadow } from './adopt/shadow.ts'
export {
  type LegacyMigration,
  type LegacyTarget,
  type WithLegacy,
  type WithLegacyOptions,
  withLegacy,
} from './adopt/with-legacy.ts'
export { kindOfRole } from './formats/chat-line.ts'
export type * from './formats/format-adapter.ts'
export { hermesJsonl } from './formats/hermes-jsonl.ts'
export { jsonlAdapters } from './formats/jsonl-adapters.ts'
export { openaiChatJsonl } from './formats/openai-chat-jsonl.ts'
export * from './formats/record-traits.ts'
export type * from './formats/stamp-options.ts'
export { readTimeStamp, type TimeStamp, type WallClock } from './formats/time-stamp.ts'
export { wallClockOf } from './formats/wall-clock.ts'
export * from './import/import-report.ts'
export { type ImportProgress, type RunOptions, runImport } from './import/run-import.ts'
export { SessionClaimed } from './import/session-claimed.ts'
export { type UndoneSession, type UndoOptions, type UndoReport, undoImport } from './import/undo-import.ts'
export { sessionsOfSource } from './ledger/lacking-source.ts'
export * from './ledger/line-counts.ts'
export type * from './ledger/note.ts'
export { isWord, memoryOf, RESOLUTION_CHOICES } from './ledger/note.ts'
export { readNote, readNoteBriefly } from './ledger/note-text.ts'
export { wasToldByFile } from './ledger/remembered.ts'
export { SESSION_REASONS, type SessionReason, UNDO_REFUSALS } from './ledger/session-reasons.ts'
export type * from './ledger/session-report.ts'
export { notesOf, type SessionStanding, standingOf } from './ledger/session-standing.ts'
export { type LineFault, type ParsedLine, parseLine } from './lines/parse-line.ts'
export { type LineEnd, readLines, type SourceLine } from './lines/read-lines.ts'
export type * from './plan/import-plan.ts'
export { type PlanOptions, planImport } from './plan/plan-import.ts'
export { type AlignedRow, alignedRows, type SideEntry } from './resolve/aligned-rows.ts'
export { planResolution } from './resolve/plan-resolution.ts'
export * from './resolve/resolution-codes.ts'
export type { ResolutionOffer, ResolutionPlan } from './resolve/resolution-plan.ts'
export * from './resolve/resolution-refused.ts'
export { type ResolutionOptions, type ResolutionReceipt, runResolution } from './resolve/run-resolution.ts'
export {
  type UndoneResolution,
  type UndoResolutionOptions,
  undoResolution,
} from './resolve/undo-resolution.ts'
export { BESIDE_KINDS, type BesideKind } from './source/beside-kinds.ts'
export { type FileWitnessOptions, fileWitness } from './source/file-witness.ts'
export { LazyTraitsEntry } from './source/lazy-traits-entry.ts'
export type * from './source/legacy-entry.ts'
export type * from './source/legacy-source.ts'
export { type JsonlSourceOptions, openJsonlSource } from './source/open-jsonl-source.ts'
export { listSessions, sessionKey } from './source/session-listing.ts'
export * from './source/source-codes.ts'
export * from './source/source-error.ts'
export * from './source/source-problem.ts'
export { LEGACY_WRITER, type ToldItem, toldEntries } from './source/told-entries.ts'
export { witnessReading } from './source/witness-reading.ts'
export type { ProvingStore } from './verify/proving-store.ts'
export type * from './verify/source-finding.ts'
export * from './verify/source-finding-codes.ts'
export type * from './verify/source-verification.ts'
export { type VerifySourceOptions, verifySource } from './verify/verify-source.ts'
export type { AccountingNote, WitnessLack, WitnessProof } from './verify/witness-proof.ts'
export { goneGenerations } from './witness/gone-generations.ts'
