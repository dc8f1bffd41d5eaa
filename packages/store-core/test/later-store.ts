import type { ChangePage } from '../src/changes.ts'
import type { CheckedStep } from '../src/checked-import.ts'
import { trustedClock } from '../src/clock.ts'
import type { PagePosition } from '../src/cursor.ts'
import { defineStore } from '../src/define-store.ts'
import type { StoreEngine } from '../src/engine.ts'
import type { Entry } from '../src/entry.ts'
import { StoreIo } from '../src/errors.ts'
import type { StoreFacts } from '../src/facts.ts'
import { countEntries, placeOf } from '../src/generation.ts'
import type { GenerationInfo, HistoryEntry } from '../src/history.ts'
import {
  type ImportClaiming,
  type ImportReceipt,
  type ImportRun,
  type LedgerQuery,
  type LedgerRecord,
  type QuarantinedLine,
  settledRuns,
  type UndoReceipt,
} from '../src/importer.ts'
import { RuleCalls } from '../src/kernel/calls.ts'
import { claimImport, releaseClaim } from '../src/kernel/claim.ts'
import { decideLater, type LookUpsLater, type LookUpsNow } from '../src/kernel/drive.ts'
import { type ImportPlan, runImport } from '../src/kernel/import.ts'
import type { Address } from '../src/kernel/look-ups.ts'
import { type PruneEngine, prune, type Removed } from '../src/kernel/prune.ts'
import { redact } from '../src/kernel/redact.ts'
import type { Context, Rule } from '../src/kernel/rule.ts'
import type { ImportEngine } from '../src/kernel/steps.ts'
import { undoImport } from '../src/kernel/undo.ts'
import type { ListKey } from '../src/listing.ts'
import { changesAfter, hasChanged } from '../src/memory/changes.ts'
import { copyOf } from '../src/memory/copy.ts'
import { withoutStaged } from '../src/memory/effects.ts'
import { storeFacts } from '../src/memory/facts.ts'
import { lookUpsIn } from '../src/memory/look-ups.ts'
import { listPage, readEntries, readGeneration, readHistory, readPage } from '../src/memory/reading.ts'
import { search } from '../src/memory/search.ts'
import { findSession, type MemoryState, readableSession } from '../src/memory/state.ts'
import { inPages } from '../src/memory/taking-turns.ts'
import { unlistedWithout, withoutUnlisted } from '../src/memory/unlisted.ts'
import { verify } from '../src/memory/verify.ts'
import { addressesOf, liveRanges, sessionView } from '../src/memory/view.ts'
import { routesOf } from '../src/memory/ways.ts'
import { orAborted } from '../src/or-aborted.ts'
import type { EntryPage, ListOptions, PageOptions, ReadOptions, SessionPage } from '../src/reader.ts'
import { DEFAULT_RECORD_LIMITS, type RecordLimits } from '../src/record-text.ts'
import type { PrunePolicy, PruneReport, RedactReceipt } from '../src/remover.ts'
import type { Route } from '../src/routes.ts'
import type { CheckedUndo } from '../src/schemas.ts'
import type { SearchOptions, SearchResult, TranscriptSearch } from '../src/search.ts'
import type { Session } from '../src/session.ts'
import { isSameAddress } from '../src/session-ref.ts'
import type { TranscriptStore } from '../src/store.ts'
import { DEFAULT_STORE_POLICY, type StorePolicy } from '../src/store-policy.ts'
import type { Pages } from '../src/stream.ts'
import type { VerifyReport } from '../src/verifier.ts'
import { type LaterPlace, Line, Lost, type Write } from './later-place.ts'
import type { Turns } from './later-turns.ts'

/** How a store that is waited for is made. */
export interface LaterStoreOptions {
  readonly place: LaterPlace
  readonly turns: Turns
  /** One of so many writes gets lost; 0: none. */
  readonly losing: number
  /** Where a write got lost, its place is asked what became of it, or the caller is told that nobody knows (S3). */
  readonly onLoss: 'ask' | 'tell'
  readonly now: () => number
  /** An import of more entries is staged, so many at a time. */
  readonly batch?: number
  readonly policy?: Partial<StorePolicy>
  readonly limits?: Partial<RecordLimits>
}

/**
 * A store whose look-ups and writes are waited for, with many of them under way at once, and no lock. It has no rule of its
 * own: it runs the kernel's, and what they rest on is confirmed in the step that writes.
 */
export function createLaterStore(options: LaterStoreOptions): TranscriptStore & TranscriptSearch {
  return defineStore(new Later(options))
}

let tokens = 0

class Later extends RuleCalls implements StoreEngine {
  readonly place = 'later'
  readonly limits: RecordLimits
  readonly #place: LaterPlace
  readonly #line: Line
  readonly #onLoss: LaterStoreOptions['onLoss']
  readonly #engine: PruneEngine & ImportEngine
  readonly #now: () => number
  readonly #policy: StorePolicy
  readonly #releasing = new Set<Promise<void>>()
  /** Settled when the last call is. What this handle writes is written in the order of its calls (S5). */
  #last: Promise<unknown> = Promise.resolve()

  constructor({ place, turns, losing, onLoss, now, batch = 500, policy, limits }: LaterStoreOptions) {
    super()
    this.#place = place
    this.#line = new Line(place, turns, losing)
    this.#onLoss = onLoss
    this.#engine = this.#engineFor(batch)
    this.#now = trustedClock(now)
    this.#policy = { ...DEFAULT_STORE_POLICY, ...policy }
    this.limits = { ...DEFAULT_RECORD_LIMITS, ...limits }
  }

  get(address: Address): Promise<Session | null> {
    return this.#read((state) => {
      const found = findSession(state, address)
      return found?.state === 'living' ? sessionView(state, found) : null
    })
  }

  read(address: Address, options: ReadOptions): Pages<Entry> {
    return this.#stream((state) => readEntries(state, address, options))
  }

  page(address: Address, options: PageOptions, position: PagePosition | null): Promise<EntryPage> {
    return this.#read((state) => readPage(state, address, options, position))
  }

  list(options: ListOptions, limit: number, after: ListKey | null): Promise<SessionPage> {
    return this.#read((state) => listPage(state, options, limit, after))
  }

  sessions(options: ListOptions): Pages<Session> {
    return this.#stream((state) => listPage(state, options, Number.POSITIVE_INFINITY, null).sessions)
  }

  history(address: Address): Pages<HistoryEntry> {
    return this.#stream((state) => readHistory(state, address))
  }

  generations(address: Address): Promise<readonly GenerationInfo[]> {
    return this.#read((state) =>
      readableSession(state, address).generations.map(({ ranges, ...info }) => {
        return { ...info, entryCount: countEntries(ranges) }
      }),
    )
  }

  readGeneration(address: Address, generation: number): Pages<Entry> {
    return this.#stream((state) => readGeneration(state, address, generation))
  }

  locate(address: Address, entryId: number): Promise<number | null> {
    return this.#read((state) => placeOf(liveRanges(readableSession(state, address)), entryId))
  }

  search(text: string, options: SearchOptions): Promise<SearchResult> {
    return this.#read((state) => search(state, text, options))
  }

  changes(cursor: string | undefined, limit: number): Promise<ChangePage> {
    return this.#read((state) => changesAfter(state, cursor, limit))
  }

  async waitForChange(cursor: string, ended: AbortSignal): Promise<void> {
    const { watchers } = this.#place
    while (!hasChanged(this.#place.state, cursor)) {
      const { promise, resolve: change } = Promise.withResolvers<void>()
      watchers.add(change)
      await orAborted(promise, ended).finally(() => watchers.delete(change))
    }
  }

  routes(address: Address): Promise<readonly Route[]> {
    return this.#read((state) => routesOf(state, readableSession(state, address).address))
  }

  import(
    plan: ImportPlan,
    steps: AsyncIterable<CheckedStep> | null,
    ended: AbortSignal,
  ): Promise<ImportReceipt> {
    return runImport(plan, steps, ended, this.#engine)
  }

  async undoImport(undo: CheckedUndo): Promise<UndoReceipt> {
    const receipt = await this.decide((context) => undoImport(undo, context))
    await this.#removeUnlisted()
    return receipt
  }

  async claimImport(session: Address, ended: AbortSignal): Promise<ImportClaiming> {
    const token = nextToken()
    const heldBy = await this.decide((context) => claimImport(session, token, context))
    if (heldBy) return { heldBy }
    const release = async (): Promise<void> => {
      ended.removeEventListener('abort', releaseAtEnd)
      await this.decide(() => releaseClaim(session, token))
    }
    const releaseAtEnd = (): void => void this.#releasing.add(release())
    ended.addEventListener('abort', releaseAtEnd)
    if (ended.aborted) releaseAtEnd()
    return { claim: { release } }
  }

  ledgerNote(session: Address, key: string): Promise<LedgerRecord | null> {
    return this.#read((state) => lookUpsIn(state).notes([{ session, key }])[0]?.found ?? null)
  }

  ledger({ session, importId }: LedgerQuery & { readonly session?: Address }): Pages<LedgerRecord> {
    return this.#stream(({ ledger }) =>
      ledger.filter(
        (note) =>
          (session === undefined || isSameAddress(session, note.session)) &&
          (importId === undefined || importId === note.importId),
      ),
    )
  }

  quarantined(address: Address, settled: boolean): Pages<QuarantinedLine & { readonly importId: string }> {
    return this.#stream((state) => {
      const own = state.ledger.filter(({ session }) => isSameAddress(session, address))
      const runs = settledRuns(settled ? [] : own)
      return readableSession(state, address).quarantined.filter((line) => !runs.has(line.importId))
    })
  }

  imports(): Pages<ImportRun> {
    return this.#stream(({ runs }) => runs)
  }

  async prune(
    policy: Omit<PrunePolicy, 'hold'>,
    hold: readonly Address[],
    signal?: AbortSignal,
  ): Promise<PruneReport> {
    return prune({ policy, hold, signal }, this.#context(), this.#engine)
  }

  redact(session: Address, entryId: number, text: string): Promise<RedactReceipt> {
    const call = { session, entryId, text, maxBytes: this.limits.maxBytes }
    return this.decide((context) => redact(call, context))
  }

  verify(address: Address | null): Promise<VerifyReport> {
    return this.#read((state) => verify(state, address ? [readableSession(state, address)] : state.sessions))
  }

  facts(): Promise<StoreFacts> {
    return this.#read((state) => storeFacts(state, this.#context()))
  }

  async close(): Promise<void> {
    await Promise.all(this.#releasing)
  }

  /** What the runners over several rules ask for. */
  #engineFor(batch: number): PruneEngine & ImportEngine {
    return {
      decide: (ruleOf) => this.decide(ruleOf),
      answer: (ruleOf) => this.answer(ruleOf),
      stage: (ruleOf) => this.decide(ruleOf),
      maybeDue: () => this.#pageOfAll(),
      unlistedWithout: (going) => this.#read((state) => unlistedWithout(state, going)),
      removeUnlisted: () => this.#removeUnlisted(),
      batch: { units: 256 * 1024, count: batch },
      newToken: nextToken,
      unstage: ({ token }) =>
        this.#line.change((state) => ({ state: withoutStaged(state, token), result: undefined })),
      sweep: async () => {},
    }
  }

  async *#pageOfAll(): AsyncGenerator<readonly Address[]> {
    yield addressesOf(await this.#line.state())
  }

  #removeUnlisted(): Promise<Removed> {
    return this.#line.change((state) => {
      const { state: next, removed: result } = withoutUnlisted(state)
      return { state: next, result }
    })
  }

  #context(): Context {
    return { now: this.#now(), policy: this.#policy, lastEntryId: Number.MAX_SAFE_INTEGER }
  }

  async #read<T>(answer: (state: MemoryState) => T): Promise<T> {
    return copyOf(answer(await this.#line.state()))
  }

  async *#stream<T>(begin: (state: MemoryState) => Iterable<T>): Pages<T> {
    const state = await this.#line.state()
    yield* inPages(() => begin(state))
  }

  protected answer<T>(ruleOf: () => Rule<T>): Promise<T> {
    return this.decide(ruleOf)
  }

  protected decide<T>(ruleOf: (context: Context) => Rule<T>): Promise<T> {
    const before = this.#last
    const decided = this.#decideBehind(before, ruleOf)
    this.#last = decided.catch(() => before)
    return decided
  }

  /** Looks at once, and writes when it is its turn. */
  async #decideBehind<T>(before: Promise<unknown>, ruleOf: (context: Context) => Rule<T>): Promise<T> {
    let rule: Write['rule'] | undefined
    const begin = (): Rule<T> => {
      const context = this.#context()
      rule = () => ruleOf(context)
      return ruleOf(context)
    }
    const answer = await decideLater(begin, {
      lookUps: lookUpsOver(this.#line),
      confirm: async (ran) => {
        await before
        return rule !== undefined && this.#confirm({ token: nextToken(), ran, rule })
      },
    })
    return copyOf(answer)
  }

  async #confirm(write: Write): Promise<boolean> {
    try {
      return await this.#line.write(write)
    } catch (error) {
      if (!(error instanceof Lost)) throw error
      if (this.#onLoss === 'ask') return this.#line.settle(write.token)
      if (!writesAnything(write)) return false
      throw new StoreIo(this.place, 'unknown', error)
    }
  }
}

function nextToken(): string {
  return String(++tokens)
}

function writesAnything({ ran }: Write): boolean {
  return 'decision' in ran && ran.decision.effects.length > 0
}

/** The look-ups of one rule: those that are asked for at once are answered from one moment, and others from a later one. */
function lookUpsOver(line: Line): LookUpsLater {
  let moment: Promise<LookUpsNow> | null = null
  const nextMoment = async (): Promise<LookUpsNow> => {
    await null
    moment = null
    return line.lookUps()
  }
  return new Proxy({} as LookUpsLater, {
    get: (_, name: keyof LookUpsLater) => async (asked: never[]) => {
      moment ??= nextMoment()
      return ((await moment)[name] as (asked: never[]) => unknown)(asked)
    },
  })
}
