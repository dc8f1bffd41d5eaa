export type * from './appender.ts'
export { type ArgumentSchema, argument } from './argument.ts'
export {
  CAPABILITY_METHODS,
  type Capability,
  type CapabilityInterfaces,
  type StoreWith,
} from './capability.ts'
export * from './change-cursor.ts'
export type * from './changes.ts'
export type { CheckedEntry } from './checked-entry.ts'
export type { CheckedImport, CheckedStep } from './checked-import.ts'
export { trustedClock } from './clock.ts'
export type * from './code-meaning.ts'
export type * from './codec.ts'
export { codecNamed } from './codecs.ts'
export * from './cursor.ts'
export { defineStore, type StoreOf } from './define-store.ts'
export type { StoreEngine, WithCheckedEntries } from './engine.ts'
export type * from './entry.ts'
export * from './errors.ts'
export type * from './facts.ts'
export * from './generation.ts'
export * from './give-way.ts'
export * from './hash.ts'
export type * from './history.ts'
export type * from './importer.ts'
export {
  AWAITING_VERDICTS,
  isAwaiting,
  isQuarantined,
  METADATA_LINE,
  PARTLY_READ,
  settledRuns,
  TEXT_LINE,
} from './importer.ts'
export { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
export * from './listing.ts'
export { openaiChat } from './openai-chat.ts'
export type * from './opener.ts'
export * from './opening-match.ts'
export * from './operation.ts'
export { orAborted } from './or-aborted.ts'
export type { Origin } from './origin.ts'
export * from './origin-match.ts'
export * from './part-key.ts'
export { deniedByNode } from './permission-model.ts'
export { type ProjectedEntry, type ProjectionName, project, projectViewed } from './projection.ts'
export type * from './reader.ts'
export type * from './receipt.ts'
export { DEFAULT_RECORD_LIMITS, parseRecord, type RecordLimits, recordText } from './record-text.ts'
export { holdsText, REDACTED, recordHolds, redactRecord } from './redact.ts'
export { isRefusal, refusal } from './refusal.ts'
export type * from './remover.ts'
export * from './rewrite.ts'
export type * from './rewriter.ts'
export type * from './routes.ts'
export * from './schemas.ts'
export type * from './search.ts'
export { foldText } from './search-fold.ts'
export * from './search-limits.ts'
export * from './search-match.ts'
export { searchOptionsSchema } from './search-options.ts'
export {
  indexTerms,
  indexTermsInSteps,
  queryTerms,
  SEARCH_VERSION,
  type SearchPiece,
  type SearchTerm,
  searchPieces,
  searchUnits,
} from './search-terms.ts'
export { searchText } from './search-text.ts'
export type * from './session.ts'
export {
  DEFAULT_NAMESPACE,
  type SessionAddress,
  type SessionRef,
  sessionAddress,
  sessionLabel,
} from './session-ref.ts'
export type { TranscriptStore } from './store.ts'
export {
  type FailureMeaning,
  STORE_CODES,
  type StoreErrorCode,
  VERIFY_CODES,
  type WriteOutcome,
} from './store-codes.ts'
export { StoreError, type StoreErrorDetails } from './store-error.ts'
export { DEFAULT_STORE_POLICY, type StorePolicy } from './store-policy.ts'
export type { Pages } from './stream.ts'
export { matchesTitle } from './title-match.ts'
export { isUndoNote, undoKey, undoNote } from './undo-note.ts'
export { untilAborted } from './until-aborted.ts'
export type * from './verifier.ts'
export { visibleText } from './visible-text.ts'
