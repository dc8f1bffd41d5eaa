import type { AppendOptions, SessionAppender } from './appender.ts'
import { decodeCursor, decodePagePosition, encodeCursor, encodePagePosition } from './cursor.ts'
import type { Entry, NewEntry } from './entry.ts'
import {
  CursorStale,
  KeyConflict,
  NoSession,
  RevisionConflict,
  SessionExists,
  StoreClosed,
} from './errors.ts'
import { countEntries, type EntryRange, pushRange, seqOf, sliceRanges } from './generation.ts'
import { entryHash } from './hash.ts'
import type { HistoryEntry, HistoryReader } from './history.ts'
import type { ImportReceipt, ImportRun, LedgerRecord, SessionImport, TranscriptImporter } from './importer.ts'
import {
  headOf,
  liveEntry,
  liveRanges,
  type MemorySession,
  type StoredEntry,
  sessionOf,
} from './memory-session.ts'
import type {
  Closable,
  EntryPage,
  ListPageOptions,
  PageOptions,
  ReadOptions,
  SessionPage,
  TranscriptReader,
} from './reader.ts'
import type { Receipt, ReceiptEntry } from './receipt.ts'
import { DEFAULT_RECORD_LIMITS, recordText } from './record-text.ts'
import {
  appendOptionsSchema,
  checkArgument,
  checkSession,
  listPageOptionsSchema,
  newEntrySchema,
  newSessionSchema,
  pageOptionsSchema,
  readOptionsSchema,
} from './schemas.ts'
import type { NewSession, Session, SessionCreator } from './session.ts'
import { type SessionAddress, type SessionRef, sessionAddress } from './session-ref.ts'

const PAGE = 100

/** What the memory store can do. */
export interface MemoryStore
  extends TranscriptReader,
    HistoryReader,
    SessionAppender,
    SessionCreator,
    TranscriptImporter,
    Closable {}

/** How a memory store is made. */
export interface MemoryStoreOptions {
  /** Epoch ms. Defaults to the system's clock. */
  readonly now?: () => number
}

/**
 * The contract in memory: the reference that other backends are held against, and a store for tests. A write builds
 * the session anew and puts it in place in one step, so nothing is ever half written (S2).
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
  return new InMemory(options.now ?? Date.now)
}

class InMemory implements MemoryStore {
  readonly #now: () => number
  readonly #sessions = new Map<string, MemorySession>()
  readonly #ledger: LedgerRecord[] = []
  readonly #runs: ImportRun[] = []
  #numbers = 0
  #closed = false

  constructor(now: () => number) {
    this.#now = now
  }

  async get(ref: SessionRef): Promise<Session | null> {
    const session = this.#find(checkSession(ref))
    return session ? sessionOf(session) : null
  }

  async *read(ref: SessionRef, options: ReadOptions = {}): AsyncGenerator<Entry> {
    const { from = 1, to, direction = 'forward' } = checkArgument(readOptionsSchema, options, 'options')
    const session = this.#existing(ref)
    const last = Math.min(to ?? Number.POSITIVE_INFINITY, countEntries(liveRanges(session)))
    for (let i = from; i <= last; i++) {
      const entry = liveEntry(session, direction === 'forward' ? i : from + last - i)
      if (entry) yield entry
    }
  }

  async page(ref: SessionRef, options: PageOptions = {}): Promise<EntryPage> {
    const {
      from = 1,
      to,
      direction = 'forward',
      limit = PAGE,
      cursor,
    } = checkArgument(pageOptionsSchema, options, 'options')
    const session = this.#existing(ref)
    const generation = session.generations.at(-1)?.generation ?? 0
    const position = cursor === undefined ? null : decodePagePosition(cursor)
    if (position && position.generation !== generation) throw new CursorStale(ref)
    const end = countEntries(liveRanges(session))
    const step = direction === 'forward' ? 1 : -1
    const until = direction === 'forward' ? Math.min(to ?? end, end) : from
    const entries: Entry[] = []
    let seq = position?.seq ?? (direction === 'forward' ? from : Math.min(to ?? end, end))
    while (entries.length < limit && (until - seq) * step >= 0) {
      const entry = liveEntry(session, seq)
      if (!entry) break
      entries.push(entry)
      seq += step
    }
    const more = (until - seq) * step >= 0 && entries.length > 0
    return {
      entries,
      next: more ? encodePagePosition({ generation, seq, direction, until: to ?? null }) : null,
      revision: session.revision,
    }
  }

  async list(options: ListPageOptions = {}): Promise<SessionPage> {
    const { namespace, limit = PAGE, cursor } = checkArgument(listPageOptionsSchema, options, 'options')
    this.#open()
    const after = cursor === undefined ? null : decodeCursor(cursor)
    const sorted = [...this.#sessions.values()]
      .filter(({ address }) => namespace === undefined || address.namespace === namespace)
      .sort((a, b) => compareAddresses(a.address, b.address))
      .filter(
        ({ address }) =>
          !after || compareAddresses(address, { namespace: String(after[0]), id: String(after[1]) }) > 0,
      )
    const sessions = sorted.slice(0, limit).map(sessionOf)
    const last = sessions.at(-1)
    return { sessions, next: last && sorted.length > limit ? encodeCursor([last.namespace, last.id]) : null }
  }

  async *sessions(options: ListPageOptions = {}): AsyncGenerator<Session> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: SessionPage = await this.list({ ...options, ...(cursor === undefined ? {} : { cursor }) })
      yield* page.sessions
      cursor = page.next
    }
  }

  async *history(ref: SessionRef): AsyncGenerator<HistoryEntry> {
    const session = this.#existing(ref)
    for (const entry of session.entries) {
      const isLive = seqOf(liveRanges(session), { owner: session.number, id: entry.id }) !== null
      if (!isLive) yield { ...entry, seq: null }
    }
  }

  async generations(ref: SessionRef): ReturnType<HistoryReader['generations']> {
    return this.#existing(ref).generations.map(({ ranges: _, ...info }) => info)
  }

  async locate(ref: SessionRef, entryId: number): Promise<number | null> {
    const session = this.#existing(ref)
    return seqOf(liveRanges(session), { owner: session.number, id: entryId })
  }

  async create(ref: SessionRef, about: NewSession = {}): Promise<Session> {
    const address = checkSession(ref)
    if (this.#find(address)) throw new SessionExists(address)
    return sessionOf(this.#put(this.#blank(address, checkArgument(newSessionSchema, about, 'about'))))
  }

  async append(
    ref: SessionRef,
    given: NewEntry | readonly NewEntry[],
    options: AppendOptions = {},
  ): Promise<Receipt> {
    const address = checkSession(ref)
    const {
      writer = 'gateway',
      expectedRevision,
      onConflict,
      create,
    } = checkArgument(appendOptionsSchema, options, 'options')
    const entries = [given].flat().map((entry) => checkArgument(newEntrySchema, entry, 'entry'))
    const before = this.#find(address) ?? (create ? this.#blank(address, create) : null)
    if (!before) throw new NoSession(address)

    const keys = new Map(before.keys)
    const added: StoredEntry[] = []
    const marks = entries.map((entry): Omit<ReceiptEntry, 'seq'> => {
      const stored = this.#stored(before.entries.length + added.length + 1, entry, writer)
      const first = stored.idempotencyKey === null ? undefined : keys.get(stored.idempotencyKey)
      if (first !== undefined) {
        const known = before.entries[first - 1] ?? added[first - 1 - before.entries.length]
        const differs = known?.record !== stored.record || known.kind !== stored.kind
        if (differs && onConflict !== 'first') throw new KeyConflict(address, stored.idempotencyKey ?? '')
        return { id: first, already: true, differs }
      }
      if (stored.idempotencyKey !== null) keys.set(stored.idempotencyKey, stored.id)
      added.push(stored)
      return { id: stored.id, already: false, differs: false }
    })
    if (added.length > 0 && expectedRevision !== undefined && expectedRevision !== before.revision) {
      throw new RevisionConflict(address, expectedRevision, before.revision)
    }
    const isNew = !this.#find(address)
    const movesRevision = added.some(({ kind }) => kind !== 'delivery')
    const after =
      added.length === 0 && !isNew
        ? before
        : this.#put({
            ...before,
            keys,
            entries: [...before.entries, ...added],
            generations: extended(before, added.length),
            revision: before.revision + (movesRevision ? 1 : 0),
            updatedAt: this.#now(),
          })
    return {
      session: address,
      entries: marks.map((mark) => ({
        ...mark,
        seq: seqOf(liveRanges(after), { owner: after.number, id: mark.id }),
      })),
      revision: after.revision,
      entryCount: countEntries(liveRanges(after)),
      head: headOf(after),
    }
  }

  async import(plan: SessionImport): Promise<ImportReceipt> {
    const address = checkSession(plan.session)
    if (await this.ledgerNote(address, plan.note.key)) return this.#imported('already', address, 0)
    const before = this.#find(address)
    const entries: StoredEntry[] = []
    const quarantined: MemorySession['quarantined'][number][] = []
    const aside: EntryRange[] = []
    const live: EntryRange[] = []
    const base = before ?? this.#blank(address, plan.about)
    let added = 0
    for await (const step of plan.steps ?? []) {
      plan.signal?.throwIfAborted()
      if ('keep' in step) {
        for (const range of sliceRanges(liveRanges(base), step.keep.from, step.keep.to))
          pushRange(live, range)
      } else if ('quarantine' in step) quarantined.push({ ...step.quarantine, importId: plan.run.id })
      else {
        const { provenance, ...entry } = 'live' in step ? step.live : step.history
        const stored = {
          ...this.#stored(base.entries.length + entries.length + 1, entry, 'import'),
          provenance,
        }
        entries.push(stored)
        pushRange('live' in step ? live : aside, { owner: base.number, first: stored.id, last: stored.id })
        if ('live' in step) added++
      }
    }
    await plan.confirm?.()

    const now = this.#find(address)
    const head = now ? headOf(now) : null
    if (head !== plan.expectedHead || now !== before)
      throw new RevisionConflict(address, plan.expectedHead, head)
    if (plan.steps) {
      const made: { reason: string; ranges: readonly EntryRange[] }[] = []
      if (aside.length > 0) made.push({ reason: 'originals', ranges: aside })
      const changed = !before || !sameRanges(live, liveRanges(base))
      if (changed || made.length > 0) made.push({ reason: 'import', ranges: live })
      const from = base.generations.at(-1)?.generation ?? 0
      this.#put({
        ...base,
        about: { ...plan.about, ...known(base.about) },
        entries: [...base.entries, ...entries],
        quarantined: [...base.quarantined, ...quarantined],
        generations: [
          ...base.generations,
          ...made.map(({ reason, ranges }, i) => ({
            generation: from + i + 1,
            at: plan.run.at,
            reason,
            ranges,
            entryCount: countEntries(ranges),
          })),
        ],
        revision: base.revision + (changed ? 1 : 0),
        updatedAt: this.#now(),
      })
    }
    if (!this.#runs.some(({ id }) => id === plan.run.id)) this.#runs.push(plan.run)
    const after = this.#find(address)
    this.#ledger.push({
      ...plan.note,
      importId: plan.run.id,
      session: address,
      at: plan.run.at,
      headBefore: head,
      headAfter: after ? headOf(after) : null,
    })
    return this.#imported('imported', address, added)
  }

  async ledgerNote(ref: SessionRef, key: string): Promise<LedgerRecord | null> {
    this.#open()
    return this.#ledger.find((note) => isSame(note.session, sessionAddress(ref)) && note.key === key) ?? null
  }

  async *ledger(query: { session?: SessionRef; importId?: string } = {}): AsyncGenerator<LedgerRecord> {
    this.#open()
    for (const note of [...this.#ledger]) {
      const isAsked =
        (query.session === undefined || isSame(note.session, sessionAddress(query.session))) &&
        (query.importId === undefined || note.importId === query.importId)
      if (isAsked) yield note
    }
  }

  async *quarantined(
    ref: SessionRef,
  ): ReturnType<TranscriptImporter['quarantined']> & AsyncGenerator<MemorySession['quarantined'][number]> {
    yield* this.#existing(ref).quarantined
  }

  async *imports(): AsyncGenerator<ImportRun> {
    this.#open()
    yield* [...this.#runs]
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #open(): void {
    if (this.#closed) throw new StoreClosed('memory')
  }

  #find(address: Required<SessionAddress>): MemorySession | null {
    this.#open()
    return this.#sessions.get(nameOf(address)) ?? null
  }

  #existing(ref: SessionRef): MemorySession {
    const address = checkSession(ref)
    const session = this.#find(address)
    if (!session) throw new NoSession(address)
    return session
  }

  #put(session: MemorySession): MemorySession {
    this.#sessions.set(nameOf(session.address), session)
    return session
  }

  #blank(address: Required<SessionAddress>, about: NewSession): MemorySession {
    const now = this.#now()
    return {
      number: ++this.#numbers,
      address,
      about,
      entries: [],
      keys: new Map(),
      generations: [{ generation: 1, at: now, reason: 'create', entryCount: 0, ranges: [] }],
      quarantined: [],
      revision: 0,
      updatedAt: now,
    }
  }

  #stored(id: number, entry: NewEntry, writer: string): StoredEntry {
    const kind = entry.kind ?? 'message'
    const at = entry.at ?? null
    const record = recordText(entry.record, DEFAULT_RECORD_LIMITS)
    return {
      id,
      kind,
      at,
      record,
      writer,
      hash: entryHash(kind, at, record),
      idempotencyKey: entry.idempotencyKey ?? null,
      provenance: null,
    }
  }

  #imported(
    status: ImportReceipt['status'],
    address: Required<SessionAddress>,
    added: number,
  ): ImportReceipt {
    const session = this.#find(address)
    return { status, session: session ? sessionOf(session) : null, added }
  }
}

function extended(session: MemorySession, count: number): MemorySession['generations'] {
  const last = session.generations.at(-1)
  if (!last || count === 0) return session.generations
  const ranges = [...last.ranges]
  const first = session.entries.length + 1
  pushRange(ranges, { owner: session.number, first, last: first + count - 1 })
  return [...session.generations.slice(0, -1), { ...last, ranges, entryCount: countEntries(ranges) }]
}

function sameRanges(a: readonly EntryRange[], b: readonly EntryRange[]): boolean {
  return JSON.stringify(a.map(Object.values)) === JSON.stringify(b.map(Object.values))
}

function known(about: NewSession): NewSession {
  return Object.fromEntries(
    Object.entries(about).filter(([, value]) => value !== null && value !== undefined),
  )
}

function nameOf({ namespace, id }: Required<SessionAddress>): string {
  return JSON.stringify([namespace, id])
}

function isSame(a: Required<SessionAddress>, b: Required<SessionAddress>): boolean {
  return a.namespace === b.namespace && a.id === b.id
}

function compareAddresses(a: Required<SessionAddress>, b: Required<SessionAddress>): number {
  return compareBytes(a.namespace, b.namespace) || compareBytes(a.id, b.id)
}

/** UTF-8 byte order is code point order, which differs from JavaScript's own where surrogates are involved. */
function compareBytes(a: string, b: string): number {
  const [ofA, ofB] = [[...a], [...b]]
  for (let i = 0; i < Math.min(ofA.length, ofB.length); i++) {
    const difference = (ofA[i]?.codePointAt(0) ?? 0) - (ofB[i]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return ofA.length - ofB.length
}
