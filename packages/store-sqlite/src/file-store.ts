import type {
  AppenderScope,
  AppendOptions,
  BackupOptions,
  ChangeOptions,
  ChangePage,
  Compaction,
  Entry,
  EntryPage,
  Fork,
  ForkOptions,
  GenerationInfo,
  HeldReceipt,
  HistoryEntry,
  ImportClaiming,
  ImportReceipt,
  ImportRun,
  ImportUndo,
  LedgerQuery,
  LedgerRecord,
  ListOptions,
  ListPageOptions,
  NewEntry,
  NewSession,
  Opened,
  Opening,
  OpenOptions,
  OpenTarget,
  Origin,
  OriginTarget,
  PageOptions,
  PrunePolicy,
  PruneReport,
  QuarantinedLine,
  QuarantineQuery,
  ReadOptions,
  Receipt,
  RecordLimits,
  RedactReceipt,
  Replacement,
  RewriteOptions,
  RewriteReceipt,
  Route,
  SearchOptions,
  SearchResult,
  Session,
  SessionImport,
  SessionPage,
  SessionPatch,
  SessionRef,
  StoreFacts,
  TranscriptAppender,
  UndoReceipt,
  VerifyOptions,
  VerifyReport,
  WaitOptions,
  WriteCondition,
} from '@faircopy/store-core'
import {
  backupOptionsSchema,
  changeOptionsSchema,
  checkArgument,
  checkImport,
  checkSession,
  checkUndo,
  DEFAULT_NAMESPACE,
  forkSchema,
  isOriginTarget,
  newSessionSchema,
  openingSchema,
  openOptionsSchema,
  openTargetSchema,
  originSchema,
  originTargetSchema,
  prunePolicySchema,
  redactionSchema,
  replacementSchema,
  rewriteOptionsSchema,
  StoreClosed,
  StoreCorrupt,
  sessionPatchSchema,
  settledRuns,
  waitOptionsSchema,
  writeConditionSchema,
} from '@faircopy/store-core'
import { checkPath } from './file/location.ts'
import { logHolders } from './file/log-holders.ts'
import { isPlainName } from './file/plain-name.ts'
import type { StoreFile } from './file/store-file.ts'
import { backUp } from './read/backing-up.ts'
import { readChanges } from './read/change-reading.ts'
import { waitForChange } from './read/change-waiting.ts'
import { streamOf } from './read/entry-stream.ts'
import { readFacts } from './read/facts-reading.ts'
import { HistoryReading } from './read/history-reading.ts'
import { Listing } from './read/listing.ts'
import { liveTip, Reading } from './read/reading.ts'
import { verifyStore } from './read/verifying.ts'
import { Harm } from './rows/harm.ts'
import { LEDGER_PAGE, type Numbered, readNote, readNotes, readRuns } from './rows/ledger.ts'
import { QUARANTINE_PAGE, readLines } from './rows/quarantine.ts'
import { type Address, factsOf, readSession, refuseTaken, sessionAt } from './rows/session-row.ts'
import type { Write } from './rows/transaction.ts'
import type { Searching } from './search/searching.ts'
import type { SqliteStore } from './sqlite-store.ts'
import { appendWrite, type PreparedAppend, prepareAppend, prepareEntries } from './write/append.ts'
import { Claims } from './write/claiming.ts'
import { compactStore } from './write/compacting.ts'
import { deleteWrite, undeleteWrite } from './write/deleting.ts'
import { createSession } from './write/extending.ts'
import { forkWrite } from './write/forking.ts'
import { runImport } from './write/importing.ts'
import { narrowAppender } from './write/narrow-appender.ts'
import { openedId, openWrite } from './write/opening.ts'
import { placeHeld } from './write/placing.ts'
import { prune } from './write/pruning.ts'
import { redact } from './write/redacting.ts'
import { replaceWrite } from './write/replacing.ts'
import { readRoutes, resolveOrigin, routeWrite } from './write/resolving.ts'
import { sweepDead } from './write/staging.ts'
import { undoImport } from './write/undoing.ts'
import { updateWrite } from './write/updating.ts'
import { Writer } from './write/writer.ts'

/** The store over an open file. */
export class FileStore implements SqliteStore {
  readonly #file: StoreFile
  readonly #writer: Writer
  readonly #reading: Reading
  readonly #listing: Listing
  readonly #past: HistoryReading
  readonly #searching: Searching
  readonly #claims: Claims
  readonly #limits: RecordLimits
  /** Aborted when the store is closed. */
  readonly #ended = new AbortController()
  readonly #importing = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  constructor(file: StoreFile, searching: Searching, limits: RecordLimits) {
    this.#file = file
    this.#writer = new Writer(file)
    this.#reading = new Reading(file)
    this.#listing = new Listing(file)
    this.#past = new HistoryReading(file)
    this.#searching = searching
    this.#claims = new Claims(file, this.#writer)
    this.#limits = limits
  }

  get path(): string {
    return this.#file.path
  }

  /** Sweeps what imports left behind whose process is gone. */
  async sweep(): Promise<void> {
    await sweepDead(this.#file, this.#writer)
  }

  async get(session: SessionRef): Promise<Session | null> {
    return this.#reading.get(addressOf(session))
  }

  read(session: SessionRef, options?: ReadOptions): AsyncIterable<Entry> {
    return this.#reading.read(addressOf(session), options)
  }

  async page(session: SessionRef, options?: PageOptions): Promise<EntryPage> {
    return this.#reading.page(addressOf(session), options)
  }

  async list(options?: ListPageOptions): Promise<SessionPage> {
    return this.#listing.list(options)
  }

  sessions(options?: ListOptions): AsyncIterable<Session> {
    return this.#listing.sessions(options)
  }

  history(session: SessionRef): AsyncIterable<HistoryEntry> {
    return this.#past.history(addressOf(session))
  }

  async generations(session: SessionRef): Promise<readonly GenerationInfo[]> {
    return this.#past.generations(addressOf(session))
  }

  readGeneration(session: SessionRef, generation: number): AsyncIterable<Entry> {
    return this.#past.generation(addressOf(session), generation)
  }

  async locate(session: SessionRef, entryId: number): Promise<number | null> {
    return this.#past.locate(addressOf(session), entryId)
  }

  async changes(cursor?: string, options: ChangeOptions = {}): Promise<ChangePage> {
    const { limit = 100 } = checkArgument(changeOptionsSchema, options, 'options')
    return readChanges(this.#file, cursor, limit)
  }

  async waitForChange(cursor: string, options: WaitOptions = {}): Promise<void> {
    const { signal, keepAlive = true } = checkArgument(waitOptionsSchema, options, 'options')
    this.#checkNotClosing()
    return waitForChange(this.#file, cursor, { ended: this.#orClosed(signal), keepAlive })
  }

  async create(session: SessionRef, about: NewSession = {}): Promise<Session> {
    const address = addressOf(session)
    const checked = checkArgument(newSessionSchema, about, 'about')
    return this.#write((transaction) => {
      const { connection } = transaction
      refuseTaken(connection, address)
      return {
        apply: () => {
          const facts = factsOf(checked)
          placeHeld(transaction, address.namespace, facts, createSession(transaction, address, facts))
          transaction.flush()
          return sessionAt(connection, address)
        },
      }
    })
  }

  append(
    session: SessionRef,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt>
  append(
    target: OriginTarget,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt | HeldReceipt>
  async append(
    target: SessionRef | OriginTarget,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt | HeldReceipt> {
    return this.#append(this.#prepare(target, entries, options))
  }

  appender(scope: AppenderScope): TranscriptAppender {
    return narrowAppender(
      {
        prepare: (target, entries, options) => this.#prepare(target, entries, options),
        submit: (prepared) => this.#append(prepared),
      },
      scope,
    )
  }

  async update(session: SessionRef, patch: SessionPatch, options: WriteCondition = {}): Promise<Session> {
    const address = addressOf(session)
    const checked = checkArgument(sessionPatchSchema, patch, 'patch')
    const condition = checkArgument(writeConditionSchema, options, 'options')
    return this.#write(updateWrite(address, checked, condition))
  }

  async replace(
    session: SessionRef,
    replacement: Replacement,
    options: RewriteOptions = {},
  ): Promise<RewriteReceipt> {
    const address = addressOf(session)
    const {
      from,
      entries,
      dropDeliveries = [],
    } = checkArgument(replacementSchema, replacement, 'replacement')
    const checked = checkArgument(rewriteOptionsSchema, options, 'options')
    const prepared = prepareEntries(entries, checked.writer, this.#limits)
    return this.#write(
      replaceWrite({ address, from, entries: prepared, dropDeliveries, options: checked }),
      prepared.reduce((sum, entry) => sum + entry.record.length, 0),
    )
  }

  async fork(parent: SessionRef, fork: Fork, options: ForkOptions = {}): Promise<Session> {
    const address = addressOf(parent)
    const checked = checkArgument(forkSchema, fork, 'fork')
    return this.#write(forkWrite(address, checked, checkArgument(rewriteOptionsSchema, options, 'options')))
  }

  async resolve(origin: Origin, namespace: string = DEFAULT_NAMESPACE): Promise<Session | null> {
    const checked = checkArgument(originSchema, origin, 'origin')
    return this.#file.read((connection) => {
      const id = resolveOrigin(connection, namespace, checked)
      return id === null ? null : readSession(connection, { namespace, id })
    })
  }

  async route(origin: Origin, session: SessionRef): Promise<void> {
    const address = addressOf(session)
    return this.#write(routeWrite(checkArgument(originSchema, origin, 'origin'), address))
  }

  async routes(session: SessionRef): Promise<readonly Route[]> {
    const address = addressOf(session)
    return this.#file.read((connection) =>
      readRoutes(connection, address, liveTip(connection, address).session),
    )
  }

  async opened(target: OpenTarget): Promise<Session | null> {
    const checked = checkArgument(openTargetSchema, target, 'target')
    return this.#file.read((connection) => {
      const id = openedId(connection, checked)
      return id === null
        ? null
        : readSession(connection, { namespace: checked.namespace ?? DEFAULT_NAMESPACE, id })
    })
  }

  async open(target: OpenTarget, opening: Opening, options: OpenOptions = {}): Promise<Opened> {
    const to = checkArgument(openTargetSchema, target, 'target')
    const { entries = [], ...rest } = checkArgument(openingSchema, opening, 'opening')
    const checked = checkArgument(openOptionsSchema, options, 'options')
    const prepared = prepareEntries(entries, checked.writer, this.#limits)
    return this.#write(
      openWrite({ ...rest, target: to, entries: prepared, options: checked }),
      prepared.reduce((sum, entry) => sum + entry.record.length, 0),
    )
  }

  async delete(session: SessionRef, options: WriteCondition = {}): Promise<void> {
    const address = addressOf(session)
    return this.#write(deleteWrite(address, checkArgument(writeConditionSchema, options, 'options')))
  }

  async undelete(session: SessionRef): Promise<Session> {
    return this.#write(undeleteWrite(addressOf(session)))
  }

  async import(plan: SessionImport): Promise<ImportReceipt> {
    const checked = checkImport(plan)
    this.#checkNotClosing()
    const endable = { ...checked, signal: this.#orClosed(plan.signal) }
    const importing = runImport(this.#file, this.#writer, endable, this.#limits)
    this.#importing.add(importing)
    return importing.finally(() => this.#importing.delete(importing))
  }

  async undoImport(undo: ImportUndo): Promise<UndoReceipt> {
    const address = addressOf(undo.session)
    const checked = checkUndo(undo)
    this.#checkNotClosing()
    return undoImport(this.#writer, address, checked)
  }

  async claimImport(session: SessionRef): Promise<ImportClaiming> {
    this.#checkNotClosing()
    return this.#claims.claim(addressOf(session))
  }

  async prune(policy: PrunePolicy, { signal }: { readonly signal?: AbortSignal } = {}): Promise<PruneReport> {
    const { hold = [], ...rest } = checkArgument(prunePolicySchema, policy, 'policy')
    this.#checkNotClosing()
    return prune(this.#file, this.#writer, rest, { hold: hold.map(addressOf), signal })
  }

  async redact(session: SessionRef, entryId: number, text: string): Promise<RedactReceipt> {
    const address = addressOf(session)
    const checked = checkArgument(redactionSchema, { entryId, text }, 'redaction')
    this.#checkNotClosing()
    const { maxBytes } = this.#limits
    return redact(this.#file, this.#writer, address, { ...checked, maxBytes })
  }

  async backup(
    path: string,
    options: BackupOptions = {},
  ): Promise<{ readonly bytes: number; readonly entries: number }> {
    this.#checkNotClosing()
    checkPath(path)
    const { compact = false, signal } = checkArgument(backupOptionsSchema, options, 'options')
    const begun = performance.now()
    const made = await backUp(this.#file, path, { compact, signal: this.#orClosed(signal) })
    this.#file.emit({ type: 'backed-up', durationMs: performance.now() - begun })
    return made
  }

  async compact(): Promise<Compaction> {
    this.#checkNotClosing()
    return this.#writer.alone(() => compactStore(this.#file))
  }

  async facts(): Promise<StoreFacts> {
    const { now, policy } = this.#file.options
    const facts = await this.#file.readInSteps((connection) =>
      readFacts(connection, this.path, now() - policy.heldForMs),
    )
    return { ...facts, logHolders: logHolders(this.path), ...this.#writer.queue }
  }

  async ledgerNote(session: SessionRef, key: string): Promise<LedgerRecord | null> {
    const address = addressOf(session)
    return this.#file.read((connection) => readNote(connection, address, key))
  }

  ledger(query: LedgerQuery = {}): AsyncIterable<LedgerRecord> {
    const session = query.session === undefined ? null : addressOf(query.session)
    const importId = query.importId ?? null
    return this.#pages((after) =>
      this.#file.read((connection) => readNotes(connection, { session, importId }, after)),
    )
  }

  async *quarantined(
    session: SessionRef,
    { settled = false }: QuarantineQuery = {},
  ): AsyncGenerator<QuarantinedLine & { readonly importId: string }> {
    const address = addressOf(session)
    const lines = this.#pages(
      (after) =>
        this.#file.read((connection) => readLines(connection, liveTip(connection, address).session, after)),
      QUARANTINE_PAGE,
    )
    let runs: ReadonlySet<string> | null = settled ? new Set() : null
    let harm: StoreCorrupt | null = null
    for await (const line of lines) {
      if (!runs) {
        const notes: LedgerRecord[] = []
        try {
          for await (const note of this.ledger({ session: address })) notes.push(note)
        } catch (error) {
          if (!(error instanceof StoreCorrupt)) throw error
          harm = error
        }
        runs = settledRuns(notes)
      }
      if (!runs.has(line.importId)) yield line
    }
    if (harm) throw harm
  }

  imports(): AsyncIterable<ImportRun> {
    return this.#pages((after) => this.#file.read((connection) => readRuns(connection, after)))
  }

  async verify(options?: VerifyOptions): Promise<VerifyReport> {
    const address = options?.session === undefined ? null : addressOf(options.session)
    return verifyStore(this.#file, address, options ?? {})
  }

  async search(text: string, options?: SearchOptions): Promise<SearchResult> {
    this.#checkNotClosing()
    return this.#searching.search(text, options)
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  toJSON(): { readonly store: 'sqlite'; readonly path: string } {
    return { store: 'sqlite', path: this.path }
  }

  async #close(): Promise<void> {
    this.#ended.abort(new StoreClosed(this.path))
    // They take away what they staged.
    await Promise.allSettled(this.#importing)
    await this.#claims.close()
    await this.#writer.idle()
    await this.#searching.close()
    await this.#file.settle()
    this.#file.close()
  }

  /** Aborted by the caller's signal, or when the store is closed. */
  #orClosed(signal: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([...(signal ? [signal] : []), this.#ended.signal])
  }

  #checkNotClosing(): void {
    if (this.#closing) this.#file.refuseClosed()
  }

  #write<T>(write: Write<T>, bytes = 0): Promise<T> {
    this.#checkNotClosing()
    return this.#writer.submit(write, { bytes })
  }

  #prepare(
    target: SessionRef | OriginTarget,
    entries: NewEntry | readonly NewEntry[],
    options: AppendOptions | undefined,
  ): PreparedAppend {
    this.#checkNotClosing()
    const to = isOriginTarget(target)
      ? checkArgument(originTargetSchema, target, 'target')
      : addressOf(target)
    return prepareAppend(to, entries, options, this.#limits)
  }

  #append(prepared: PreparedAppend): Promise<Receipt | HeldReceipt> {
    return this.#write(appendWrite(prepared), prepared.bytes)
  }

  #pages<T>(
    page: (after: number) => Promise<readonly Numbered<T>[]>,
    size: number = LEDGER_PAGE,
  ): AsyncIterable<T> {
    return streamOf(pagesBehind(page, size, new Harm(this.path)))
  }
}

async function* pagesBehind<T>(
  page: (after: number) => Promise<readonly Numbered<T>[]>,
  size: number,
  harm: Harm,
): AsyncGenerator<readonly T[], void, undefined> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const rows: readonly Numbered<T>[] = await page(after)
    const values = rows.flatMap((row) => ('value' in row ? [row.value] : []))
    for (const row of rows) if ('damage' in row) harm.add(row.damage)
    if (values.length > 0) yield values
    after = rows.length < size ? undefined : rows.at(-1)?.number
  }
  harm.tell()
}

/** The address of a session, checked: by hand where that decides, which is nearly always. */
function addressOf(session: SessionRef): Address {
  return isPlainName(session) ? { namespace: 'default', id: session } : checkSession(session)
}
