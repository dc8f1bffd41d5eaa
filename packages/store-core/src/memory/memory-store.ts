import type {
  AppenderScope,
  AppendOptions,
  HeldReceipt,
  OriginTarget,
  TranscriptAppender,
} from '../appender.ts'
import { argument } from '../argument.ts'
import type { ChangeOptions, ChangePage, WaitOptions } from '../changes.ts'
import { trustedClock } from '../clock.ts'
import type { Entry, NewEntry } from '../entry.ts'
import { StoreClosed } from '../errors.ts'
import type { StoreFacts } from '../facts.ts'
import { countEntries, placeOf } from '../generation.ts'
import type { GenerationInfo, HistoryEntry } from '../history.ts'
import {
  type ImportClaiming,
  type ImportReceipt,
  type ImportRun,
  type ImportStep,
  type ImportUndo,
  type LedgerQuery,
  type LedgerRecord,
  type QuarantinedLine,
  type QuarantineQuery,
  type SessionImport,
  settledRuns,
  type UndoReceipt,
} from '../importer.ts'
import type { Opened, Opening, OpenOptions, OpenTarget } from '../opener.ts'
import { orAborted } from '../or-aborted.ts'
import type { Origin } from '../origin.ts'
import type {
  EntryPage,
  ListOptions,
  ListPageOptions,
  PageOptions,
  ReadOptions,
  SessionPage,
} from '../reader.ts'
import type { Receipt } from '../receipt.ts'
import { DEFAULT_RECORD_LIMITS, type RecordLimits } from '../record-text.ts'
import type { PrunePolicy, PruneReport, RedactReceipt } from '../remover.ts'
import type { Fork, ForkOptions, Replacement, RewriteOptions, RewriteReceipt } from '../rewriter.ts'
import type { Route } from '../routes.ts'
import {
  appendOptionsSchema,
  changeOptionsSchema,
  checkArgument,
  checkImport,
  checkSession,
  checkUndo,
  forkSchema,
  generationSchema,
  isOriginTarget,
  listPageOptionsSchema,
  newSessionSchema,
  openingSchema,
  openOptionsSchema,
  openTargetSchema,
  originSchema,
  originTargetSchema,
  pageOptionsSchema,
  prunePolicySchema,
  readOptionsSchema,
  recordLimitsSchema,
  redactionSchema,
  replacementSchema,
  rewriteOptionsSchema,
  sessionPatchSchema,
  storePolicySchema,
  waitOptionsSchema,
  writeConditionSchema,
} from '../schemas.ts'
import type { SearchOptions, SearchResult, TranscriptSearch } from '../search.ts'
import { searchOptionsSchema } from '../search-options.ts'
import type { NewSession, Session, SessionPatch, WriteCondition } from '../session.ts'
import { DEFAULT_NAMESPACE, type SessionRef } from '../session-ref.ts'
import type { TranscriptStore } from '../store.ts'
import { DEFAULT_STORE_POLICY, type StorePolicy } from '../store-policy.ts'
import { untilAborted } from '../until-aborted.ts'
import type { VerifyOptions, VerifyReport } from '../verifier.ts'
import { append } from './append.ts'
import { changesAfter, hasChanged } from './changes.ts'
import { claimImport } from './claim.ts'
import { create } from './create.ts'
import { deleteSession, undelete } from './delete.ts'
import { storeFacts } from './facts.ts'
import { fork } from './fork.ts'
import { importedAlready, importSession, ledgerNote } from './import.ts'
import { narrowAppender } from './narrow-appender.ts'
import { open, openedSession } from './open.ts'
import { createMemoryPlace, type MemoryPlace } from './place.ts'
import { prune } from './prune.ts'
import { listPage, readEntries, readGeneration, readHistory, readPage } from './reading.ts'
import { redact } from './redact.ts'
import { replace } from './replace.ts'
import { resolve, route, routesOf } from './resolve.ts'
import { saidEntries } from './said.ts'
import { search } from './search.ts'
import { findSession, type MemoryState, readableSession, type Written } from './state.ts'
import type { StoreClock } from './store-clock.ts'
import { inTurn, takingTurns } from './taking-turns.ts'
import { undoImport } from './undo.ts'
import { update } from './update.ts'
import { verify } from './verify.ts'
import { liveRanges, sessionView } from './view.ts'

/** The longest that a timer can be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

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
 * The contract in memory: the specification that other backends are held against, and a store for tests. Everything is
 * one value that is never changed in place. A write is a pure function of it ({@link append}, {@link replace} and so on,
 * a file each) that makes the next value, and the store puts that in place in one step: all or nothing (S2), in one
 * order (S5). A reader's snapshot is the value it began with (S13). Reads that go on give the event loop its turns (S20);
 * what looks at everything (`search`, `verify`, `facts`) does so at once.
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
  return new InMemory(options)
}

class InMemory implements MemoryStore {
  readonly #place: MemoryPlace
  readonly #now: () => number
  readonly #policy: StorePolicy
  readonly #limits: RecordLimits
  readonly #closing = new AbortController()

  constructor(options: MemoryStoreOptions) {
    const checked = checkArgument(memoryStoreOptionsSchema, options, 'options')
    const { place = createMemoryPlace(), now = Date.now, policy = {}, limits = {} } = checked
    this.#place = place
    this.#now = trustedClock(now)
    this.#now()
    this.#policy = { ...DEFAULT_STORE_POLICY, ...policy }
    this.#limits = { ...DEFAULT_RECORD_LIMITS, ...limits }
  }

  async get(session: SessionRef): Promise<Session | null> {
    const found = findSession(this.#state(), checkSession(session))
    return inTurn(found?.state === 'living' ? sessionView(this.#state(), found) : null)
  }

  async *read(session: SessionRef, options: ReadOptions = {}): AsyncGenerator<Entry> {
    const checked = checkArgument(readOptionsSchema, options, 'options')
    yield* takingTurns(readEntries(this.#state(), checkSession(session), checked))
  }

  async page(session: SessionRef, options: PageOptions = {}): Promise<EntryPage> {
    const checked = checkArgument(pageOptionsSchema, options, 'options')
    return inTurn(readPage(this.#state(), checkSession(session), checked))
  }

  async list(options: ListPageOptions = {}): Promise<SessionPage> {
    return inTurn(listPage(this.#state(), checkArgument(listPageOptionsSchema, options, 'options')))
  }

  async *sessions(options: ListOptions = {}): AsyncGenerator<Session> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: SessionPage = await this.list({ ...options, ...(cursor === undefined ? {} : { cursor }) })
      yield* takingTurns(page.sessions)
      cursor = page.next
    }
  }

  async *history(session: SessionRef): AsyncGenerator<HistoryEntry> {
    yield* takingTurns(readHistory(this.#state(), checkSession(session)))
  }

  async generations(session: SessionRef): Promise<readonly GenerationInfo[]> {
    const { generations } = readableSession(this.#state(), checkSession(session))
    return generations.map(({ ranges, ...info }) => ({ ...info, entryCount: countEntries(ranges) }))
  }

  async *readGeneration(session: SessionRef, generation: number): AsyncGenerator<Entry> {
    const address = checkSession(session)
    const number = checkArgument(generationSchema, generation, 'generation')
    yield* takingTurns(readGeneration(this.#state(), address, number))
  }

  async locate(session: SessionRef, entryId: number): Promise<number | null> {
    return placeOf(liveRanges(readableSession(this.#state(), checkSession(session))), entryId)
  }

  async search(text: string, options: SearchOptions = {}): Promise<SearchResult> {
    return search(this.#state(), text, checkArgument(searchOptionsSchema, options, 'options'))
  }

  async changes(cursor?: string, options: ChangeOptions = {}): Promise<ChangePage> {
    const { limit = 100 } = checkArgument(changeOptionsSchema, options, 'options')
    return inTurn(changesAfter(this.#state(), cursor, limit))
  }

  async waitForChange(cursor: string, options: WaitOptions = {}): Promise<void> {
    const { signal, keepAlive = true } = checkArgument(waitOptionsSchema, options, 'options')
    const ended = this.#orClosed(signal)
    const alive = keepAlive ? setInterval(() => {}, LONGEST_TIMER_MS) : undefined
    try {
      for (;;) {
        ended.throwIfAborted()
        if (hasChanged(this.#state(), cursor)) return
        await this.#nextWrite(ended)
      }
    } finally {
      clearInterval(alive)
    }
  }

  async create(session: SessionRef, about: NewSession = {}): Promise<Session> {
    const address = checkSession(session)
    const checked = checkArgument(newSessionSchema, about, 'about')
    const created = this.#write((state, clock) => create(state, address, checked, clock))
    return sessionView(this.#state(), created)
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
    options: AppendOptions = {},
  ): Promise<Receipt | HeldReceipt> {
    const to = isOriginTarget(target)
      ? checkArgument(originTargetSchema, target, 'target')
      : checkSession(target)
    const checked = checkArgument(appendOptionsSchema, options, 'options')
    const said = saidEntries(entries, checked.writer ?? 'gateway', this.#limits)
    return this.#write((state, clock) => append(state, to, said, checked, clock))
  }

  appender(scope: AppenderScope): TranscriptAppender {
    return narrowAppender(this, scope)
  }

  async update(session: SessionRef, patch: SessionPatch, options: WriteCondition = {}): Promise<Session> {
    const address = checkSession(session)
    const checked = checkArgument(sessionPatchSchema, patch, 'patch')
    const condition = checkArgument(writeConditionSchema, options, 'options')
    const updated = this.#write((state, { now }) => update(state, address, checked, condition, now))
    return sessionView(this.#state(), updated)
  }

  async replace(
    session: SessionRef,
    replacement: Replacement,
    options: RewriteOptions = {},
  ): Promise<RewriteReceipt> {
    const address = checkSession(session)
    const { entries, ...rest } = checkArgument(replacementSchema, replacement, 'replacement')
    const checked = checkArgument(rewriteOptionsSchema, options, 'options')
    const said = saidEntries(entries, checked.writer ?? 'gateway', this.#limits)
    return this.#write((state, { now }) => replace(state, address, rest, said, checked, now))
  }

  async fork(parent: SessionRef, about: Fork, options: ForkOptions = {}): Promise<Session> {
    const address = checkSession(parent)
    const checked = checkArgument(forkSchema, about, 'fork')
    const condition = checkArgument(rewriteOptionsSchema, options, 'options')
    const forked = this.#write((state, clock) => fork(state, address, checked, condition, clock))
    return sessionView(this.#state(), forked)
  }

  async resolve(origin: Origin, namespace: string = DEFAULT_NAMESPACE): Promise<Session | null> {
    const found = resolve(this.#state(), checkArgument(originSchema, origin, 'origin'), namespace)
    return found && sessionView(this.#state(), found)
  }

  async route(origin: Origin, session: SessionRef): Promise<void> {
    const address = checkSession(session)
    const checked = checkArgument(originSchema, origin, 'origin')
    this.#write((state, { now }) => route(state, checked, address, now))
  }

  async routes(session: SessionRef): Promise<readonly Route[]> {
    return routesOf(this.#state(), readableSession(this.#state(), checkSession(session)).address)
  }

  async opened(target: OpenTarget): Promise<Session | null> {
    const found = openedSession(this.#state(), checkArgument(openTargetSchema, target, 'target'))
    return found && sessionView(this.#state(), found)
  }

  async open(target: OpenTarget, opening: Opening, options: OpenOptions = {}): Promise<Opened> {
    const at = checkArgument(openTargetSchema, target, 'target')
    const { entries = [], ...rest } = checkArgument(openingSchema, opening, 'opening')
    const checked = checkArgument(openOptionsSchema, options, 'options')
    const said = saidEntries(entries, checked.writer ?? 'gateway', this.#limits)
    return this.#write((state, clock) => open(state, at, rest, said, checked, clock))
  }

  async import(given: SessionImport): Promise<ImportReceipt> {
    const plan = checkImport(given)
    const address = plan.session
    if (ledgerNote(this.#state(), address, plan.note.key)) return importedAlready(this.#state(), address)
    const ended = this.#orClosed(plan.signal)
    const steps: ImportStep[] = []
    if (plan.steps) for await (const step of untilAborted(plan.steps, ended)) steps.push(step)
    await orAborted(plan.confirm?.(), ended)
    ended.throwIfAborted()
    return this.#write((state, clock) =>
      importSession(state, address, plan, plan.steps && steps, this.#limits, clock),
    )
  }

  async undoImport(undo: ImportUndo): Promise<UndoReceipt> {
    const address = checkSession(undo.session)
    const checked = checkUndo(undo)
    return this.#write((state, clock) => undoImport(state, address, checked, clock))
  }

  async claimImport(session: SessionRef): Promise<ImportClaiming> {
    const address = checkSession(session)
    this.#closing.signal.throwIfAborted()
    return claimImport(this.#place, address, this.#now(), this.#closing.signal)
  }

  async ledgerNote(session: SessionRef, key: string): Promise<LedgerRecord | null> {
    return ledgerNote(this.#state(), checkSession(session), key)
  }

  async *ledger(query: LedgerQuery = {}): AsyncGenerator<LedgerRecord> {
    const asked = query.session === undefined ? null : checkSession(query.session)
    for await (const note of takingTurns(this.#state().ledger)) {
      const isAsked =
        (asked === null || (asked.id === note.session.id && asked.namespace === note.session.namespace)) &&
        (query.importId === undefined || note.importId === query.importId)
      if (isAsked) yield note
    }
  }

  async *quarantined(
    session: SessionRef,
    { settled = false }: QuarantineQuery = {},
  ): AsyncGenerator<QuarantinedLine & { readonly importId: string }> {
    const { namespace, id } = checkSession(session)
    const { quarantined } = readableSession(this.#state(), { namespace, id })
    const isOwn = (note: LedgerRecord): boolean =>
      note.session.id === id && note.session.namespace === namespace
    const runs = settledRuns(settled ? [] : this.#state().ledger.filter(isOwn))
    for await (const line of takingTurns(quarantined)) if (!runs.has(line.importId)) yield line
  }

  async *imports(): AsyncGenerator<ImportRun> {
    yield* takingTurns(this.#state().runs)
  }

  async delete(session: SessionRef, options: WriteCondition = {}): Promise<void> {
    const address = checkSession(session)
    const condition = checkArgument(writeConditionSchema, options, 'options')
    this.#write((state, { now }) => deleteSession(state, address, condition, now))
  }

  async undelete(session: SessionRef): Promise<Session> {
    const address = checkSession(session)
    const back = this.#write((state, clock) => undelete(state, address, clock))
    return sessionView(this.#state(), back)
  }

  async prune(policy: PrunePolicy, { signal }: { readonly signal?: AbortSignal } = {}): Promise<PruneReport> {
    signal?.throwIfAborted()
    const { hold = [], ...rest } = checkArgument(prunePolicySchema, policy, 'policy')
    const held = hold.map(checkSession)
    return this.#write((state, clock) => prune(state, rest, held, clock))
  }

  async redact(session: SessionRef, entryId: number, text: string): Promise<RedactReceipt> {
    const address = checkSession(session)
    const asked = checkArgument(redactionSchema, { entryId, text }, 'redaction')
    const { maxBytes } = this.#limits
    return this.#write((state, { now }) => redact(state, address, { ...asked, maxBytes }, now))
  }

  async verify({ session }: VerifyOptions = {}): Promise<VerifyReport> {
    const state = this.#state()
    if (session === undefined) return verify(state, state.sessions)
    return verify(state, [readableSession(state, checkSession(session))])
  }

  async facts(): Promise<StoreFacts> {
    return storeFacts(this.#state(), this.#clock())
  }

  async close(): Promise<void> {
    this.#closing.abort(new StoreClosed('memory'))
  }

  #state(): MemoryState {
    this.#closing.signal.throwIfAborted()
    return this.#place.state
  }

  #clock(): StoreClock {
    return { now: this.#now(), policy: this.#policy }
  }

  /** The only place where anything changes. */
  #write<T>(write: (state: MemoryState, clock: StoreClock) => Written<T>): T {
    const { state, result } = write(this.#state(), this.#clock())
    const changed = state.position !== this.#place.state.position
    this.#place.state = state
    if (changed) for (const watcher of this.#place.watchers) watcher()
    return result
  }

  /** Resolves at the next write, and rejects when `ended`. */
  async #nextWrite(ended: AbortSignal): Promise<void> {
    const { watchers } = this.#place
    const { promise, resolve } = Promise.withResolvers<void>()
    watchers.add(resolve)
    try {
      await orAborted(promise, ended)
    } finally {
      watchers.delete(resolve)
    }
  }

  /** Aborted by the caller's signal, or when the store is closed. */
  #orClosed(signal: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([...(signal ? [signal] : []), this.#closing.signal])
  }
}
