/** For who builds a store, or what stands in the place of one: rules, look-ups and effects, and what the contract computes with. */
export { CAPABILITY_METHODS, type CapabilityInterfaces } from './capability.ts'
export { decodeChangeCursor, encodeChangeCursor } from './change-cursor.ts'
export type { CheckedEntry } from './checked-entry.ts'
export type { CheckedImport, CheckedStep } from './checked-import.ts'
export { trustedClock } from './clock.ts'
export type { CodeMeaning } from './code-meaning.ts'
export {
  decodeCursor,
  decodePagePosition,
  encodeCursor,
  encodePagePosition,
  type PagePosition,
} from './cursor.ts'
export { defineStore, type StoreOf } from './define-store.ts'
export type { StoreEngine, WithCheckedEntries } from './engine.ts'
export {
  countEntries,
  type EntryAddress,
  type EntryRange,
  placeOf,
  pushRange,
  sliceRanges,
} from './generation.ts'
export { atOnce, eachInTurn, giveWay, type InSteps, inTurns, isHeld, isHeldLately } from './give-way.ts'
export { AWAITING_VERDICTS, settledRuns } from './importer.ts'
export { RuleCalls } from './kernel/calls.ts'
export { claimImport, releaseClaim } from './kernel/claim.ts'
export {
  decideLater,
  type LaterEngine,
  type LookUpsLater,
  type LookUpsNow,
  type LookUpsOneByOne,
  oneByOne,
  type Ran,
  runLater,
  runNow,
} from './kernel/drive.ts'
export type { Effect, EffectName, Link, List } from './kernel/effects.ts'
export type { Ground } from './kernel/grounds.ts'
export { heldSince } from './kernel/held.ts'
export { type ImportPlan, runImport } from './kernel/import.ts'
export {
  type Address,
  type ChainedEntry,
  type Containing,
  type EntriesOf,
  type Facts,
  type HeldAt,
  type HeldDelivery,
  type Imported,
  type KeyUse,
  type KnownClaim,
  type KnownList,
  type KnownSession,
  type Lead,
  type LookUpName,
  type LookUps,
  type OfNotes,
  type OfOrigin,
  type Operation,
  type OriginAt,
  type OriginsAt,
  OWN,
  type StagedAt,
  type StagedKey,
  type StoredDelivery,
  type StoredLine,
  type StoredText,
  type StoredTip,
  type Tip,
  type UnlistedAsked,
} from './kernel/look-ups.ts'
export { type Going, type PruneEngine, prune, type Removed } from './kernel/prune.ts'
export { redact } from './kernel/redact.ts'
export type { Context, Rule, RuleEngine } from './kernel/rule.ts'
export { tipOf } from './kernel/session.ts'
export type { ImportEngine } from './kernel/steps.ts'
export { undoImport } from './kernel/undo.ts'
export {
  compareListed,
  decodeListCursor,
  encodeListCursor,
  isListed,
  type ListKey,
} from './listing.ts'
export { sessionsOpenedBy } from './opening-match.ts'
export { orAborted } from './or-aborted.ts'
export { chatKind, isSameOrigin, matchesOrigin, type OriginWay, sessionsOfOrigin } from './origin-match.ts'
export { deniedByNode } from './permission-model.ts'
export { type Places, placesOfPage, placesOfStream } from './places.ts'
export { projectViewed } from './projection.ts'
export { readable, readableList } from './readable.ts'
export { DEFAULT_RECORD_LIMITS } from './record-text.ts'
export { redactRecord } from './redact.ts'
export { isRefusal, refusal } from './refusal.ts'
export type { CheckedUndo } from './schemas.ts'
export { foldText } from './search-fold.ts'
export { matches, relevance } from './search-match.ts'
export {
  indexTermsInSteps,
  queryTerms,
  SEARCH_VERSION,
  type SearchPiece,
  type SearchTerm,
  searchPieces,
} from './search-terms.ts'
export { searchText } from './search-text.ts'
export { sessionAddress, sessionLabel } from './session-ref.ts'
export type { FailureMeaning } from './store-codes.ts'
export type { StoreErrorDetails } from './store-error.ts'
export { DEFAULT_STORE_POLICY } from './store-policy.ts'
export type { Pages } from './stream.ts'
export { isUndoNote, undoKey, undoNote } from './undo-note.ts'
export { untilAborted } from './until-aborted.ts'
