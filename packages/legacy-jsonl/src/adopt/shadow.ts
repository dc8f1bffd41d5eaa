import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Closable,
  type Entry,
  type EntryPage,
  type HistoryReader,
  type ListOptions,
  type ListPageOptions,
  type PageOptions,
  type ReadOptions,
  type Session,
  type SessionPage,
  type SessionRef,
  StoreError,
  type TranscriptReader,
} from '@faircopy/store-core'
import { orAborted, sessionAddress } from '@faircopy/store-core/backend'
import type { LegacySource } from '../source/legacy-source.ts'
import { sessionKey } from '../source/session-listing.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import { compareSession, type SessionComparison } from './compare-session.ts'
import { refusingWrites } from './legacy-read-only.ts'
import { type LegacyReader, type LegacyReaderOptions, openLegacyReader } from './legacy-reader.ts'

/** How reads are shadowed. */
export interface ShadowOptions extends LegacyReaderOptions {
  /** Told of each comparison that finds another state than the one before. What it throws is ignored. */
  readonly onComparison?: (comparison: SessionComparison) => void
  /** Sessions that the store answers for from the beginning. */
  readonly flipped?: Iterable<SessionRef>
  /** How many sessions may wait for their comparison; further ones are counted as skipped. Default 1000. */
  readonly maxWaiting?: number
  /** Of how many sessions that differ the report keeps the differences. Default 10,000. */
  readonly maxReported?: number
}

/** What the comparisons found so far. Holds no transcript text. */
export interface ShadowReport {
  /** Sessions compared, as they were at the last comparison. */
  readonly compared: number
  readonly same: number
  readonly differing: number
  /** Sessions that each difference was found in. */
  readonly byCode: { readonly [code: string]: number }
  /** Those that differ, in the order in which that was found. */
  readonly sessions: readonly SessionComparison[]
  /** Comparisons that were left out because too many waited. */
  readonly skipped: number
  /** Comparisons that an error of the store ended; the last one's code. */
  readonly failed: number
  readonly lastFailure: string | null
  /** Sessions that the store answers for. */
  readonly flipped: number
}

/** Answers from the legacy side, while the store is held against it. */
export interface Shadow extends TranscriptReader, Closable {
  /** From now on the store answers for the session; `false` gives it back to the legacy side. */
  flip(session: SessionRef, toStore?: boolean): void
  isFlipped(session: SessionRef): boolean
  report(): ShadowReport
  /** Resolves once nothing waits for a comparison. */
  settled(): Promise<void>
}

/**
 * Reads from the legacy side as before, and compares each session that is read with the store: to watch for a week, and
 * then to {@link Shadow.flip | flip} session by session.
 *
 * A read costs what it costs on the legacy side: the comparison comes behind it, one session at a time, and again only
 * once a side has changed. It never fails a read. Of a flipped session the store answers alone. Listings are the legacy
 * side's. Memory: about 300 bytes for each session read, and what differs of at most
 * `maxReported`.
 *
 * `close` ends the comparisons and closes neither the store nor the source.
 *
 * @example
 * ```ts
 * import { openJsonlSource, shadow } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: '/var/lib/gateway/transcripts.db', readOnly: true })
 * const source = await openJsonlSource('/var/lib/gateway/sessions')
 * const reader = await shadow(store, source, {
 *   onComparison: ({ id, differences }) => console.log(id, differences.map(({ code, messages }) => `${code} ${messages}`)),
 * })
 * for await (const entry of reader.read('20260302_100000')) console.log(entry.seq, entry.kind)
 * await reader.settled()
 * if (reader.report().sessions.every(({ id }) => id !== '20260302_100000')) reader.flip('20260302_100000')
 * ```
 */
export async function shadow(
  store: TranscriptReader & HistoryReader,
  source: LegacySource,
  options: ShadowOptions = {},
): Promise<Shadow> {
  const { witness } = options
  const legacy = await openLegacyReader(source, witness ? { witness } : {})
  return refusingWrites(new Shadowing(store, legacy, options).methods(), source.path)
}

/** What was compared, so that the same is not compared again. */
interface Compared {
  readonly legacy: string
  readonly store: string | null
  readonly codes: string
}

class Shadowing {
  readonly #store: TranscriptReader & HistoryReader
  readonly #legacy: LegacyReader
  readonly #options: ShadowOptions
  readonly #flipped: Set<string>
  readonly #waiting = new Map<string, SessionRef>()
  readonly #compared = new Map<string, Compared>()
  readonly #differing = new Map<string, SessionComparison>()
  readonly #ended = new AbortController()
  #working: Promise<void> | null = null
  #skipped = 0
  #failed = 0
  #lastFailure: string | null = null

  constructor(store: TranscriptReader & HistoryReader, legacy: LegacyReader, options: ShadowOptions) {
    this.#store = store
    this.#legacy = legacy
    this.#options = options
    this.#flipped = new Set([...(options.flipped ?? [])].map(sessionKey))
  }

  methods(): Shadow {
    return {
      get: (session) => this.#answer(session, (reader) => reader.get(session)),
      page: (session, options?: PageOptions): Promise<EntryPage> =>
        this.#answer(session, (reader) => reader.page(session, options)),
      read: (session, options?: ReadOptions) => this.#read(session, options),
      list: (options?: ListPageOptions): Promise<SessionPage> => this.#legacy.list(options),
      sessions: (options?: ListOptions): AsyncIterable<Session> => this.#legacy.sessions(options),
      flip: (session, toStore = true) => {
        if (toStore) this.#flipped.add(sessionKey(session))
        else this.#flipped.delete(sessionKey(session))
      },
      isFlipped: (session) => this.#flipped.has(sessionKey(session)),
      report: () => this.#report(),
      settled: () => this.#settled(),
      close: async () => {
        this.#ended.abort(new DOMException('The shadow was closed.', 'AbortError'))
        this.#waiting.clear()
        await this.#settled()
        await this.#legacy.close()
      },
    }
  }

  #side(session: SessionRef): TranscriptReader {
    return this.#flipped.has(sessionKey(session)) ? this.#store : this.#legacy
  }

  async #answer<T>(session: SessionRef, ask: (reader: TranscriptReader) => Promise<T>): Promise<T> {
    const side = this.#side(session)
    try {
      return await ask(side)
    } finally {
      if (side === this.#legacy) this.#compareLater(session)
    }
  }

  async *#read(session: SessionRef, options?: ReadOptions): AsyncGenerator<Entry> {
    const side = this.#side(session)
    try {
      yield* side.read(session, options)
    } finally {
      if (side === this.#legacy) this.#compareLater(session)
    }
  }

  #compareLater(session: SessionRef): void {
    const key = sessionKey(session)
    if (this.#ended.signal.aborted || this.#waiting.has(key)) return
    if (this.#waiting.size >= (this.#options.maxWaiting ?? 1000)) {
      this.#skipped++
      return
    }
    this.#waiting.set(key, session)
    this.#working ??= this.#work().finally(() => {
      this.#working = null
    })
  }

  async #work(): Promise<void> {
    // Whoever reads has what he asked for first.
    await nextTurn()
    for (;;) {
      const [next] = this.#waiting
      if (!next) return
      const [key, session] = next
      this.#waiting.delete(key)
      await orAborted(this.#compare(key, session), this.#ended.signal).catch((error: unknown) => {
        if (this.#ended.signal.aborted) return
        this.#failed++
        this.#lastFailure = StoreError.is(error) ? error.code : 'UNEXPECTED'
      })
    }
  }

  async #compare(key: string, ref: SessionRef): Promise<void> {
    const facts = await this.#legacy.get(ref).catch((error: unknown) => {
      if (error instanceof SourceUnreadable || error instanceof SourceChanged) return 'unreadable' as const
      throw error
    })
    if (facts === null) return
    const stored = await this.#store.get(ref)
    const legacy = facts === 'unreadable' ? facts : facts.head
    const before = this.#compared.get(key)
    const head = stored && `${stored.head} ${stored.generation}`
    if (before?.legacy === legacy && before.store === head) return
    const comparison = facts === 'unreadable' ? unreadable(ref) : await this.#compareNow(ref)
    const codes = comparison.differences.map(({ code, messages }) => `${code} ${messages}`).join()
    this.#compared.set(key, { legacy, store: head, codes })
    if (comparison.same) this.#differing.delete(key)
    else if (this.#differing.has(key) || this.#differing.size < (this.#options.maxReported ?? 10_000)) {
      this.#differing.set(key, comparison)
    }
    if (before?.codes === codes) return
    try {
      this.#options.onComparison?.(comparison)
    } catch {
      // A listener must not stop the comparisons.
    }
  }

  async #compareNow(ref: SessionRef): Promise<SessionComparison> {
    const witness = await this.#legacy.witnessOf(ref)
    if (!witness) return unreadable(ref)
    const [file, database] = witness.kind === 'file' ? [witness, null] : [null, witness]
    const session = { ...sessionAddress(ref), about: {}, file, database }
    return compareSession(session, this.#store, this.#ended.signal)
  }

  async #settled(): Promise<void> {
    while (this.#working) await this.#working
  }

  #report(): ShadowReport {
    const compared = this.#compared.size
    let differing = 0
    const byCode: { [code: string]: number } = {}
    for (const { codes } of this.#compared.values()) {
      if (codes === '') continue
      differing++
      for (const one of codes.split(',')) {
        const [code = ''] = one.split(' ')
        byCode[code] = (byCode[code] ?? 0) + 1
      }
    }
    return {
      compared,
      same: compared - differing,
      differing,
      byCode,
      sessions: [...this.#differing.values()],
      skipped: this.#skipped,
      failed: this.#failed,
      lastFailure: this.#lastFailure,
      flipped: this.#flipped.size,
    }
  }
}

function unreadable(session: SessionRef): SessionComparison {
  const differences = [{ code: 'unreadable', messages: 0 } as const]
  return { ...sessionAddress(session), same: false, differences, messages: { source: 0, store: 0 } }
}
