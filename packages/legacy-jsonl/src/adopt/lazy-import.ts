import { randomUUID } from 'node:crypto'
import { type Origin, type SessionRef, StoreError } from '@faircopy/store-core'
import { matchesOrigin, orAborted, sessionAddress } from '@faircopy/store-core/backend'
import { type ImportClaimOwner, type ImportRun, PARTLY_READ } from '@faircopy/store-core/operator'
import { claimAndImport, type SessionImported } from '../import/import-session.ts'
import type { SourceFingerprint } from '../ledger/note.ts'
import { writeNote } from '../ledger/note-text.ts'
import type { SessionReport } from '../ledger/session-report.ts'
import type { ImportTarget } from '../plan/import-plan.ts'
import { planSession } from '../plan/plan-session.ts'
import type { LegacySession, LegacySource } from '../source/legacy-source.ts'
import { listSessions, sessionKey } from '../source/session-listing.ts'
import { SourceChanged, SourceUnreadable } from '../source/source-error.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { isOfUnread } from '../witness/scan-session.ts'
import { sourceFingerprint } from '../witness/source-fingerprint.ts'
import type { LegacyEvent, LegacyProgress } from './legacy-event.ts'

/**
 * How long a call waits: for the list of the source's sessions, or for another process that is importing its session.
 * Given how long it has waited, ms, it answers whether to look once more.
 */
export type Patience = (waitedMs: number, forWhat: 'source' | 'session') => Promise<boolean>

/** What became of bringing a session in. */
export type BroughtIn =
  /** The source has no such session, or all that it tells is in the store, or a person has to decide. */
  | { readonly as: 'settled' }
  /** Another process is at it. */
  | { readonly as: 'held'; readonly owner: ImportClaimOwner }
  /** Not all that the source tells could be taken in; it is tried again with the next call. */
  | { readonly as: 'failed' }

/** What is known of a legacy session while it is not settled. */
interface Candidate {
  readonly session: LegacySession
  isKnown: boolean
  isBounded: boolean
  making: Promise<void> | null
  importing: Promise<BroughtIn> | null
  readonly reported: Set<string>
}

const SETTLED: BroughtIn = { as: 'settled' }
const ATTEMPTS = 50

/** Brings the sessions of a source into a store one by one, as they are asked for. */
export class LazyImport {
  readonly ready: Promise<void>
  readonly #store: ImportTarget
  readonly #open: () => Promise<LegacySource>
  readonly #tell: (event: LegacyEvent) => void
  readonly #patience: Patience
  readonly #ended = new AbortController()
  readonly #runs: { readonly index: ImportRun; readonly bodies: ImportRun }
  readonly #listed: Promise<void>
  readonly #waiting = new Map<string, Candidate>()
  #isListed = false
  #closesSource = false
  #isReady = false
  #wasSlow = false
  #source: LegacySource | null = null
  #sessions = 0
  #known = 0
  #imported = 0

  constructor(
    store: ImportTarget,
    open: () => Promise<LegacySource>,
    { tell, patience }: { readonly tell: (event: LegacyEvent) => void; readonly patience: Patience },
  ) {
    this.#store = store
    this.#open = open
    this.#tell = tell
    this.#patience = patience
    const at = Date.now()
    this.#runs = {
      index: { id: randomUUID(), at, about: {} },
      bodies: { id: randomUUID(), at, about: {} },
    }
    this.#listed = this.#list()
    this.ready = this.#listed.then(() => this.#indexAll())
  }

  get runs(): { readonly index: string; readonly bodies: string } {
    return { index: this.#runs.index.id, bodies: this.#runs.bodies.id }
  }

  get problems(): readonly SourceProblem[] {
    return this.#source?.problems ?? []
  }

  get progress(): LegacyProgress {
    const { size } = this.#waiting
    return {
      isListed: this.#isListed,
      isReady: this.#isReady,
      sessions: this.#sessions,
      known: this.#known,
      imported: this.#imported,
      waiting: size,
    }
  }

  /** Whether anything that the source tells may not be in the store yet. */
  get isBehind(): boolean {
    return !this.#isListed || this.#waiting.size > 0
  }

  /** Waits, within its patience, until every session is known. */
  async untilReady(): Promise<void> {
    await this.#within(this.ready, () => this.#isReady)
  }

  /** Makes a session known to the store, without what it says. */
  async know(session: SessionRef): Promise<void> {
    const candidate = await this.#candidate(session)
    if (candidate) await this.#knowSoftly(candidate)
  }

  /** Makes known whichever live sessions an origin may mean. */
  async knowOrigin(origin: Origin, namespace: string): Promise<void> {
    await this.#within(this.#listed, () => this.#isListed)
    for (const candidate of [...this.#waiting.values()]) {
      const { session } = candidate
      const own = session.about.origin
      if (session.namespace !== namespace || !own || !matchesOrigin(origin, own)) continue
      if ((session.about.endedAt ?? null) === null) await this.#knowSoftly(candidate)
    }
  }

  /** Imports a session, if it is one of the source's. Fails with errors of the store as a whole. */
  async bringIn(session: SessionRef): Promise<BroughtIn> {
    const candidate = await this.#candidate(session)
    if (!candidate || this.#ended.signal.aborted) return SETTLED
    candidate.importing ??= this.#import(candidate).finally(() => {
      candidate.importing = null
    })
    try {
      return await candidate.importing
    } catch (error) {
      if (this.#ended.signal.aborted) return SETTLED
      throw error
    }
  }

  /**
   * Before a live append: brings the session in, or records where the source ended before anything is appended. Fails
   * where neither can be done.
   */
  async beforeAppend(session: SessionRef): Promise<void> {
    let failure: unknown = null
    const brought = await this.bringIn(session).catch((error: unknown): BroughtIn => {
      failure = error
      return { as: 'failed' }
    })
    if (brought.as === 'settled') return
    const candidate = this.#waiting.get(sessionKey(session))
    if (!candidate || candidate.isBounded) return
    try {
      await this.#bound(candidate, brought.as === 'held' ? 'held' : 'failed')
    } catch (error) {
      throw failure ?? error
    }
  }

  /** Imports whatever is not yet, one after the other. */
  async importAll(signal?: AbortSignal): Promise<void> {
    await orAborted(this.#listed, signal)
    for (const { session } of [...this.#waiting.values()]) {
      signal?.throwIfAborted()
      if (this.#ended.signal.aborted) return
      await orAborted(this.bringIn(session), signal)
    }
  }

  /** Resolves once nothing is being listed, made known or imported. */
  async settled(): Promise<void> {
    await this.ready
    for (const { importing, making } of [...this.#waiting.values()]) {
      await Promise.allSettled([importing, making])
    }
  }

  /** Stops what runs in the background and lets the source go. */
  async close(closeSource: boolean): Promise<void> {
    this.#closesSource = closeSource
    this.#ended.abort(new DOMException('The store is being closed.', 'AbortError'))
    await this.settled()
    if (closeSource) await this.#source?.close()
  }

  /** A source that is opened only after the end is closed again, and not waited for. */
  async #openUntilEnd(): Promise<LegacySource> {
    const opening = this.#open()
    try {
      return await orAborted(opening, this.#ended.signal)
    } catch (error) {
      if (this.#ended.signal.aborted && this.#closesSource) {
        void opening.then((source) => source.close()).catch(() => {})
      }
      throw error
    }
  }

  async #list(): Promise<void> {
    try {
      const source = await this.#openUntilEnd()
      this.#source = source
      const about = { path: source.path, format: source.format }
      Object.assign(this.#runs.index, { about: { ...about, brings: 'facts' } })
      Object.assign(this.#runs.bodies, { about: { ...about, brings: 'entries' } })
      for (const [key, session] of await listSessions(source, this.#ended.signal)) {
        this.#waiting.set(key, {
          session,
          isKnown: false,
          isBounded: false,
          making: null,
          importing: null,
          reported: new Set(),
        })
      }
      this.#sessions = this.#waiting.size
      this.#tell({ type: 'listed', sessions: this.#sessions, problems: source.problems.length })
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#tell({ type: 'source-failed', ...failureOf(error) })
    }
    this.#isListed = true
  }

  async #indexAll(): Promise<void> {
    for (const candidate of [...this.#waiting.values()]) {
      if (this.#ended.signal.aborted) return
      await this.#knowSoftly(candidate)
    }
    this.#isReady = true
    this.#tell({ type: 'ready', sessions: this.#sessions })
  }

  async #candidate(session: SessionRef): Promise<Candidate | undefined> {
    await this.#within(this.#listed, () => this.#isListed)
    return this.#waiting.get(sessionKey(session))
  }

  /** What can't be made known now is told, and tried again with the next call. */
  async #knowSoftly(candidate: Candidate): Promise<void> {
    if (candidate.isKnown) return
    candidate.making ??= this.#makeKnown(candidate).finally(() => {
      candidate.making = null
    })
    await candidate.making.catch((error: unknown) => {
      if (codeOf(error) === 'SESSION_DELETED') this.#settle(candidate, false)
      else if (!this.#ended.signal.aborted)
        this.#tellOnce(candidate, { type: 'not-known', ...failureOf(error) })
    })
  }

  async #makeKnown(candidate: Candidate): Promise<void> {
    const { session } = candidate
    const address = sessionAddress(session)
    if (!(await this.#store.get(address))) {
      const boundary = (await this.#holdsDeliveries())
        ? await orAborted(sourceFingerprint(session), this.#ended.signal).catch(() => {
            this.#ended.signal.throwIfAborted()
            return null
          })
        : null
      await this.#store
        .import({
          run: this.#runs.index,
          session: address,
          about: { codec: (session.file ?? session.database)?.codec ?? 'openai-chat', ...session.about },
          expectedHead: null,
          steps: nothing(),
          note: writeNote({
            as: 'index',
            by: this.#runs.index.id,
            boundary: boundary && { entry: 1, ...boundary },
          }),
        })
        .catch((error: unknown) => {
          if (codeOf(error) !== 'REVISION_CONFLICT') throw error
        })
    }
    candidate.isKnown = true
    this.#known++
  }

  async #holdsDeliveries(): Promise<boolean> {
    const store = this.#store as Partial<{ facts(): Promise<{ readonly heldDeliveries: number }> }>
    return typeof store.facts === 'function' && (await store.facts()).heldDeliveries > 0
  }

  async #import(candidate: Candidate): Promise<BroughtIn> {
    await this.#knowSoftly(candidate)
    const { session } = candidate
    const { signal } = this.#ended
    const planned = await planSession(session, this.#store, signal)
    if (!planned.work) return this.#imports(candidate, { report: planned.report, wrote: false, error: null })
    const since = performance.now()
    for (let isFirst = true; ; isFirst = false) {
      const done = await claimAndImport(
        session,
        () => (isFirst ? planned : planSession(session, this.#store, signal)),
        this.#store,
        this.#runs.bodies,
        { signal },
      )
      if (!('heldBy' in done)) return this.#imports(candidate, done)
      if (!(await this.#patience(performance.now() - since, 'session')))
        return { as: 'held', owner: done.heldBy }
    }
  }

  #imports(candidate: Candidate, { report, wrote, error }: SessionImported): BroughtIn {
    if (codeOf(error) === 'SESSION_DELETED') {
      this.#settle(candidate, false)
      return SETTLED
    }
    if (wasIncomplete(report)) {
      this.#tellOnce(candidate, { type: 'undecided', report })
      return { as: 'failed' }
    }
    this.#settle(candidate, true)
    // What is undecided since an earlier time, or was decided by another process just now, was told then.
    const isNews = report.verdict === 'unreadable' || (report.verdict === 'ambiguous' && wrote)
    if (isNews) this.#tellOnce(candidate, { type: 'undecided', report })
    else this.#tell({ type: 'imported', report, wrote })
    return SETTLED
  }

  #settle({ session }: Candidate, wasImported: boolean): void {
    if (this.#waiting.delete(sessionKey(session)) && wasImported) this.#imported++
  }

  /** Notes what the source tells now, then nothing later can come before what is appended from here on. */
  async #bound(candidate: Candidate, why: 'held' | 'failed'): Promise<void> {
    const { session } = candidate
    let fingerprint: SourceFingerprint
    try {
      fingerprint = await orAborted(sourceFingerprint(session), this.#ended.signal)
    } catch (error) {
      if (!(error instanceof SourceUnreadable || error instanceof SourceChanged)) throw error
      this.#tellOnce(candidate, { type: 'no-boundary', ...failureOf(error) })
      return
    }
    for (let attempt = 1; ; attempt++) {
      const existing = await this.#store.get(sessionAddress(session))
      const entry = (await lastEntryId(this.#store, session)) + 1
      try {
        await this.#store.import({
          run: this.#runs.index,
          session: sessionAddress(session),
          about: {},
          expectedHead: existing?.head ?? null,
          steps: null,
          note: writeNote({ as: 'boundary', boundary: { entry, ...fingerprint } }),
        })
        break
      } catch (error) {
        if (codeOf(error) !== 'REVISION_CONFLICT' || attempt === ATTEMPTS) throw error
      }
    }
    candidate.isBounded = true
    this.#tell({ type: 'boundary', namespace: session.namespace, id: session.id, why })
  }

  #tellOnce(candidate: Candidate, event: Untold): void {
    const key = event.type === 'undecided' ? causeOf(event.report) : event.code
    if (candidate.reported.has(`${event.type} ${key}`)) return
    candidate.reported.add(`${event.type} ${key}`)
    const { namespace, id } = candidate.session
    this.#tell(event.type === 'undecided' ? event : { ...event, namespace, id })
  }

  async #within(task: Promise<void>, isDone: () => boolean): Promise<void> {
    const since = performance.now()
    while (!isDone()) {
      const goOn = await Promise.race([
        task.then(() => true),
        this.#patience(performance.now() - since, 'source'),
      ])
      if (goOn) continue
      if (!this.#wasSlow) this.#tell({ type: 'source-slow' })
      this.#wasSlow = true
      return
    }
  }
}

type Untold =
  | { readonly type: 'undecided'; readonly report: SessionReport }
  | { readonly type: 'not-known' | 'no-boundary'; readonly code: string; readonly detail: string }

/** Whether a witness took no part, so that what it tells may still come. */
function wasIncomplete({ reason, problems }: SessionReport): boolean {
  return reason === 'failed' || reason === PARTLY_READ || problems.some(isOfUnread)
}

/** What a report is about, whatever the store has of the session by now. */
function causeOf({ verdict, problems }: SessionReport): string {
  const codes = problems.filter(isOfUnread).map(({ code }) => code)
  return codes.length > 0 ? [...new Set(codes)].join() : verdict
}

/** The greatest id that the session has given to an entry that it says or said; 0 where there is none. */
async function lastEntryId(store: ImportTarget, session: LegacySession): Promise<number> {
  if (!(await store.get(sessionAddress(session)))) return 0
  let last = 0
  for await (const { id } of store.read(sessionAddress(session))) last = Math.max(last, id)
  for await (const { id } of store.history(sessionAddress(session))) last = Math.max(last, id)
  return last
}

function failureOf(error: unknown): { readonly code: string; readonly detail: string } {
  return {
    code: codeOf(error) ?? 'UNEXPECTED',
    detail: error instanceof Error ? error.message : String(error),
  }
}

function codeOf(error: unknown): string | null {
  if (StoreError.is(error) || error instanceof SourceUnreadable || error instanceof SourceChanged)
    return error.code
  return null
}

async function* nothing(): AsyncGenerator<never> {}
