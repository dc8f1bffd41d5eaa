import { channel } from 'node:diagnostics_channel'
import { setTimeout as after } from 'node:timers/promises'
import {
  type AppenderScope,
  type Closable,
  DEFAULT_NAMESPACE,
  type Fork,
  type Opening,
  type OpenTarget,
  type Origin,
  type OriginTarget,
  type RouteStore,
  type SearchOptions,
  type SearchResult,
  type Session,
  type SessionAppender,
  type SessionRef,
  type TranscriptAppender,
} from '@faircopy/store-core'
import { isOriginTarget } from '@faircopy/store-core/arguments'
import { sessionAddress } from '@faircopy/store-core/backend'
import { SessionClaimed } from '../import/session-claimed.ts'
import type { ImportTarget } from '../plan/import-plan.ts'
import type { LegacySource } from '../source/legacy-source.ts'
import { sessionKey } from '../source/session-listing.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { CallOrder } from './call-order.ts'
import { LazyImport, type Patience } from './lazy-import.ts'
import { LEGACY_CHANNEL, type LegacyEvent, type LegacyProgress } from './legacy-event.ts'

/** What {@link withLegacy} asks of a store at least. Whatever else it has is kept. */
export type LegacyTarget = ImportTarget & SessionAppender & RouteStore & Closable

/** How a store takes its legacy sessions in. */
export interface WithLegacyOptions {
  /** Told of what happens. What it throws is ignored; its events are on {@link LEGACY_CHANNEL} as well. */
  readonly onEvent?: (event: LegacyEvent) => void
  /**
   * How long a call waits. Default: half a minute for the list of the source's sessions, two seconds for another process
   * that is importing the session at hand, looking again every 25 ms.
   */
  readonly patience?: Patience
}

/** How the migration of a store goes. */
export interface LegacyMigration {
  /** Resolves once every session of the source is known, with its origin, title and times. Never rejects. */
  readonly ready: Promise<void>
  readonly progress: LegacyProgress
  /** What was found or passed over in the source. */
  readonly problems: readonly SourceProblem[]
  /** The imports of this store in the ledger: the one that made sessions known, and the one that brought what they say. */
  readonly runs: { readonly index: string; readonly bodies: string }
  /** Imports whatever is not yet, one session after the other. Fails with errors of the store as a whole. */
  importAll(signal?: AbortSignal): Promise<void>
  /** Resolves once nothing goes on in the background. */
  settled(): Promise<void>
}

/** A store that is being migrated. */
export interface WithLegacy {
  readonly legacy: LegacyMigration
}

/**
 * The store, as if its legacy sessions had been imported already. Each is imported just before the first call that needs
 * what it says; so a gateway opens at once, and no start-up waits for a migration or fails because of one.
 *
 * - Every session of the source is made known first, in the background: listings, origins and routes lead to it. Its
 *   `entryCount`, `head` and `revision` in a listing are those of an empty session until it is imported.
 * - `get`, `read`, `page`, `resolve`, `open`, histories, `append`, `replace`, `fork`, `update`, `redact` and a search within a
 *   session import it first. A search in all sessions is `complete: false` as long as some are not imported.
 * - `append` never waits for another importer beyond `patience`, and never fails because of a source: where the import
 *   can't be had, it first records where the source ends. The import, whenever it is made, puts all that stood in the
 *   source before what was appended since: that order is proven. Reading such a session fails with
 *   {@link SessionClaimed} while another process is importing it, for an empty answer would be a lie.
 * - What can't be decided or read works on with what the store has, and is told once.
 *
 * `close` stops the background and closes the store; a source that was given as a function is closed as well.
 *
 * @param source the legacy side, or how to open it: opening a large home takes its time, and may fail without harm
 *
 * @example
 * ```ts
 * import { openJsonlSource, withLegacy } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = withLegacy(
 *   await openSqliteStore({ path: '/var/lib/gateway/transcripts.db' }),
 *   () => openJsonlSource('/var/lib/gateway/sessions'),
 *   { onEvent: (event) => event.type === 'undecided' && console.warn(event.report.id, event.report.reason) },
 * )
 * await store.append('20260302_100000', { record: { role: 'user', content: 'Where were we?' } }, { create: {} })
 * ```
 */
export function withLegacy<S extends LegacyTarget>(
  store: S,
  source: LegacySource | (() => Promise<LegacySource>),
  { onEvent, patience = defaultPatience }: WithLegacyOptions = {},
): S & WithLegacy {
  const events = channel(LEGACY_CHANNEL)
  const lazy = new LazyImport(store, typeof source === 'function' ? source : async () => source, {
    patience,
    tell(event) {
      events.publish(event)
      try {
        onEvent?.(event)
      } catch {
        // A listener must not stop a chat.
      }
    },
  })
  const calls = new Map<PropertyKey, unknown>(
    Object.entries(wrapped(store, lazy, typeof source === 'function')),
  )
  const legacy: LegacyMigration = {
    ready: lazy.ready,
    get progress() {
      return lazy.progress
    },
    get problems() {
      return lazy.problems
    },
    runs: lazy.runs,
    importAll: (signal) => lazy.importAll(signal),
    settled: () => lazy.settled(),
  }
  return new Proxy(store, {
    has: (target, name) => name === 'legacy' || name in target,
    get(target, name) {
      if (name === 'legacy') return legacy
      const own: unknown = Reflect.get(target, name, target)
      if (typeof own !== 'function') return own
      const call = calls.get(name) ?? own.bind(target)
      calls.set(name, call)
      return call
    },
  }) as S & WithLegacy
}

type Call = (...args: never[]) => unknown
type Calls = { readonly [name: string]: Call }

/** A store and its migration, as the calls that need both see them. */
interface Migrating {
  readonly store: LegacyTarget
  readonly lazy: LazyImport
  readonly order: CallOrder
  /** The store's own call of that name. */
  readonly own: (name: string) => (...args: readonly unknown[]) => unknown
  /** What a session says is asked for. */
  readonly needing: (session: SessionRef) => Promise<void>
}

/** The calls of which a store's own are no longer enough. Which of them there are, the store itself tells. */
function wrapped(store: LegacyTarget, lazy: LazyImport, closesSource: boolean): Calls {
  const migrating: Migrating = {
    store,
    lazy,
    order: new CallOrder(),
    own:
      (name) =>
      (...args) =>
        (Reflect.get(store, name) as (...args: readonly unknown[]) => unknown).apply(store, [...args]),
    async needing(session) {
      const brought = await lazy.bringIn(session)
      if (brought.as === 'held') throw new SessionClaimed(session, brought.owner)
    },
  }
  return {
    ...readingCalls(migrating),
    ...appendingCalls(migrating),
    ...changingCalls(migrating),
    ...originCalls(migrating),
    ...listingCalls(migrating),
    async close(): Promise<void> {
      await lazy.close(closesSource)
      await store.close()
    },
  }
}

function readingCalls({ own, needing }: Migrating): Calls {
  const reading =
    (name: string) =>
    async (session: SessionRef, ...more: readonly unknown[]): Promise<unknown> => {
      await needing(session)
      return own(name)(session, ...more)
    }
  const streaming = (name: string) =>
    async function* (session: SessionRef, ...more: readonly unknown[]): AsyncGenerator<unknown> {
      await needing(session)
      yield* own(name)(session, ...more) as AsyncIterable<unknown>
    }
  return {
    get: reading('get'),
    read: streaming('read'),
    page: reading('page'),
    history: streaming('history'),
    readGeneration: streaming('readGeneration'),
    generations: reading('generations'),
    locate: reading('locate'),
  }
}

function appendingCalls({ store, lazy, order, own }: Migrating): Calls {
  const appending =
    (append: (...args: readonly unknown[]) => unknown) =>
    async (target: SessionRef | OriginTarget, ...more: readonly unknown[]): Promise<unknown> => {
      const begin = async (): Promise<unknown> => append(target, ...more)
      const appendTo = (session: SessionRef): Promise<unknown> =>
        order.inTurn(sessionKey(session), () => lazy.beforeAppend(session), begin)
      if (!isOriginTarget(target)) return appendTo(target)
      const { origin, namespace = DEFAULT_NAMESPACE, whenAbsent } = target
      let session: SessionRef | null = null
      return order.inTurn(
        JSON.stringify([namespace, origin]),
        async () => {
          if (typeof whenAbsent === 'object') await lazy.know({ namespace, id: whenAbsent.create.id })
          await lazy.knowOrigin(origin, namespace)
          // Several sessions, or an origin that is none, are for the append itself to refuse.
          session = await store.resolve(origin, namespace).catch(() => null)
        },
        () => (session ? appendTo(session) : begin()),
      )
    }
  return {
    append: appending(own('append')),
    appender(scope: AppenderScope): TranscriptAppender {
      const narrow = own('appender')(scope) as TranscriptAppender
      const append = narrow.append.bind(narrow) as (...args: readonly unknown[]) => unknown
      return { append: appending(append) as TranscriptAppender['append'] }
    },
  }
}

function changingCalls({ lazy, order, own, needing }: Migrating): Calls {
  const changing =
    (name: string, prepare: (session: SessionRef) => Promise<unknown>) =>
    async (session: SessionRef, ...more: readonly unknown[]): Promise<unknown> =>
      order.inTurn(
        sessionKey(session),
        async () => void (await prepare(session)),
        async () => own(name)(session, ...more),
      )
  const knowing = (session: SessionRef): Promise<void> => lazy.know(session)
  return {
    replace: changing('replace', needing),
    redact: changing('redact', needing),
    update: changing('update', (session) => lazy.bringIn(session)),
    create: changing('create', knowing),
    delete: changing('delete', knowing),
    async fork(parent: SessionRef, fork: Fork, ...more: readonly unknown[]): Promise<unknown> {
      await lazy.know({ ...sessionAddress(parent), id: fork.id })
      return changing('fork', needing)(parent, fork, ...more)
    },
  }
}

function originCalls({ store, lazy, own, needing }: Migrating): Calls {
  /** Who lives at a target, once its legacy sessions are known. What is ambiguous is for the call itself to refuse. */
  const openedAt = async (target: OpenTarget): Promise<Session | null> => {
    const { namespace = DEFAULT_NAMESPACE, origins } = target
    for (const origin of origins) await lazy.knowOrigin(origin, namespace)
    return (own('opened')(target) as Promise<Session | null>).catch(() => null)
  }
  return {
    async routes(session: SessionRef): Promise<unknown> {
      await lazy.know(session)
      return own('routes')(session)
    },
    async route(origin: Origin, session: SessionRef): Promise<void> {
      await lazy.know(session)
      await store.route(origin, session)
    },
    async resolve(origin: Origin, namespace: string = DEFAULT_NAMESPACE): Promise<unknown> {
      await lazy.knowOrigin(origin, namespace)
      const session = await store.resolve(origin, namespace)
      if (session) await lazy.bringIn(session)
      return session && store.resolve(origin, namespace)
    },
    async opened(target: OpenTarget): Promise<unknown> {
      const session = await openedAt(target)
      if (session) await lazy.bringIn(session)
      return session && own('opened')(target)
    },
    async open(target: OpenTarget, opening: Opening, ...more: readonly unknown[]): Promise<unknown> {
      const { namespace = DEFAULT_NAMESPACE } = target
      const { session } = opening
      if ('fork' in session) await needing({ namespace, id: session.fork.of })
      if ('reopen' in session) await lazy.bringIn({ namespace, id: session.reopen })
      else await lazy.know({ namespace, id: 'fork' in session ? session.fork.id : session.create.id })
      const living = await openedAt(target)
      if (living) await lazy.bringIn(living)
      return own('open')(target, opening, ...more)
    },
  }
}

function listingCalls({ lazy, own, needing }: Migrating): Calls {
  return {
    async list(...args: readonly unknown[]): Promise<unknown> {
      await lazy.untilReady()
      return own('list')(...args)
    },
    async *sessions(...args: readonly unknown[]): AsyncGenerator<unknown> {
      await lazy.untilReady()
      yield* own('sessions')(...args) as AsyncIterable<unknown>
    },
    async search(text: string, options: SearchOptions = {}): Promise<SearchResult> {
      const { session: id, namespace = DEFAULT_NAMESPACE } = options
      if (id !== undefined) await needing({ namespace, id })
      const result = (await own('search')(text, options)) as SearchResult
      return id === undefined && lazy.isBehind ? { ...result, complete: false } : result
    },
  }
}

const PATIENCE_MS = { source: 30_000, session: 2000 } as const

async function defaultPatience(waitedMs: number, forWhat: keyof typeof PATIENCE_MS): Promise<boolean> {
  if (waitedMs >= PATIENCE_MS[forWhat]) return false
  await after(25)
  return true
}
