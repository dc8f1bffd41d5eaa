import type {
  AppendOptions,
  Closable,
  Entry,
  EntryPage,
  GenerationInfo,
  HistoryEntry,
  HistoryReader,
  ImportReceipt,
  ImportRun,
  LedgerQuery,
  LedgerRecord,
  ListOptions,
  ListPageOptions,
  NewEntry,
  NewSession,
  PageOptions,
  QuarantinedLine,
  ReadOptions,
  Receipt,
  RecordLimits,
  SearchOptions,
  SearchResult,
  Session,
  SessionAppender,
  SessionCreator,
  SessionImport,
  SessionPage,
  SessionRef,
  TranscriptImporter,
  TranscriptReader,
  TranscriptSearch,
  TranscriptVerifier,
  VerifyOptions,
  VerifyReport,
} from '@faircopy/store-core'
import {
  checkArgument,
  checkSession,
  newSessionSchema,
  SessionDeleted,
  SessionExists,
} from '@faircopy/store-core'
import { appendWrite, createSession, prepareAppend } from './append.ts'
import { HistoryReading } from './history-reading.ts'
import { runImport } from './importing.ts'
import { LEDGER_PAGE, type Numbered, readNote, readNotes, readRuns } from './ledger.ts'
import { isPlainName } from './plain-name.ts'
import { QUARANTINE_PAGE, readLines } from './quarantine.ts'
import { liveTip, Reading } from './reading.ts'
import type { Searching } from './searching.ts'
import { type Address, findSession, readSession } from './session-row.ts'
import { sweepDead } from './staging.ts'
import type { StoreFile } from './store-file.ts'
import { verifyStore } from './verifying.ts'
import { Writer } from './writer.ts'

/**
 * A store in one SQLite file. What is not in this type (replace, fork, …) the backend does not have yet.
 */
export interface SqliteStore
  extends TranscriptReader,
    HistoryReader,
    SessionAppender,
    SessionCreator,
    TranscriptImporter,
    TranscriptVerifier,
    TranscriptSearch,
    Closable {
  /** The file, with no link on the way to it. */
  readonly path: string
  /** What a log may say of a store: never what is in it. */
  toJSON(): { readonly store: 'sqlite'; readonly path: string }
}

/** The store over an open file. */
export class FileStore implements SqliteStore {
  readonly #file: StoreFile
  readonly #writer: Writer
  readonly #reading: Reading
  readonly #past: HistoryReading
  readonly #searching: Searching
  readonly #limits: RecordLimits
  #closing: Promise<void> | null = null

  constructor(file: StoreFile, searching: Searching, limits: RecordLimits) {
    this.#file = file
    this.#writer = new Writer(file)
    this.#reading = new Reading(file)
    this.#past = new HistoryReading(file)
    this.#searching = searching
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
    return this.#reading.list(options)
  }

  sessions(options?: ListOptions): AsyncIterable<Session> {
    return this.#reading.sessions(options)
  }

  history(session: SessionRef): AsyncIterable<HistoryEntry> {
    return this.#past.history(addressOf(session))
  }

  async generations(session: SessionRef): Promise<readonly GenerationInfo[]> {
    return this.#past.generations(addressOf(session))
  }

  async locate(session: SessionRef, entryId: number): Promise<number | null> {
    return this.#past.locate(addressOf(session), entryId)
  }

  async create(session: SessionRef, about: NewSession = {}): Promise<Session> {
    const address = addressOf(session)
    const checked = checkArgument(newSessionSchema, about, 'about')
    return this.#write((transaction) => {
      const found = findSession(transaction.connection, address)
      if (found) throw found.state === 'deleted' ? new SessionDeleted(address) : new SessionExists(address)
      return {
        apply: () => {
          createSession(transaction, address, { create: checked })
          return readSession(transaction.connection, address) as Session
        },
      }
    })
  }

  async append(
    session: SessionRef,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt> {
    this.#checkNotClosing()
    const prepared = prepareAppend(addressOf(session), entries, options, this.#limits)
    return this.#writer.submit(appendWrite(prepared), prepared.bytes)
  }

  async import(plan: SessionImport): Promise<ImportReceipt> {
    this.#checkNotClosing()
    return runImport(this.#file, this.#writer, plan, addressOf(plan.session), this.#limits)
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

  quarantined(session: SessionRef): AsyncIterable<QuarantinedLine & { readonly importId: string }> {
    const address = addressOf(session)
    return this.#pages(
      (after) =>
        this.#file.read((connection) => readLines(connection, liveTip(connection, address).session, after)),
      QUARANTINE_PAGE,
    )
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
    await this.#writer.idle()
    await this.#searching.close()
    this.#file.close()
  }

  #checkNotClosing(): void {
    if (this.#closing) this.#file.refuseClosed()
  }

  #write<T>(write: Parameters<Writer['submit']>[0]): Promise<T> {
    this.#checkNotClosing()
    return this.#writer.submit(write) as Promise<T>
  }

  async *#pages<T>(
    page: (after: number) => Promise<readonly Numbered<T>[]>,
    size: number = LEDGER_PAGE,
  ): AsyncGenerator<T, void, undefined> {
    for (let after = 0; ; ) {
      const rows = await page(after)
      for (const { number, value } of rows) {
        after = number
        yield value
      }
      if (rows.length < size) return
    }
  }
}

/** The address of a session, checked: by hand where that decides, which is nearly always. */
function addressOf(session: SessionRef): Address {
  return isPlainName(session) ? { namespace: 'default', id: session } : checkSession(session)
}
