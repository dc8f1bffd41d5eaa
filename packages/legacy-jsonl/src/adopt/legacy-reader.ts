import { basename } from 'node:path'
import {
  type Closable,
  CursorStale,
  type Entry,
  type EntryPage,
  InvalidArgument,
  type ListOptions,
  type ListPageOptions,
  NoSession,
  type PageOptions,
  type ReadOptions,
  type Session,
  type SessionAddress,
  type SessionPage,
  type SessionRef,
  StoreClosed,
  type TranscriptReader,
} from '@faircopy/store-core'
import {
  checkArgument,
  checkSession,
  listPageOptionsSchema,
  pageOptionsSchema,
  readOptionsSchema,
} from '@faircopy/store-core/arguments'
import {
  compareListed,
  decodeCursor,
  decodeListCursor,
  encodeCursor,
  encodeListCursor,
  isListed,
} from '@faircopy/store-core/backend'
import { chainHead, EMPTY_HEAD } from '@faircopy/store-core/operator'
import type { LegacySession, LegacySource, LegacyWitness } from '../source/legacy-source.ts'
import { listSessions, sessionKey } from '../source/session-listing.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { type ToldItem, toldEntries } from '../source/told-entries.ts'
import { refusingWrites } from './legacy-read-only.ts'
import { lastWritten, readSessionFacts, type SessionFacts, stillHolds } from './session-facts.ts'

/** How legacy sessions are read. */
export interface LegacyReaderOptions {
  /**
   * Whose telling: one witness, so that nothing is mixed. A session that it does not tell is not there. Default: of each
   * session its file, else the database's rows.
   */
  readonly witness?: 'file' | 'database'
}

/** Reads a legacy source as a store is read. Nothing in it can write. */
export interface LegacyReader extends TranscriptReader, Closable {
  /** For people. */
  readonly path: string
  /** What was passed over: files that are no transcripts, and sessions that a listing had to leave out. */
  readonly problems: readonly SourceProblem[]
  /** Whose telling of a session is read, and from where; null where there is no such session. */
  witnessOf(session: SessionRef): Promise<LegacyWitness | null>
  /**
   * All that the witness tells in its own order: what it withdrew and what became no entry as well. Fails with
   * `NoSession`, and as `read`.
   */
  told(session: SessionRef): AsyncIterable<ToldItem>
}

/**
 * Reads legacy sessions through the contract's own {@link TranscriptReader}: the fallback of a gateway whose store can't
 * be opened, and what it had before it had one. Nothing is written anywhere, neither here nor there; an untyped caller
 * who tries is refused with `READ_ONLY`.
 *
 * It keeps S12 to S15 with what a legacy source can know:
 *
 * - One witness tells a session; nothing is merged. Withdrawn rows and lines that are no entry are left to `told`.
 * - `head`, `hash` and `seq` are computed; `revision` is the number of entries, `generation` 1. There are no keys.
 * - A cursor goes on behind appended lines, and is `CursorStale` where what it has passed was rewritten.
 * - `updatedAt` is the file's time; of rows, the end or start of the session. So `recent` and `activeSince` order
 *   sessions of a database roughly.
 * - A session that can't be read fails by name (`SourceUnreadable`, `SourceChanged`), is left out of listings, and
 *   stands among `problems`.
 * - Files are read as they are now; rows as they were when the source was opened. A session that is not known is looked
 *   for in the source again.
 *
 * Cost: a session is read through once for its facts, and again only when its file changed. `page` and `read` read from
 * the beginning of the session up to the last entry wanted, `read` backward once for every 1000. A listing by title,
 * origin, parent or state looks at every session; others at those that they give.
 *
 * `close` closes the reader; the source stays open for whoever opened it.
 *
 * @example
 * ```ts
 * import { openJsonlSource, openLegacyReader } from '@faircopy/legacy-jsonl'
 *
 * const source = await openJsonlSource('/var/lib/gateway/sessions')
 * const reader = await openLegacyReader(source)
 * const { entries } = await reader.page('20260302_100000', { direction: 'backward', limit: 20 })
 * console.log(entries.map(({ record }) => record).reverse())
 * await reader.close()
 * await source.close()
 * ```
 */
export async function openLegacyReader(
  source: LegacySource,
  options: LegacyReaderOptions = {},
): Promise<LegacyReader> {
  const reader = new Reader(source, options)
  await reader.look()
  return refusingWrites(reader.methods(), source.path)
}

interface Told {
  readonly legacy: LegacySession
  readonly witness: LegacyWitness
}

const PAGE = 100
const BACKWARD = 1000
const ATTEMPTS = 5

class Reader {
  readonly #source: LegacySource
  readonly #witness: 'file' | 'database' | undefined
  readonly #facts = new Map<string, Promise<SessionFacts>>()
  readonly #unread = new Map<string, SourceProblem>()
  #sessions: ReadonlyMap<string, Told> = new Map()
  #looking: Promise<void> | null = null
  #isClosed = false

  constructor(source: LegacySource, { witness }: LegacyReaderOptions) {
    this.#source = source
    this.#witness = witness
  }

  /** Plain methods, so that they can be handed on. */
  methods(): LegacyReader {
    const problems = (): readonly SourceProblem[] => [...this.#source.problems, ...this.#unread.values()]
    return {
      path: this.#source.path,
      get problems() {
        return problems()
      },
      get: (session) => this.#get(checkSession(session)),
      read: (session, options) => this.#read(session, options),
      page: (session, options) => this.#page(session, options),
      list: (options) => this.#list(options),
      sessions: (options) => this.#all(options),
      told: (session) => this.#told(session),
      witnessOf: async (session) => (await this.#find(checkSession(session)))?.witness ?? null,
      close: async () => {
        this.#isClosed = true
      },
    }
  }

  /** Lists the source. Calls that wait together share one look. */
  async look(): Promise<void> {
    this.#looking ??= this.#relist().finally(() => {
      this.#looking = null
    })
    await this.#looking
  }

  async #relist(): Promise<void> {
    const sessions = new Map<string, Told>()
    for (const [key, legacy] of await listSessions(this.#source)) {
      const witness = this.#witness ? legacy[this.#witness] : (legacy.file ?? legacy.database)
      if (witness) sessions.set(key, { legacy, witness })
    }
    for (const key of this.#facts.keys()) if (!sessions.has(key)) this.#facts.delete(key)
    this.#sessions = sessions
  }

  async #find(address: Required<SessionAddress>): Promise<Told | null> {
    this.#refuseClosed()
    const key = sessionKey(address)
    if (!this.#sessions.has(key)) await this.look()
    const told = this.#sessions.get(key)
    if (told) return told
    // A transcript of that very name that can't be opened is not an absent one.
    const unread = this.#source.problems.find(
      ({ code, path }) => code === 'unreadable-file' && basename(path) === `${address.id}.jsonl`,
    )
    if (unread && this.#witness !== 'database') throw new SourceUnreadable(unread.path, unread.detail)
    return null
  }

  async #found(session: SessionRef): Promise<Told> {
    const told = await this.#find(checkSession(session))
    if (!told) throw new NoSession(session)
    return told
  }

  async #factsOf(told: Told): Promise<SessionFacts> {
    const key = sessionKey(told.legacy)
    const known = this.#facts.get(key)
    const settled = await known?.catch(() => null)
    if (settled && (await stillHolds(settled, told.witness))) return settled
    if (this.#facts.get(key) !== known) return this.#factsOf(told)
    const reading = readSessionFacts(told.legacy, told.witness)
    this.#facts.set(key, reading)
    return reading
  }

  async #get(address: Required<SessionAddress>): Promise<Session | null> {
    const told = await this.#find(address)
    return told && (await this.#factsOf(told)).session
  }

  async *#told(session: SessionRef): AsyncGenerator<ToldItem> {
    yield* toldEntries((await this.#found(session)).witness)
  }

  async *#read(session: SessionRef, options: ReadOptions = {}): AsyncGenerator<Entry> {
    const { from = 1, to, direction = 'forward' } = checkArgument(readOptionsSchema, options, 'options')
    const told = await this.#found(session)
    const facts = await this.#factsOf(told)
    const { entryCount } = facts.session
    const last = Math.min(to ?? entryCount, entryCount)
    if (from > last) return
    if (direction === 'forward') yield* this.#forward(told, facts, from, last)
    else yield* this.#backward(told, facts, from, last)
  }

  /** What is given is proven to be what the facts are about, at the end at the latest. */
  async *#forward(told: Told, facts: SessionFacts, from: number, last: number): AsyncGenerator<Entry> {
    const { entryCount, head } = facts.session
    const said = new Said(told)
    for await (const entry of said.between(from, entryCount)) {
      if (entry.seq <= last) yield entry
      if (entry.seq === last && last < entryCount && (await stillHolds(facts, told.witness))) return
    }
    if (said.head !== head) throw new SourceChanged(told.witness.path)
  }

  /** Stretch by stretch from the end, each proven to be what the first pass saw there. */
  async *#backward(told: Told, facts: SessionFacts, from: number, last: number): AsyncGenerator<Entry> {
    const heads = new Map<number, string>()
    const isEnd = (seq: number): boolean => (last - seq) % BACKWARD === 0
    const first = new Said(told)
    for await (const { seq } of first.between(1, facts.session.entryCount)) {
      if (isEnd(seq)) heads.set(seq, first.head)
    }
    if (first.head !== facts.session.head) throw new SourceChanged(told.witness.path)
    for (let end = last; end >= from; end -= BACKWARD) {
      const said = new Said(told)
      const entries: Entry[] = []
      for await (const entry of said.between(Math.max(from, end - BACKWARD + 1), end)) entries.push(entry)
      if (said.head !== heads.get(end)) throw new SourceChanged(told.witness.path)
      yield* entries.reverse()
    }
  }

  async #page(session: SessionRef, options: PageOptions = {}): Promise<EntryPage> {
    const checked = checkArgument(pageOptionsSchema, options, 'options')
    const told = await this.#found(session)
    for (let attempt = 1; ; attempt++) {
      const facts = await this.#factsOf(told)
      const page = await pageOf(told, facts.session, checked)
      if (await stillHolds(facts, told.witness)) return page
      if (attempt === ATTEMPTS) throw new SourceChanged(told.witness.path)
    }
  }

  async #list(options: ListPageOptions = {}): Promise<SessionPage> {
    this.#refuseClosed()
    const {
      limit = PAGE,
      cursor,
      order,
      ...conditions
    } = checkArgument(listPageOptionsSchema, options, 'options')
    const after = cursor === undefined ? null : decodeListCursor(cursor, order)
    if (!after) await this.look()
    const listed = await this.#inOrder(conditions, order)
    const sessions: Session[] = []
    for (const { told, updatedAt } of listed) {
      const { namespace, id } = told.legacy
      if (after && compareListed(after, { namespace, id, updatedAt }, order) >= 0) continue
      const session = await this.#listable(told)
      if (!session || !isListed({ ...session, updatedAt }, conditions)) continue
      if (sessions.length === limit) {
        const last = sessions.at(-1)
        return { sessions, next: last ? encodeListCursor(last, order) : null }
      }
      sessions.push({ ...session, updatedAt })
    }
    return { sessions, next: null }
  }

  async *#all(options: ListOptions = {}): AsyncGenerator<Session> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: SessionPage = await this.#list({ ...options, ...(cursor === undefined ? {} : { cursor }) })
      yield* page.sessions
      cursor = page.next
    }
  }

  /** What can be said of the order without reading any session. */
  async #inOrder(
    { namespace, activeSince }: ListOptions,
    order: ListOptions['order'],
  ): Promise<{ readonly told: Told; readonly updatedAt: number }[]> {
    const listed: { readonly told: Told; readonly updatedAt: number }[] = []
    for (const told of this.#sessions.values()) {
      if (namespace !== undefined && told.legacy.namespace !== namespace) continue
      const updatedAt = await lastWritten(told.witness, told.legacy.about)
      if (activeSince === undefined || updatedAt >= activeSince) listed.push({ told, updatedAt })
    }
    const key = ({
      told: { legacy },
      updatedAt,
    }: (typeof listed)[number]): Parameters<typeof compareListed>[0] => ({
      namespace: legacy.namespace,
      id: legacy.id,
      updatedAt,
    })
    return listed.sort((a, b) => compareListed(key(a), key(b), order))
  }

  /** One that can't be read must not take the others with it. */
  async #listable(told: Told): Promise<Session | null> {
    const key = sessionKey(told.legacy)
    try {
      const { session } = await this.#factsOf(told)
      this.#unread.delete(key)
      return session
    } catch (error) {
      if (!(error instanceof SourceUnreadable || error instanceof SourceChanged)) throw error
      const ofFile = told.witness.kind === 'file'
      this.#unread.set(key, {
        code:
          error instanceof SourceChanged
            ? 'source-changed'
            : ofFile
              ? 'unreadable-file'
              : 'database-unreadable',
        path: told.witness.path,
        detail: error.message,
      })
      return null
    }
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new StoreClosed(this.#source.path)
  }
}

/** One page, and where the next one begins. Fails with `CursorStale` if what was passed is no longer there. */
async function pageOf(
  told: Told,
  { entryCount, revision }: Session,
  options: PageOptions,
): Promise<EntryPage> {
  const { from = 1, to, direction = 'forward', limit = PAGE, cursor } = options
  const at = cursor === undefined ? null : decodePosition(cursor, direction)
  if (at && at.read > entryCount) throw new CursorStale(told.legacy)
  const highest = Math.min(to ?? entryCount, entryCount)
  const isForward = direction === 'forward'
  const start = at?.seq ?? (isForward ? from : highest)
  const first = isForward ? start : Math.max(from, start - limit + 1)
  const last = isForward ? Math.min(start + limit - 1, highest) : Math.min(start, highest)

  const said = new Said(told)
  const entries: Entry[] = []
  for await (const entry of said.between(1, Math.max(last, at?.read ?? 0))) {
    if (entry.seq === at?.read && said.head !== at.head) throw new CursorStale(told.legacy)
    if (entry.seq >= first && entry.seq <= last) entries.push(entry)
  }
  const more = entries.length > 0 && (isForward ? last < highest : first > from)
  const { read, head } = said
  return {
    entries: isForward ? entries : entries.reverse(),
    next: more ? encodePosition({ seq: isForward ? last + 1 : first - 1, direction, read, head }) : null,
    revision,
  }
}

/** A pass over what a session says. */
class Said {
  readonly #witness: LegacyWitness
  /** How much was read, and the head of that. */
  read = 0
  head: string = EMPTY_HEAD

  constructor({ witness }: Told) {
    this.#witness = witness
  }

  /** Reads from the beginning, and ends at `last`. Fails with `SourceChanged` if there is less. */
  async *between(first: number, last: number): AsyncGenerator<Entry> {
    if (last === 0) return
    for await (const item of toldEntries(this.#witness)) {
      if (item.as !== 'entry') continue
      this.head = chainHead(this.head, item.entry.hash)
      this.read = item.entry.seq
      if (this.read >= first) yield item.entry
      if (this.read >= last) return
    }
    throw new SourceChanged(this.#witness.path)
  }
}

interface Position {
  /** The next place to be read. */
  readonly seq: number
  readonly direction: 'forward' | 'backward'
  /** How many entries had been passed, and the head of these. */
  readonly read: number
  readonly head: string
}

function encodePosition({ seq, direction, read, head }: Position): string {
  return encodeCursor(['legacy', seq, direction, read, head])
}

function decodePosition(cursor: string, asked: Position['direction']): Position {
  const [mark, seq, direction, read, head, ...rest] = decodeCursor(cursor)
  if (
    mark !== 'legacy' ||
    typeof seq !== 'number' ||
    direction !== asked ||
    typeof read !== 'number' ||
    typeof head !== 'string' ||
    rest.length > 0
  ) {
    throw new InvalidArgument('The cursor is not one of a session in this direction')
  }
  return { seq, direction: asked, read, head }
}
