import type {
  AppenderScope,
  AppendOptions,
  HeldReceipt,
  OriginTarget,
  TranscriptAppender,
} from './appender.ts'
import { readMembers } from './argument.ts'
import type { ChangeOptions, ChangePage, WaitOptions } from './changes.ts'
import { type CheckedEntry, checkEntries } from './checked-entry.ts'
import { checkImport, stepCheck } from './checked-import.ts'
import { decodePagePosition } from './cursor.ts'
import type { StoreEngine } from './engine.ts'
import type { Entry, NewEntry } from './entry.ts'
import { InvalidArgument, KindRefused, StoreClosed } from './errors.ts'
import type { StoreFacts } from './facts.ts'
import type { GenerationInfo, HistoryEntry } from './history.ts'
import type {
  ImportClaiming,
  ImportReceipt,
  ImportRun,
  ImportUndo,
  LedgerQuery,
  LedgerRecord,
  QuarantinedLine,
  QuarantineQuery,
  SessionImport,
  UndoReceipt,
} from './importer.ts'
import { decodeListCursor } from './listing.ts'
import type { Opened, Opening, OpenOptions, OpenTarget } from './opener.ts'
import type { Origin } from './origin.ts'
import type {
  EntryPage,
  ListOptions,
  ListPageOptions,
  PageOptions,
  ReadOptions,
  SessionPage,
} from './reader.ts'
import type { Receipt } from './receipt.ts'
import type {
  BackupOptions,
  PrunePolicy,
  PruneReport,
  RedactReceipt,
  StoreBackup,
  StoreCompactor,
} from './remover.ts'
import type { Fork, ForkOptions, Replacement, RewriteOptions, RewriteReceipt } from './rewriter.ts'
import type { Route } from './routes.ts'
import {
  appenderScopeSchema,
  appendOptionsSchema,
  backupOptionsSchema,
  changeOptionsSchema,
  checkArgument,
  checkSession,
  checkUndo,
  forkSchema,
  isOriginTarget,
  ledgerQuerySchema,
  listOptionsSchema,
  listPageOptionsSchema,
  namespaceSchema,
  narrowAppendOptionsSchema,
  newSessionSchema,
  numberSchema,
  openingSchema,
  openOptionsSchema,
  openTargetSchema,
  originSchema,
  originTargetSchema,
  pageOptionsSchema,
  pruneOptionsSchema,
  prunePolicySchema,
  quarantineQuerySchema,
  readOptionsSchema,
  redactedTextSchema,
  replacementSchema,
  rewriteOptionsSchema,
  sessionPatchSchema,
  textSchema,
  verifyOptionsSchema,
  waitOptionsSchema,
  writeConditionSchema,
} from './schemas.ts'
import type { SearchOptions, SearchResult, TranscriptSearch } from './search.ts'
import { searchOptionsSchema } from './search-options.ts'
import type { NewSession, Session, SessionPatch, WriteCondition } from './session.ts'
import { DEFAULT_NAMESPACE, type SessionAddress, type SessionRef } from './session-ref.ts'
import type { TranscriptStore } from './store.ts'
import { type Pages, streamOf } from './stream.ts'
import { takenUntilAborted } from './until-aborted.ts'
import type { VerifyOptions, VerifyReport } from './verifier.ts'

/** The store that an engine makes: the contract, and of what a backend may lack what the engine has. */
export type StoreOf<E extends StoreEngine> = TranscriptStore &
  (E extends Required<Pick<StoreEngine, 'search'>> ? TranscriptSearch : unknown) &
  (E extends Required<Pick<StoreEngine, 'backup'>> ? StoreBackup : unknown) &
  (E extends Required<Pick<StoreEngine, 'compact'>> ? StoreCompactor : unknown)

/**
 * A store over an engine: whatever the engine, arguments are checked alike, by name and each member read once (S3), what is
 * undefined is absent, an abort that comes before anything begins fails the call with its reason and leaves nothing stored,
 * and a store that is closed says so.
 */
export function defineStore<E extends StoreEngine>(engine: E): StoreOf<E> {
  return new Store(engine) as TranscriptStore as StoreOf<E>
}

type Address = Required<SessionAddress>
type Target = SessionRef | OriginTarget
type NewEntries = NewEntry | readonly NewEntry[]

const DEFAULT_LIMIT = 100
const NO_OPTIONS = {}
const TARGET_MEMBERS = { id: null, namespace: null, origin: null, whenAbsent: null }

class Store implements TranscriptStore {
  readonly #engine: StoreEngine
  /** Aborted when the store is closed. */
  readonly #ended = new AbortController()
  #closing: Promise<void> | null = null
  declare readonly search?: TranscriptSearch['search']
  declare readonly backup?: StoreBackup['backup']
  declare readonly compact?: StoreCompactor['compact']

  constructor(engine: StoreEngine) {
    this.#engine = engine
    if (engine.search) this.search = (text, options) => this.#search(text, options)
    if (engine.backup) this.backup = (path, options) => this.#backup(path, options)
    if (engine.compact) this.compact = async () => this.#open().compact()
  }

  async get(session: SessionRef): Promise<Session | null> {
    const address = checkSession(session)
    return this.#open().get(address)
  }

  read(session: SessionRef, options: ReadOptions = NO_OPTIONS): AsyncIterable<Entry> {
    return this.#stream((engine) => {
      const address = checkSession(session)
      const checked = checkArgument(readOptionsSchema, options, 'options')
      return engine.read(address, checked)
    })
  }

  async page(session: SessionRef, options: PageOptions = NO_OPTIONS): Promise<EntryPage> {
    const address = checkSession(session)
    const { cursor, ...rest } = checkArgument(pageOptionsSchema, options, 'options')
    const position = cursor === undefined ? null : decodePagePosition(cursor)
    return this.#open().page(address, rest, position)
  }

  async list(options: ListPageOptions = NO_OPTIONS): Promise<SessionPage> {
    const { limit, cursor, ...rest } = checkArgument(listPageOptionsSchema, options, 'options')
    const after = cursor === undefined ? null : decodeListCursor(cursor, rest.order)
    return this.#open().list(rest, limit ?? DEFAULT_LIMIT, after)
  }

  sessions(options: ListOptions = NO_OPTIONS): AsyncIterable<Session> {
    return this.#stream((engine) => engine.sessions(checkArgument(listOptionsSchema, options, 'options')))
  }

  history(session: SessionRef): AsyncIterable<HistoryEntry> {
    return this.#stream((engine) => engine.history(checkSession(session)))
  }

  async generations(session: SessionRef): Promise<readonly GenerationInfo[]> {
    const address = checkSession(session)
    return this.#open().generations(address)
  }

  readGeneration(session: SessionRef, generation: number): AsyncIterable<Entry> {
    return this.#stream((engine) => {
      const address = checkSession(session)
      return engine.readGeneration(address, checkArgument(numberSchema, generation, 'generation'))
    })
  }

  async locate(session: SessionRef, entryId: number): Promise<number | null> {
    const address = checkSession(session)
    const id = checkArgument(numberSchema, entryId, 'entryId')
    return this.#open().locate(address, id)
  }

  async changes(cursor?: string, options: ChangeOptions = NO_OPTIONS): Promise<ChangePage> {
    const from = cursor === undefined ? undefined : checkArgument(textSchema, cursor, 'cursor')
    const { limit = DEFAULT_LIMIT } = checkArgument(changeOptionsSchema, options, 'options')
    return this.#open().changes(from, limit)
  }

  async waitForChange(cursor: string, options: WaitOptions = NO_OPTIONS): Promise<void> {
    const from = checkArgument(textSchema, cursor, 'cursor')
    const { signal, keepAlive = true } = checkArgument(waitOptionsSchema, options, 'options')
    return this.#open(signal).waitForChange(from, this.#orClosed(signal), keepAlive)
  }

  async create(session: SessionRef, about: NewSession = NO_OPTIONS): Promise<Session> {
    const address = checkSession(session)
    const checked = checkArgument(newSessionSchema, about, 'about')
    return this.#open().create(address, checked)
  }

  append(session: SessionRef, entries: NewEntries, options?: AppendOptions): Promise<Receipt>
  append(target: OriginTarget, entries: NewEntries, options?: AppendOptions): Promise<Receipt | HeldReceipt>
  async append(
    target: Target,
    entries: NewEntries,
    options: AppendOptions = NO_OPTIONS,
  ): Promise<Receipt | HeldReceipt> {
    const to = checkTarget(target)
    const checked = checkAppend(to, options, appendOptionsSchema)
    const said = this.#check(entries, checked.writer)
    return this.#open().append(to, said, checked)
  }

  appender(scope: AppenderScope): TranscriptAppender {
    const { writer, kinds } = checkArgument(appenderScopeSchema, scope, 'scope')
    const allowed = new Set(kinds)
    const append = async (
      target: Target,
      entries: NewEntries,
      options: AppendOptions = NO_OPTIONS,
    ): Promise<Receipt | HeldReceipt> => {
      const to = checkTarget(target)
      const checked = checkAppend(to, options, narrowAppendOptionsSchema)
      const said = this.#check(entries, writer)
      const other = said.find(({ kind }) => !allowed.has(kind))
      if (other) throw new KindRefused(other.kind, [...allowed])
      return this.#open().append(to, said, { ...checked, writer })
    }
    return { append: append as TranscriptAppender['append'] }
  }

  async update(
    session: SessionRef,
    patch: SessionPatch,
    options: WriteCondition = NO_OPTIONS,
  ): Promise<Session> {
    const address = checkSession(session)
    const checked = checkArgument(sessionPatchSchema, patch, 'patch')
    const condition = checkArgument(writeConditionSchema, options, 'options')
    return this.#open().update(address, checked, condition)
  }

  async replace(
    session: SessionRef,
    replacement: Replacement,
    options: RewriteOptions = NO_OPTIONS,
  ): Promise<RewriteReceipt> {
    const address = checkSession(session)
    const { entries, ...rest } = checkArgument(replacementSchema, replacement, 'replacement')
    const checked = checkArgument(rewriteOptionsSchema, options, 'options')
    const said = this.#check(entries, checked.writer)
    return this.#open().replace(address, { ...rest, entries: said }, checked)
  }

  async fork(parent: SessionRef, about: Fork, options: ForkOptions = NO_OPTIONS): Promise<Session> {
    const address = checkSession(parent)
    const checked = checkArgument(forkSchema, about, 'fork')
    const condition = checkArgument(rewriteOptionsSchema, options, 'options')
    return this.#open().fork(address, checked, condition)
  }

  async resolve(origin: Origin, namespace: string = DEFAULT_NAMESPACE): Promise<Session | null> {
    const checked = checkArgument(originSchema, origin, 'origin')
    const within = checkArgument(namespaceSchema, namespace, 'namespace')
    return this.#open().resolve(checked, within)
  }

  async route(origin: Origin, session: SessionRef): Promise<void> {
    const checked = checkArgument(originSchema, origin, 'origin')
    const address = checkSession(session)
    return this.#open().route(checked, address)
  }

  async routes(session: SessionRef): Promise<readonly Route[]> {
    const address = checkSession(session)
    return this.#open().routes(address)
  }

  async opened(target: OpenTarget): Promise<Session | null> {
    const checked = checkArgument(openTargetSchema, target, 'target')
    return this.#open().opened(checked)
  }

  async open(target: OpenTarget, opening: Opening, options: OpenOptions = NO_OPTIONS): Promise<Opened> {
    const to = checkArgument(openTargetSchema, target, 'target')
    const { entries = [], ...rest } = checkArgument(openingSchema, opening, 'opening')
    const checked = checkArgument(openOptionsSchema, options, 'options')
    const said = this.#check(entries, checked.writer)
    return this.#open().open(to, { ...rest, entries: said }, checked)
  }

  async delete(session: SessionRef, options: WriteCondition = NO_OPTIONS): Promise<void> {
    const address = checkSession(session)
    const condition = checkArgument(writeConditionSchema, options, 'options')
    return this.#open().delete(address, condition)
  }

  async undelete(session: SessionRef): Promise<Session> {
    const address = checkSession(session)
    return this.#open().undelete(address)
  }

  async import(given: SessionImport): Promise<ImportReceipt> {
    const { steps, signal, ...plan } = checkImport(given)
    const engine = this.#open(signal)
    const ended = this.#orClosed(signal)
    const checked = steps && takenUntilAborted(steps, ended, stepCheck(engine.limits))
    return engine.import(plan, checked, ended)
  }

  async undoImport(undo: ImportUndo): Promise<UndoReceipt> {
    const checked = checkUndo(undo)
    return this.#open().undoImport(checked)
  }

  async claimImport(session: SessionRef): Promise<ImportClaiming> {
    const address = checkSession(session)
    return this.#open().claimImport(address, this.#ended.signal)
  }

  async ledgerNote(session: SessionRef, key: string): Promise<LedgerRecord | null> {
    const address = checkSession(session)
    const checked = checkArgument(textSchema, key, 'key')
    return this.#open().ledgerNote(address, checked)
  }

  ledger(query: LedgerQuery = NO_OPTIONS): AsyncIterable<LedgerRecord> {
    return this.#stream((engine) => engine.ledger(checkArgument(ledgerQuerySchema, query, 'query')))
  }

  quarantined(
    session: SessionRef,
    query: QuarantineQuery = NO_OPTIONS,
  ): AsyncIterable<QuarantinedLine & { readonly importId: string }> {
    return this.#stream((engine) => {
      const address = checkSession(session)
      const { settled = false } = checkArgument(quarantineQuerySchema, query, 'query')
      return engine.quarantined(address, settled)
    })
  }

  imports(): AsyncIterable<ImportRun> {
    return this.#stream((engine) => engine.imports())
  }

  async prune(
    policy: PrunePolicy,
    options: { readonly signal?: AbortSignal } = NO_OPTIONS,
  ): Promise<PruneReport> {
    const { hold = [], ...rest } = checkArgument(prunePolicySchema, policy, 'policy')
    const { signal } = checkArgument(pruneOptionsSchema, options, 'options')
    return this.#open(signal).prune(rest, hold, signal)
  }

  async redact(session: SessionRef, entryId: number, text: string): Promise<RedactReceipt> {
    const address = checkSession(session)
    const id = checkArgument(numberSchema, entryId, 'entryId')
    const checked = checkArgument(redactedTextSchema, text, 'text')
    return this.#open().redact(address, id, checked)
  }

  async verify(options: VerifyOptions = NO_OPTIONS): Promise<VerifyReport> {
    const { session = null, ...rest } = checkArgument(verifyOptionsSchema, options, 'options')
    return this.#open(rest.signal).verify(session, rest)
  }

  async facts(): Promise<StoreFacts> {
    return this.#open().facts()
  }

  close(): Promise<void> {
    if (!this.#closing) {
      this.#ended.abort(new StoreClosed(this.#engine.place))
      this.#closing = this.#engine.close()
    }
    return this.#closing
  }

  async #search(text: string, options: SearchOptions = NO_OPTIONS): Promise<SearchResult> {
    const checked = checkArgument(textSchema, text, 'text')
    const asked = checkArgument(searchOptionsSchema, options, 'options')
    return this.#open().search(checked, asked)
  }

  async #backup(path: string, options: BackupOptions = NO_OPTIONS): ReturnType<StoreBackup['backup']> {
    const to = checkArgument(textSchema, path, 'path')
    const { signal, ...rest } = checkArgument(backupOptionsSchema, options, 'options')
    return this.#open(signal).backup(to, rest, this.#orClosed(signal))
  }

  #check(entries: NewEntries, writer: string | undefined): CheckedEntry[] {
    return checkEntries(entries, writer, this.#engine.limits)
  }

  /** The engine, unless the call was aborted or the store closed before it began. */
  #open(signal?: AbortSignal): Required<StoreEngine> {
    signal?.throwIfAborted()
    if (this.#closing) throw new StoreClosed(this.#engine.place)
    return this.#engine as Required<StoreEngine>
  }

  /** A stream begins with the first item that is asked for, and what is wrong with its call is told then. */
  #stream<T>(begin: (engine: StoreEngine) => Pages<T>): AsyncIterable<T> {
    let pages: Pages<T>
    try {
      pages = begin(this.#engine)
    } catch (error) {
      pages = failing(error)
    }
    return streamOf(pages, this.#ended.signal)
  }

  /** Aborted by the caller's signal, or when the store is closed. */
  #orClosed(signal: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([...(signal ? [signal] : []), this.#ended.signal])
  }
}

async function* failing(error: unknown): Pages<never> {
  yield await Promise.reject(error)
}

/** Where an append goes, checked. */
function checkTarget(target: Target): Address | OriginTarget {
  if (typeof target !== 'object') return checkSession(target)
  const read = readMembers(TARGET_MEMBERS, target) as Target
  return isOriginTarget(read) ? checkArgument(originTargetSchema, read, 'target') : checkSession(read)
}

/** How an append to a target is made, checked. */
function checkAppend(
  target: Address | OriginTarget,
  options: AppendOptions,
  schema: typeof appendOptionsSchema,
): AppendOptions {
  const checked = options === NO_OPTIONS ? options : checkArgument(schema, options, 'options')
  if ('origin' in target && checked.create)
    throw new InvalidArgument('options.create: the append to an origin says whenAbsent')
  return checked
}
