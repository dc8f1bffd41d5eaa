import type { AppendOptions, HeldReceipt, OriginTarget } from './appender.ts'
import type { ChangePage } from './changes.ts'
import type { CheckedEntry } from './checked-entry.ts'
import type { CheckedImport, CheckedStep } from './checked-import.ts'
import type { PagePosition } from './cursor.ts'
import type { Entry } from './entry.ts'
import type { StoreFacts } from './facts.ts'
import type { GenerationInfo, HistoryEntry } from './history.ts'
import type {
  ImportClaiming,
  ImportReceipt,
  ImportRun,
  LedgerQuery,
  LedgerRecord,
  QuarantinedLine,
  UndoReceipt,
} from './importer.ts'
import type { ListKey } from './listing.ts'
import type { Opened, Opening, OpenOptions, OpenTarget } from './opener.ts'
import type { Origin } from './origin.ts'
import type { EntryPage, ListOptions, PageOptions, ReadOptions, SessionPage } from './reader.ts'
import type { Receipt } from './receipt.ts'
import type { RecordLimits } from './record-text.ts'
import type { BackupOptions, Compaction, PrunePolicy, PruneReport, RedactReceipt } from './remover.ts'
import type { Fork, Replacement, RewriteOptions, RewriteReceipt } from './rewriter.ts'
import type { Route } from './routes.ts'
import type { CheckedUndo } from './schemas.ts'
import type { SearchOptions, SearchResult } from './search.ts'
import type { NewSession, Session, SessionPatch, WriteCondition } from './session.ts'
import type { SessionAddress } from './session-ref.ts'
import type { Pages } from './stream.ts'
import type { VerifyOptions, VerifyReport } from './verifier.ts'

/** A session's address, spelled out. */
type Address = Required<SessionAddress>

/** Entries that were checked, in the place of those that a caller gave. */
export type WithCheckedEntries<T> = Omit<T, 'entries'> & { readonly entries: readonly CheckedEntry[] }

/**
 * What {@link defineStore} makes a store of: the calls of the contract as an engine gets them. Everything about an argument
 * that needs no store is checked, what was undefined is absent, and none of it is the caller's own object any more but
 * `signal`, `confirm` and `onProgress`. Nothing is called with a signal that was aborted, nor once `close` was called.
 */
export interface StoreEngine {
  /** What errors call the store: where it is. */
  readonly place: string
  readonly limits: RecordLimits
  get(session: Address): Promise<Session | null>
  read(session: Address, options: ReadOptions): Pages<Entry>
  /** `position`: where an earlier page ended; it holds in the place of `options`, but for their limit. */
  page(
    session: Address,
    options: Omit<PageOptions, 'cursor'>,
    position: PagePosition | null,
  ): Promise<EntryPage>
  list(options: ListOptions, limit: number, after: ListKey | null): Promise<SessionPage>
  sessions(options: ListOptions): Pages<Session>
  history(session: Address): Pages<HistoryEntry>
  generations(session: Address): Promise<readonly GenerationInfo[]>
  readGeneration(session: Address, generation: number): Pages<Entry>
  locate(session: Address, entryId: number): Promise<number | null>
  changes(cursor: string | undefined, limit: number): Promise<ChangePage>
  /** Resolves at a change; rejects with the reason of `ended` as soon as that is aborted. */
  waitForChange(cursor: string, ended: AbortSignal, keepAlive: boolean): Promise<void>
  create(session: Address, about: NewSession): Promise<Session>
  append(
    target: Address | OriginTarget,
    entries: readonly CheckedEntry[],
    options: AppendOptions,
  ): Promise<Receipt | HeldReceipt>
  update(session: Address, patch: SessionPatch, condition: WriteCondition): Promise<Session>
  replace(
    session: Address,
    replacement: WithCheckedEntries<Replacement>,
    options: RewriteOptions,
  ): Promise<RewriteReceipt>
  fork(parent: Address, fork: Fork, options: RewriteOptions): Promise<Session>
  resolve(origin: Origin, namespace: string): Promise<Session | null>
  route(origin: Origin, session: Address): Promise<void>
  routes(session: Address): Promise<readonly Route[]>
  opened(target: OpenTarget): Promise<Session | null>
  open(target: OpenTarget, opening: WithCheckedEntries<Opening>, options: OpenOptions): Promise<Opened>
  delete(session: Address, condition: WriteCondition): Promise<void>
  undelete(session: Address): Promise<Session>
  /** `steps` fail with the reason of `ended` as soon as it is aborted; `confirm` has to be given up by the engine. */
  import(
    plan: Omit<CheckedImport, 'signal'>,
    steps: AsyncIterable<CheckedStep> | null,
    ended: AbortSignal,
  ): Promise<ImportReceipt>
  undoImport(undo: CheckedUndo): Promise<UndoReceipt>
  /** Lets the claim go when `ended` is aborted, if it was not released before. */
  claimImport(session: Address, ended: AbortSignal): Promise<ImportClaiming>
  ledgerNote(session: Address, key: string): Promise<LedgerRecord | null>
  ledger(query: LedgerQuery & { readonly session?: Address }): Pages<LedgerRecord>
  quarantined(session: Address, settled: boolean): Pages<QuarantinedLine & { readonly importId: string }>
  imports(): Pages<ImportRun>
  prune(
    policy: Omit<PrunePolicy, 'hold'>,
    hold: readonly Address[],
    signal?: AbortSignal,
  ): Promise<PruneReport>
  redact(session: Address, entryId: number, text: string): Promise<RedactReceipt>
  verify(session: Address | null, options: Omit<VerifyOptions, 'session'>): Promise<VerifyReport>
  facts(): Promise<StoreFacts>
  /** Called once, when the signals that a call was given are aborted. */
  close(): Promise<void>
  /** What a backend may lack: see `TranscriptSearch`, `StoreBackup` and `StoreCompactor`. */
  search?(text: string, options: SearchOptions): Promise<SearchResult>
  backup?(
    path: string,
    options: Omit<BackupOptions, 'signal'>,
    ended: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly entries: number }>
  compact?(): Promise<Compaction>
}
