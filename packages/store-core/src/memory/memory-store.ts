import { randomUUID } from 'node:crypto'
import { argument } from '../argument.ts'
import type { ChangePage } from '../changes.ts'
import type { CheckedStep } from '../checked-import.ts'
import { trustedClock } from '../clock.ts'
import type { PagePosition } from '../cursor.ts'
import { defineStore } from '../define-store.ts'
import type { StoreEngine } from '../engine.ts'
import type { Entry } from '../entry.ts'
import type { StoreFacts } from '../facts.ts'
import { countEntries, placeOf } from '../generation.ts'
import type { GenerationInfo, HistoryEntry } from '../history.ts'
import {
  type ImportClaiming,
  type ImportReceipt,
  type ImportRun,
  type LedgerQuery,
  type LedgerRecord,
  type QuarantinedLine,
  settledRuns,
  type UndoReceipt,
} from '../importer.ts'
import { RuleCalls } from '../kernel/calls.ts'
import { claimImport, releaseClaim } from '../kernel/claim.ts'
import { type ImportPlan, runImport } from '../kernel/import.ts'
import type { Address } from '../kernel/look-ups.ts'
import { type PruneEngine, prune, type Removed } from '../kernel/prune.ts'
import { redact } from '../kernel/redact.ts'
import type { Context, Rule } from '../kernel/rule.ts'
import type { ImportEngine } from '../kernel/steps.ts'
import { undoImport } from '../kernel/undo.ts'
import type { ListKey } from '../listing.ts'
import { orAborted } from '../or-aborted.ts'
import type { EntryPage, ListOptions, PageOptions, ReadOptions, SessionPage } from '../reader.ts'
import { DEFAULT_RECORD_LIMITS, type RecordLimits } from '../record-text.ts'
import type { PrunePolicy, PruneReport, RedactReceipt } from '../remover.ts'
import type { Route } from '../routes.ts'
import { type CheckedUndo, checkArgument, recordLimitsSchema, storePolicySchema } from '../schemas.ts'
import type { SearchOptions, SearchResult, TranscriptSearch } from '../search.ts'
import type { Session } from '../session.ts'
import { isSameAddress } from '../session-ref.ts'
import type { TranscriptStore } from '../store.ts'
import { DEFAULT_STORE_POLICY, type StorePolicy } from '../store-policy.ts'
import type { Pages } from '../stream.ts'
import type { VerifyReport } from '../verifier.ts'
import { changesAfter, hasChanged } from './changes.ts'
import { copyOf } from './copy.ts'
import { carryOut, withoutStaged } from './effects.ts'
import { storeFacts } from './facts.ts'
import { lookUpsIn } from './look-ups.ts'
import { createMemoryPlace, type MemoryPlace } from './place.ts'
import { listPage, readEntries, readGeneration, readHistory, readPage } from './reading.ts'
import { search } from './search.ts'
import { findSession, type MemoryState, readableSession, type Written } from './state.ts'
import { inPages, inTurn } from './taking-turns.ts'
import { unlistedWithout, withoutUnlisted } from './unlisted.ts'
import { verify } from './verify.ts'
import { addressesOf, liveRanges, sessionView } from './view.ts'
import { routesOf } from './ways.ts'

/** Nothing bounds how many entries a session has. */
const LAST_ENTRY_ID = Number.MAX_SAFE_INTEGER

/** The longest that a timer can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A stream of sessions holds so many. */
const LISTED = 100

/** What the memory store can do: everything but `backup` and `compact`. */
export interface MemoryStore extends TranscriptStore, TranscriptSearch {}

/** How a memory store is made. */
export interface MemoryStoreOptions {
  /** What it keeps its contents in. Defaults to a new place of its own. */
  readonly place?: MemoryPlace
  /** Epoch ms. Defaults to the system's clock. */
  readonly now?: () => number
  readonly policy?: Partial<StorePolicy>
  readonly limits?: Partial<RecordLimits>
}

const memoryStoreOptionsSchema = argument.members<MemoryStoreOptions>({
  place: argument.any<MemoryPlace>().exactOptional(),
  now: argument.call<() => number>().exactOptional(),
  policy: storePolicySchema.exactOptional(),
  limits: recordLimitsSchema.exactOptional(),
})

/**
 * The contract in memory: the backend that others are held against, and a store for tests. Everything is one value that is
 * never changed in place. A rule of the kernel reads it and says what is written; that makes the next value, which the
 * store puts in place in one step: all or nothing (S2), in one order (S5). A reader's snapshot is the value it began with
 * (S13). Reads that go on give the event loop its turns (S20); what looks at everything (`search`, `verify`, `facts`) does
 * so at once.
 *
 * Fails with `InvalidArgument` for an option that is not known, or of the wrong kind.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from '@faircopy/store-core/memory'
 *
 * const store = createMemoryStore()
 * await store.append('greeting', { record: { role: 'user', content: 'hello' } }, { create: {} })
 * console.log((await store.get('greeting'))?.entryCount)
 * ```
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return defineStore(new InMemory(options))
}

class InMemory extends RuleCalls implements StoreEngine {
  readonly place = 'memory'
  readonly limits: RecordLimits
  readonly #memory: MemoryPlace
  readonly #now: () => number
  readonly #policy: StorePolicy

  constructor(options: MemoryStoreOptions) {
    super()
    const checked = checkArgument(memoryStoreOptionsSchema, options, 'options')
    const { place = createMemoryPlace(), now = Date.now, policy = {}, limits = {} } = checked
    this.#memory = place
    this.#now = trustedClock(now)
    this.#now()
    this.#policy = { ...DEFAULT_STORE_POLICY, ...policy }
    this.limits = { ...DEFAULT_RECORD_LIMITS, ...limits }
  }

  async get(address: Address): Promise<Session | null> {
    const found = findSession(this.#state, address)
    return inTurn(found?.state === 'living' ? sessionView(this.#state, found) : null)
  }

  read(address: Address, options: ReadOptions): Pages<Entry> {
    return inPages(() => readEntries(this.#state, address, options))
  }

  async page(address: Address, options: PageOptions, position: PagePosition | null): Promise<EntryPage> {
    return inTurn(readPage(this.#state, address, options, position))
  }

  async list(options: ListOptions, limit: number, after: ListKey | null): Promise<SessionPage> {
    return inTurn(listPage(this.#state, options, limit, after))
  }

  async *sessions(options: ListOptions): Pages<Session> {
    for (let after: ListKey | null | undefined = null; after !== undefined; ) {
      const { sessions, next }: SessionPage = await this.list(options, LISTED, after)
      if (sessions.length > 0) yield sessions
      after = next === null ? undefined : sessions.at(-1)
    }
  }

  history(address: Address): Pages<HistoryEntry> {
    return inPages(() => readHistory(this.#state, address))
  }

  async generations(address: Address): Promise<readonly GenerationInfo[]> {
    const { generations } = readableSession(this.#state, address)
    return generations.map(({ ranges, ...info }) => ({ ...info, entryCount: countEntries(ranges) }))
  }

  readGeneration(address: Address, generation: number): Pages<Entry> {
    return inPages(() => readGeneration(this.#state, address, generation))
  }

  async locate(address: Address, entryId: number): Promise<number | null> {
    return placeOf(liveRanges(readableSession(this.#state, address)), entryId)
  }

  async search(text: string, options: SearchOptions): Promise<SearchResult> {
    return copyOf(search(this.#state, text, options))
  }

  async changes(cursor: string | undefined, limit: number): Promise<ChangePage> {
    return inTurn(changesAfter(this.#state, cursor, limit))
  }

  async waitForChange(cursor: string, ended: AbortSignal, keepAlive: boolean): Promise<void> {
    const alive = keepAlive ? setInterval(() => {}, LONGEST_TIMER_MS) : undefined
    try {
      while (!hasChanged(this.#state, cursor)) {
        await this.#nextWrite(ended)
        ended.throwIfAborted()
      }
    } finally {
      clearInterval(alive)
    }
  }

  async routes(address: Address): Promise<readonly Route[]> {
    return copyOf(routesOf(this.#state, readableSession(this.#state, address).address))
  }

  async import(
    plan: ImportPlan,
    steps: AsyncIterable<CheckedStep> | null,
    ended: AbortSignal,
  ): Promise<ImportReceipt> {
    return runImport(plan, steps, ended, this.#engine)
  }

  async undoImport(undo: CheckedUndo): Promise<UndoReceipt> {
    const receipt = this.#decide((context) => undoImport(undo, context))
    this.#removeUnlisted()
    return receipt
  }

  async claimImport(session: Address, ended: AbortSignal): Promise<ImportClaiming> {
    const token = randomUUID()
    const heldBy = this.#decide((context) => claimImport(session, token, context))
    if (heldBy) return { heldBy }
    const release = (): void => {
      this.#write(carryOut(this.#state, releaseClaim(session, token)))
      ended.removeEventListener('abort', release)
    }
    ended.addEventListener('abort', release)
    return { claim: { release: async () => release() } }
  }

  async ledgerNote(address: Address, key: string): Promise<LedgerRecord | null> {
    const [note] = lookUpsIn(this.#state).notes([{ session: address, key }])
    return copyOf(note?.found ?? null)
  }

  ledger({ session, importId }: LedgerQuery & { readonly session?: Address }): Pages<LedgerRecord> {
    const isAsked = (note: LedgerRecord): boolean =>
      (session === undefined || isSameAddress(session, note.session)) &&
      (importId === undefined || note.importId === importId)
    return inPages(() => this.#state.ledger.filter(isAsked))
  }

  quarantined(address: Address, settled: boolean): Pages<QuarantinedLine & { readonly importId: string }> {
    const isOwn = ({ session }: LedgerRecord): boolean => isSameAddress(session, address)
    return inPages(() => {
      const { quarantined } = readableSession(this.#state, address)
      const runs = settledRuns(settled ? [] : this.#state.ledger.filter(isOwn))
      return quarantined.filter((line) => !runs.has(line.importId))
    })
  }

  imports(): Pages<ImportRun> {
    return inPages(() => this.#state.runs)
  }

  async prune(
    policy: Omit<PrunePolicy, 'hold'>,
    hold: readonly Address[],
    signal?: AbortSignal,
  ): Promise<PruneReport> {
    return prune({ policy, hold, signal }, this.#context(), this.#engine)
  }

  async redact(session: Address, entryId: number, text: string): Promise<RedactReceipt> {
    const call = { session, entryId, text, maxBytes: this.limits.maxBytes }
    return this.#decide((context) => redact(call, context))
  }

  async verify(address: Address | null): Promise<VerifyReport> {
    const state = this.#state
    return verify(state, address ? [readableSession(state, address)] : state.sessions)
  }

  async facts(): Promise<StoreFacts> {
    return storeFacts(this.#state, this.#context())
  }

  async close(): Promise<void> {}

  /** What the runners over several rules ask for. */
  readonly #engine: PruneEngine & ImportEngine = {
    batch: { units: 256 * 1024, count: 500 },
    decide: (ruleOf) => this.decide(ruleOf),
    answer: (ruleOf) => this.answer(ruleOf),
    stage: (ruleOf) => this.decide(ruleOf),
    newToken: randomUUID,
    unstage: async ({ token }) => {
      this.#write({ state: withoutStaged(this.#state, token), result: undefined })
    },
    sweep: async () => {},
    maybeDue: () => inPages(() => addressesOf(this.#state)),
    unlistedWithout: async (going) => unlistedWithout(this.#state, going),
    removeUnlisted: async () => this.#removeUnlisted(),
  }

  get #state(): MemoryState {
    return this.#memory.state
  }

  #context(): Context {
    return { now: this.#now(), policy: this.#policy, lastEntryId: LAST_ENTRY_ID }
  }

  /** Carries out a rule. */
  #decide<T>(ruleOf: (context: Context) => Rule<T>): T {
    return this.#write(carryOut(this.#state, ruleOf(this.#context())))
  }

  protected async decide<T>(ruleOf: (context: Context) => Rule<T>): Promise<T> {
    return this.#decide(ruleOf)
  }

  protected async answer<T>(ruleOf: () => Rule<T>): Promise<T> {
    return this.#decide(ruleOf)
  }

  #removeUnlisted(): Removed {
    const { state, removed: result } = withoutUnlisted(this.#state)
    return this.#write({ state, result })
  }

  /** The only place where anything changes. What it answers is the caller's own. */
  #write<T>({ state, result }: Written<T>): T {
    const changed = state.position !== this.#memory.state.position
    this.#memory.state = state
    if (changed) for (const watcher of this.#memory.watchers) watcher()
    return copyOf(result)
  }

  /** Resolves at the next write, and rejects when `ended`. */
  async #nextWrite(ended: AbortSignal): Promise<void> {
    const { watchers } = this.#memory
    const { promise, resolve } = Promise.withResolvers<void>()
    watchers.add(resolve)
    try {
      await orAborted(promise, ended)
    } finally {
      watchers.delete(resolve)
    }
  }
}
