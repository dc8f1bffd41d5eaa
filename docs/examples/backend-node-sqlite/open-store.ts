import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type {
  ChangeKind,
  ChangePage,
  Entry,
  EntryPage,
  GenerationInfo,
  HistoryEntry,
  ListOptions,
  PageOptions,
  ReadOptions,
  RecordLimits,
  Route,
  Session,
  SessionPage,
  StorePolicy,
  TranscriptStore,
} from '@faircopy/store-core'
import {
  type Address,
  type CheckedStep,
  type CheckedUndo,
  type Context,
  claimImport,
  DEFAULT_RECORD_LIMITS,
  DEFAULT_STORE_POLICY,
  decodeChangeCursor,
  defineStore,
  encodeChangeCursor,
  giveWay,
  type ImportEngine,
  type ImportPlan,
  isHeldLately,
  type ListKey,
  type PagePosition,
  type Pages,
  type PruneEngine,
  placeOf,
  prune,
  type Rule,
  RuleCalls,
  redact,
  releaseClaim,
  runImport,
  runNow,
  type StoreEngine,
  settledRuns,
  trustedClock,
  undoImport,
} from '@faircopy/store-core/backend'
import type {
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
import { removeStaged, writeEffects } from './effects.ts'
import { lookUpsIn } from './look-ups.ts'
import {
  listedSessions,
  readableSession,
  readEntries,
  readGeneration,
  readHistory,
  readList,
  readPage,
} from './reading.ts'
import type { Rows } from './rows.ts'
import { findSession, rangesOf, sessionView } from './sessions.ts'
import { TranscriptFile } from './transcript-file.ts'
import { removeUnlisted, storeFacts, sweepStaged, unlistedWithout, verifySteps } from './upkeep.ts'

const LOOK_AGAIN_MS = 20

export interface OpenOptions {
  readonly path: string
  /** Epoch ms. Defaults to the system's clock. */
  readonly now?: () => number
  readonly policy?: Partial<StorePolicy>
  readonly limits?: Partial<RecordLimits>
  /** How long a write waits for another process. */
  readonly waitMs?: number
}

/** A store in one file, by Node's own SQLite: all of the contract but search, backup and compact. */
export function openStore(options: OpenOptions): TranscriptStore {
  return defineStore(new Engine(options))
}

class Engine extends RuleCalls implements StoreEngine {
  readonly place: string
  readonly limits: RecordLimits
  readonly #file: TranscriptFile
  readonly #now: () => number
  readonly #policy: StorePolicy

  constructor({ path, now = Date.now, policy, limits, waitMs = 5000 }: OpenOptions) {
    super()
    this.place = path
    this.limits = { ...DEFAULT_RECORD_LIMITS, ...limits }
    this.#policy = { ...DEFAULT_STORE_POLICY, ...policy }
    this.#now = trustedClock(now)
    this.#file = new TranscriptFile(path, waitMs)
  }

  /** Carries out a rule of the contract: its look-ups and what it decides are one transaction. */
  protected decide<T>(ruleOf: (context: Context) => Rule<T>): Promise<T> {
    return this.#file.write((rows) => {
      const { effects, answer } = runNow(ruleOf(this.#context()), lookUpsIn(rows))
      writeEffects(rows, effects)
      return answer
    })
  }

  protected answer<T>(ruleOf: () => Rule<T>): Promise<T> {
    return this.#file.read((rows) => runNow(ruleOf(), lookUpsIn(rows)).answer)
  }

  get(address: Address): Promise<Session | null> {
    return this.#file.read((rows) => {
      const row = findSession(rows, address)
      return row?.state === 'living' ? sessionView(row) : null
    })
  }

  read(address: Address, options: ReadOptions): Pages<Entry> {
    return this.#file.stream((rows) => readEntries(rows, address, options))
  }

  page(address: Address, options: PageOptions, position: PagePosition | null): Promise<EntryPage> {
    return this.#file.read((rows) => readPage(rows, address, options, position))
  }

  list(options: ListOptions, limit: number, after: ListKey | null): Promise<SessionPage> {
    return this.#file.read((rows) => readList(rows, options, limit, after))
  }

  sessions(options: ListOptions): Pages<Session> {
    return this.#file.stream((rows) => listedSessions(rows, options, null))
  }

  history(address: Address): Pages<HistoryEntry> {
    return this.#file.stream((rows) => readHistory(rows, address))
  }

  generations(address: Address): Promise<readonly GenerationInfo[]> {
    const sql = `SELECT l.generation, l.at, l.reason, coalesce(sum(r.last - r.first + 1), 0) AS entryCount
                 FROM list l LEFT JOIN range r ON r.session = l.session AND r.generation = l.generation
                 WHERE l.session = ? GROUP BY l.generation ORDER BY l.generation`
    return this.#file.read((rows) =>
      rows.all<GenerationInfo>(sql, readableSession(rows, address).number).map((info) => ({ ...info })),
    )
  }

  readGeneration(address: Address, generation: number): Pages<Entry> {
    return this.#file.stream((rows) => readGeneration(rows, address, generation))
  }

  locate(address: Address, entryId: number): Promise<number | null> {
    return this.#file.read((rows) => placeOf(rangesOf(rows, readableSession(rows, address)), entryId))
  }

  routes(address: Address): Promise<readonly Route[]> {
    return this.#file.read((rows) => {
      const { number, namespace, id } = readableSession(rows, address)
      return rows
        .all<{ origin: string }>('SELECT origin FROM route WHERE session = ? ORDER BY number', number)
        .map(({ origin }) => ({ namespace, origin: JSON.parse(origin), session: id }))
    })
  }

  /** The sessions that changed since a cursor, each at the place of its last change (S19). */
  changes(cursor: string | undefined, limit: number): Promise<ChangePage> {
    const sql = `SELECT * FROM session s WHERE position > ? AND NOT (state = 'undone' AND EXISTS (
      SELECT 1 FROM session o WHERE o.namespace = s.namespace AND o.id = s.id AND o.position > s.position))
      ORDER BY position LIMIT ?`
    return this.#file.read((rows) => {
      const { id: storeId, position } = storeRow(rows)
      const after = cursor === undefined ? 0 : decodeChangeCursor(cursor, storeId, position)
      const changed = rows.all<ChangedRow>(sql, after, limit + 1)
      const page = changed.slice(0, limit)
      const last = changed.length > limit ? page.at(-1)?.position : undefined
      return {
        changes: page.map(({ namespace, id, change, revision, generation }) => {
          return { session: { namespace, id }, change, revision, generation }
        }),
        cursor: encodeChangeCursor(storeId, last ?? position),
      }
    })
  }

  /** Other processes write too, so it looks again and again. */
  async waitForChange(cursor: string, ended: AbortSignal, keepAlive: boolean): Promise<void> {
    const hasChanged = (rows: Rows): boolean => {
      const { id, position } = storeRow(rows)
      return position > decodeChangeCursor(cursor, id, position)
    }
    while (!(await this.#file.read(hasChanged))) {
      await sleep(LOOK_AGAIN_MS, undefined, { ref: keepAlive, signal: ended }).catch(() => {})
      ended.throwIfAborted()
    }
  }

  import(
    plan: ImportPlan,
    steps: AsyncIterable<CheckedStep> | null,
    ended: AbortSignal,
  ): Promise<ImportReceipt> {
    return runImport(plan, steps, ended, this.#runners)
  }

  async undoImport(undo: CheckedUndo): Promise<UndoReceipt> {
    const receipt = await this.decide((context) => undoImport(undo, context))
    await this.#file.write(removeUnlisted)
    return receipt
  }

  async claimImport(session: Address, ended: AbortSignal): Promise<ImportClaiming> {
    const token = randomUUID()
    const heldBy = await this.decide((context) => claimImport(session, token, context))
    if (heldBy) return { heldBy }
    let releasing: Promise<void> | null = null
    const release = (): Promise<void> => {
      releasing ??= this.decide(() => releaseClaim(session, token))
      return releasing
    }
    ended.addEventListener('abort', () => release().catch(() => {}))
    return { claim: { release } }
  }

  ledgerNote(session: Address, key: string): Promise<LedgerRecord | null> {
    return this.#file.read((rows) => lookUpsIn(rows).notes([{ session, key }])[0]?.found ?? null)
  }

  ledger({ session, importId }: LedgerQuery & { readonly session?: Address }): Pages<LedgerRecord> {
    const sql = `SELECT note FROM note WHERE namespace = coalesce(?, namespace) AND id = coalesce(?, id)
                 AND import_id = coalesce(?, import_id) ORDER BY number`
    const asked = [session?.namespace ?? null, session?.id ?? null, importId ?? null]
    return this.#file.stream((rows) =>
      rows.each<{ note: string }>(sql, ...asked).map(({ note }) => JSON.parse(note)),
    )
  }

  quarantined(address: Address, settled: boolean): Pages<QuarantinedLine & { readonly importId: string }> {
    return this.#file.stream((rows) => {
      const { number, namespace, id } = readableSession(rows, address)
      const notes = rows.all<{ note: string }>(
        'SELECT note FROM note WHERE namespace = ? AND id = ?',
        namespace,
        id,
      )
      const runs = settledRuns(settled ? [] : notes.map(({ note }) => JSON.parse(note)))
      return rows
        .each<LineRow>('SELECT * FROM line WHERE session = ? ORDER BY number', number)
        .filter(({ import_id }) => !runs.has(import_id))
        .map(({ import_id, about, bytes }) => ({ ...JSON.parse(about), bytes, importId: import_id }))
    })
  }

  imports(): Pages<ImportRun> {
    return this.#file.stream((rows) =>
      rows.each<{ run: string }>('SELECT run FROM run ORDER BY number').map(({ run }) => JSON.parse(run)),
    )
  }

  prune(
    policy: Omit<PrunePolicy, 'hold'>,
    hold: readonly Address[],
    signal?: AbortSignal,
  ): Promise<PruneReport> {
    return prune({ policy, hold, signal }, this.#context(), this.#runners)
  }

  redact(session: Address, entryId: number, text: string): Promise<RedactReceipt> {
    const call = { session, entryId, text, maxBytes: this.limits.maxBytes }
    return this.decide((context) => redact(call, context))
  }

  async verify(
    address: Address | null,
    { signal, onProgress }: Omit<VerifyOptions, 'session'>,
  ): Promise<VerifyReport> {
    const reports = this.#file.stream(function* (rows) {
      const steps = verifySteps(rows, address && readableSession(rows, address))
      for (let step = steps.next(); ; step = steps.next()) {
        yield step
        if (step.done) return
      }
    })
    for await (const page of reports) {
      signal?.throwIfAborted()
      if (isHeldLately()) await giveWay()
      const last = page.at(-1)
      if (last?.done) return last.value
      if (last) onProgress?.({ ...last.value })
    }
    throw new Error('A check that does not end')
  }

  facts(): Promise<StoreFacts> {
    return this.#file.read((rows) => storeFacts(rows, this.place, this.#context()))
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** What imports and pruning, which are several rules, need besides. */
  readonly #runners: PruneEngine & ImportEngine = {
    batch: { units: 256 * 1024, count: 500 },
    decide: (ruleOf) => this.decide(ruleOf),
    answer: (ruleOf) => this.answer(ruleOf),
    stage: (ruleOf) => this.decide(ruleOf),
    newToken: randomUUID,
    unstage: ({ token }) => this.#file.write((rows) => removeStaged(rows, token)),
    sweep: () => this.#file.write(sweepStaged),
    maybeDue: () =>
      this.#file.stream((rows) =>
        rows
          .each<Address>(`SELECT namespace, id FROM session WHERE state <> 'undone' ORDER BY number`)
          .map(({ namespace, id }) => ({ namespace, id })),
      ),
    unlistedWithout: (going) => this.#file.write((rows) => unlistedWithout(rows, going)),
    removeUnlisted: () => this.#file.write(removeUnlisted),
  }

  #context(): Context {
    return { now: this.#now(), policy: this.#policy, lastEntryId: Number.MAX_SAFE_INTEGER }
  }
}

interface ChangedRow extends Address {
  readonly position: number
  readonly change: ChangeKind
  readonly revision: number
  readonly generation: number
}

interface LineRow {
  readonly import_id: string
  readonly about: string
  readonly bytes: Uint8Array | null
}

function storeRow(rows: Rows): { readonly id: string; readonly position: number } {
  const row = rows.get<{ id: string; position: number }>('SELECT id, position FROM store')
  if (!row) throw new Error('The store has no name')
  return row
}
