export type {
  AppenderScope,
  AppenderSource,
  AppendOptions,
  HeldReceipt,
  OriginTarget,
  SessionAppender,
  TranscriptAppender,
} from './appender.ts'
export type { Capability, StoreWith } from './capability.ts'
export type {
  ChangeKind,
  ChangeOptions,
  ChangePage,
  ChangeReader,
  SessionChange,
  WaitOptions,
} from './changes.ts'
export type { Codec, ContentPart, MessageView, ToolCall } from './codec.ts'
export { codecNamed } from './codecs.ts'
export type { Entry, EntryKind, NewEntry, Provenance, Redaction } from './entry.ts'
export {
  AccessDenied,
  AmbiguousOrigin,
  ClockFailed,
  CursorStale,
  type Damage,
  GenerationGone,
  HoldFull,
  InvalidArgument,
  InvalidRecord,
  type InvalidRecordReason,
  KeyConflict,
  KindRefused,
  type LogHolder,
  NoSession,
  NotAStore,
  ReadOnlyStore,
  RevisionConflict,
  SchemaTooNew,
  SessionDeleted,
  SessionExists,
  SessionFull,
  StoreBusy,
  StoreClosed,
  StoreCorrupt,
  StoreFull,
  StoreIo,
  StoreReplaced,
  StrangeLog,
  UnsafeLocation,
  UnsupportedRuntime,
} from './errors.ts'
export type { GenerationInfo, HistoryEntry, HistoryReader } from './history.ts'
export { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
export { openaiChat } from './openai-chat.ts'
export type { Opened, OpenedSession, Opening, OpenOptions, OpenTarget, SessionOpener } from './opener.ts'
export type { Origin } from './origin.ts'
export { partKey } from './part-key.ts'
export { type ProjectedEntry, type ProjectionName, project } from './projection.ts'
export type {
  Closable,
  EntryPage,
  ListOptions,
  ListPageOptions,
  PageOptions,
  ReadOptions,
  SessionPage,
  TranscriptReader,
} from './reader.ts'
export type { Receipt, ReceiptEntry } from './receipt.ts'
export { parseRecord, type RecordLimits, recordText } from './record-text.ts'
export type {
  Fork,
  ForkOptions,
  Replacement,
  RewriteOptions,
  RewriteReceipt,
  SessionForker,
  SessionRewriter,
} from './rewriter.ts'
export type { Route, RouteStore } from './routes.ts'
export type { SearchHit, SearchOptions, SearchResult, TranscriptSearch } from './search.ts'
export type {
  NewSession,
  ParentReason,
  Session,
  SessionCreator,
  SessionParent,
  SessionPatch,
  SessionUpdater,
  WriteCondition,
} from './session.ts'
export { DEFAULT_NAMESPACE, type SessionAddress, type SessionRef } from './session-ref.ts'
export type { TranscriptStore } from './store.ts'
export type { StoreErrorCode, WriteOutcome } from './store-codes.ts'
export { StoreError } from './store-error.ts'
export type { StorePolicy } from './store-policy.ts'
