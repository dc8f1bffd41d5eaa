import {
  type ChangePage,
  type Entry,
  type EntryPage,
  type GenerationInfo,
  type HistoryEntry,
  type ListOptions,
  type PageOptions,
  type ReadOptions,
  type RecordLimits,
  type Route,
  type SearchOptions,
  type SearchResult,
  type Session,
  type SessionPage,
  StoreCorrupt,
} from '@faircopy/store-core'
import {
  type CheckedEntry,
  type CheckedImport,
  type CheckedStep,
  type CheckedUndo,
  type Context,
  heldSince,
  type ListKey,
  type PagePosition,
  type Pages,
  prune,
  type Rule,
  RuleCalls,
  type RuleEngine,
  runImport,
  type StoreEngine,
  settledRuns,
  undoImport,
} from '@faircopy/store-core/backend'
import type {
  BackupOptions,
  Compaction,
  ImportClaiming,
  ImportReceipt,
  ImportRun,
  LedgerQuery,
  LedgerRecord,
  PrunePolicy,
  PruneReport,
  QuarantinedLine,
  RedactReceipt,
  StoreFacts,
  UndoReceipt,
  VerifyOptions,
  VerifyReport,
} from '@faircopy/store-core/operator'
import { checkPath } from './file/location.ts'
import { logHolders } from './file/log-holders.ts'
import type { StoreFile } from './file/store-file.ts'
import { backUp } from './read/backing-up.ts'
import { readChanges } from './read/change-reading.ts'
import { waitForChange } from './read/change-waiting.ts'
import { readFacts } from './read/facts-reading.ts'
import { HistoryReading } from './read/history-reading.ts'
import { Listing } from './read/listing.ts'
import { liveTip, Reading } from './read/reading.ts'
import { verifyStore } from './read/verifying.ts'
import { Harm } from './rows/harm.ts'
import { LEDGER_PAGE, type Numbered, readNote, readNotes, readRuns } from './rows/ledger.ts'
import { QUARANTINE_PAGE, readLines } from './rows/quarantine.ts'
import { readRoutes } from './rows/route-row.ts'
import type { Address } from './rows/session-row.ts'
import { Transaction } from './rows/transaction.ts'
import type { Searching } from './search/searching.ts'
import { Claims } from './write/claiming.ts'
import { compactStore } from './write/compacting.ts'
import { answerOf, carryOut, contextOf } from './write/effects.ts'
import { ImportWork } from './write/importing.ts'
import { pruneWork, removeAllDoomed } from './write/pruning.ts'
import { redactText } from './write/redacting.ts'
import { sweepDead } from './write/staging.ts'
import { bytesOf, Writer } from './write/writer.ts'

/** The engine over an open file. */
export class FileStore extends RuleCalls implements StoreEngine {
  readonly limits: RecordLimits
  readonly #file: StoreFile
  readonly #writer: Writer
  readonly #reading: Reading
  readonly #listing: Listing
  readonly #past: HistoryReading
  readonly #searching: Searching
  readonly #claims: Claims
  readonly #importing = new Set<Promise<unknown>>()

  constructor(file: StoreFile, searching: Searching, limits: RecordLimits) {
    super()
    this.#file = file
    this.#writer = new Writer(file)
    this.#reading = new Reading(file)
    this.#listing = new Listing(file)
    this.#past = new HistoryReading(file)
    this.#searching = searching
    this.#claims = new Claims(file, this.#writer)
    this.limits = limits
  }

  get place(): string {
    return this.#file.path
  }

  /** Sweeps what imports left behind whose process is gone. */
  async sweep(): Promise<void> {
    await sweepDead(this.#file, this.#writer)
  }

  get(address: Address): Promise<Session | null> {
    return this.#reading.get(address)
  }

  read(address: Address, options: ReadOptions): Pages<Entry> {
    return this.#reading.read(address, options)
  }

  page(address: Address, options: PageOptions, position: PagePosition | null): Promise<EntryPage> {
    return this.#reading.page(address, options, position)
  }

  list(options: ListOptions, limit: number, after: ListKey | null): Promise<SessionPage> {
    return this.#listing.list(options, limit, after)
  }

  sessions(options: ListOptions): Pages<Session> {
    return this.#listing.sessions(options)
  }

  history(address: Address): Pages<HistoryEntry> {
    return this.#past.history(address)
  }

  generations(address: Address): Promise<readonly GenerationInfo[]> {
    return this.#past.generations(address)
  }

  readGeneration(address: Address, generation: number): Pages<Entry> {
    return this.#past.generation(address, generation)
  }

  locate(address: Address, entryId: number): Promise<number | null> {
    return this.#past.locate(address, entryId)
  }

  changes(cursor: string | undefined, limit: number): Promise<ChangePage> {
    return readChanges(this.#file, cursor, limit)
  }

  waitForChange(cursor: string, ended: AbortSignal, keepAlive: boolean): Promise<void> {
    return waitForChange(this.#file, cursor, { ended, keepAlive })
  }

  routes(address: Address): Promise<readonly Route[]> {
    return this.#file.read((connection) =>
      readRoutes(connection, address, liveTip(connection, address).session),
    )
  }

  import(
    plan: Omit<CheckedImport, 'signal'>,
    steps: AsyncIterable<CheckedStep> | null,
    ended: AbortSignal,
  ): Promise<ImportReceipt> {
    this.#file.checkWritable()
    const work = new ImportWork(this.#file, this.#writer, this.#rules)
    const importing = runImport(plan, steps, ended, work).finally(() => work.end())
    this.#importing.add(importing)
    return importing.finally(() => this.#importing.delete(importing))
  }

  async undoImport(undo: CheckedUndo): Promise<UndoReceipt> {
    const receipt = await this.decide((context) => undoImport(undo, context))
    if (receipt.status !== 'refused') await removeAllDoomed(this.#writer)
    return receipt
  }

  claimImport(address: Address): Promise<ImportClaiming> {
    return this.#claims.claim(address)
  }

  prune(
    policy: Omit<PrunePolicy, 'hold'>,
    hold: readonly Address[],
    signal: AbortSignal | undefined,
  ): Promise<PruneReport> {
    const { now, policy: kept } = this.#file.options
    const context = contextOf({ now: now(), policy: kept })
    return prune({ policy, hold, signal }, context, {
      ...this.#rules,
      ...pruneWork(this.#file, this.#writer),
    })
  }

  redact(address: Address, entryId: number, text: string): Promise<RedactReceipt> {
    const { maxBytes } = this.limits
    return redactText(this.#file, this.#writer, { session: address, entryId, text, maxBytes })
  }

  async backup(
    path: string,
    { compact = false }: BackupOptions,
    ended: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly entries: number }> {
    checkPath(path)
    const begun = performance.now()
    const made = await backUp(this.#file, path, { compact, signal: ended })
    this.#file.emit({ type: 'backed-up', durationMs: performance.now() - begun })
    return made
  }

  compact(): Promise<Compaction> {
    return this.#writer.alone(() => compactStore(this.#file))
  }

  async facts(): Promise<StoreFacts> {
    const { now, policy } = this.#file.options
    const facts = await this.#file.readInSteps((connection) =>
      readFacts(connection, this.place, heldSince({ now: now(), policy })),
    )
    return { ...facts, logHolders: logHolders(this.place), ...this.#writer.queue }
  }

  ledgerNote(address: Address, key: string): Promise<LedgerRecord | null> {
    return this.#file.read((connection) => readNote(connection, address, key))
  }

  ledger(query: LedgerQuery & { readonly session?: Address }): Pages<LedgerRecord> {
    const { session = null, importId = null } = query
    return this.#pages((after) =>
      this.#file.read((connection) => readNotes(connection, { session, importId }, after)),
    )
  }

  async *quarantined(
    address: Address,
    settled: boolean,
  ): Pages<QuarantinedLine & { readonly importId: string }> {
    const pages = this.#pages(
      (after) =>
        this.#file.read((connection) => readLines(connection, liveTip(connection, address).session, after)),
      QUARANTINE_PAGE,
    )
    let runs: ReadonlySet<string> | null = settled ? new Set() : null
    let harm: StoreCorrupt | null = null
    for await (const lines of pages) {
      if (!runs) {
        const notes: LedgerRecord[] = []
        try {
          for await (const page of this.ledger({ session: address })) notes.push(...page)
        } catch (error) {
          if (!(error instanceof StoreCorrupt)) throw error
          harm = error
        }
        runs = settledRuns(notes)
      }
      const open = lines.filter(({ importId }) => !runs?.has(importId))
      if (open.length > 0) yield open
    }
    if (harm) throw harm
  }

  imports(): Pages<ImportRun> {
    return this.#pages((after) => this.#file.read((connection) => readRuns(connection, after)))
  }

  verify(address: Address | null, options: VerifyOptions): Promise<VerifyReport> {
    return verifyStore(this.#file, address, options)
  }

  search(text: string, options: SearchOptions): Promise<SearchResult> {
    return this.#searching.search(text, options)
  }

  async close(): Promise<void> {
    // They take away what they staged.
    await Promise.allSettled(this.#importing)
    await this.#claims.close()
    await this.#writer.idle()
    await this.#searching.close()
    await this.#file.settle()
    this.#file.close()
  }

  /** It may be asked again, so its rule needs no time. */
  protected answer<T>(ruleOf: () => Rule<T>): Promise<T> {
    const { policy } = this.#file.options
    return this.#file.read((connection) => answerOf(new Transaction(connection, 0, policy), ruleOf()))
  }

  protected decide<T>(
    ruleOf: (context: Context) => Rule<T>,
    entries: readonly CheckedEntry[] = [],
  ): Promise<T> {
    return this.#writer.submit(carryOut(ruleOf), { bytes: bytesOf(entries) })
  }

  /** For calls that are several rules. */
  readonly #rules: RuleEngine = {
    decide: (ruleOf, entries) => this.decide(ruleOf, entries),
    answer: (ruleOf) => this.answer(ruleOf),
  }

  #pages<T>(page: (after: number) => Promise<readonly Numbered<T>[]>, size: number = LEDGER_PAGE): Pages<T> {
    return pagesBehind(page, size, new Harm(this.place))
  }
}

async function* pagesBehind<T>(
  page: (after: number) => Promise<readonly Numbered<T>[]>,
  size: number,
  harm: Harm,
): Pages<T> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const rows: readonly Numbered<T>[] = await page(after)
    const values = rows.flatMap((row) => ('value' in row ? [row.value] : []))
    for (const row of rows) if ('damage' in row) harm.add(row.damage)
    if (values.length > 0) yield values
    after = rows.length < size ? undefined : rows.at(-1)?.number
  }
  harm.tell()
}
