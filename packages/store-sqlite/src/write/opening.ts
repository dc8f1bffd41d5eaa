import {
  AmbiguousOrigin,
  type ChangeKind,
  type CheckedEntry,
  compareText,
  DEFAULT_NAMESPACE,
  isSameOrigin,
  type Opened,
  type OpenedSession,
  type Opening,
  type OpenOptions,
  type OpenTarget,
  type Origin,
  type Session,
  sessionsOpenedBy,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { sealSql } from '../file/seal.ts'
import { checkOrigin } from '../rows/origin-absence.ts'
import {
  type FoundRoute,
  insertRoute,
  ROUTE_ROW,
  readRoutes,
  type WholeRoute,
  wayOfRoute,
  wayOfSession,
  wholeRoute,
} from '../rows/route-row.ts'
import {
  type Address,
  type Facts,
  type FoundRow,
  factsOf,
  readSessionRow,
  refuseTaken,
  SESSION_ROW,
  sessionAt,
  sessionOf,
  updateSession,
  writableSession,
} from '../rows/session-row.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { appendEntries, checkRoom, createSession } from './extending.ts'
import { forkWrite } from './forking.ts'
import { placeHeld } from './placing.ts'
import { updateWrite } from './updating.ts'

/** An opening with everything about it checked that needs no store. */
export interface PreparedOpening extends Omit<Opening, 'entries'> {
  readonly target: OpenTarget
  readonly entries: readonly CheckedEntry[]
  readonly options: OpenOptions
}

const OWN = `${SESSION_ROW}
  WHERE s.namespace = ? AND s.platform = ? AND s.chat IS ? AND s.state = 'live' AND s.ended_at IS NULL`
const ROUTES = `${ROUTE_ROW} WHERE f.namespace = ? AND f.platform = ? AND f.chat IS ?`
const MOVE = `UPDATE route SET session = lead.number, seal = ${sealSql('route', { session: 'lead.number' })}
  FROM (SELECT ? AS number) AS lead WHERE session = ?`
const REMOVE = 'DELETE FROM route WHERE number = ?'

/**
 * The id of the live session that an opening finds, or null (S10). Several are `AmbiguousOrigin`. Cost: the routes and,
 * where none is exact, the live sessions of the origins' chats.
 */
export function openedId(
  connection: Connection,
  { namespace = DEFAULT_NAMESPACE, origins }: OpenTarget,
): string | null {
  const chats = [...new Set(origins.map(({ chat }) => chat ?? null))]
  const { platform } = origins[0]
  const routes = chats.flatMap((chat) =>
    connection
      .all<FoundRoute>(ROUTES, namespace, platform, chat)
      .flatMap((row) => wayOfRoute(connection, row, { namespace, platform, chat })),
  )
  const isDecided = routes.some((way) => origins.some((origin) => isSameOrigin(way.origin, origin)))
  const own = (isDecided ? [] : chats).flatMap((chat) =>
    connection
      .all<FoundRow>(OWN, namespace, platform, chat)
      .flatMap((row) => wayOfSession(connection, row, { namespace, platform, chat })),
  )
  const [first, ...more] = sessionsOpenedBy(origins, [...routes, ...own]).sort(compareText)
  if (more.length > 0) throw new AmbiguousOrigin([first as string, ...more].map((id) => ({ namespace, id })))
  if (first === undefined) for (const origin of origins) checkOrigin(connection, namespace, origin)
  return first ?? null
}

/** The write that finds the live session of an origin, or opens it, in place of another if need be (S10). */
export function openWrite({ target, session, end, entries, options }: PreparedOpening): Write<Opened> {
  const { namespace = DEFAULT_NAMESPACE, origins } = target
  return (transaction) => {
    const { connection } = transaction
    const id = foundId(connection, target, session)
    if (id !== null && (id !== end?.session || ('reopen' in session && session.reopen === id))) {
      const address = { namespace, id }
      const number = writableSession(connection, address)
      const found = (): Opened => ({ session: asItStands(transaction, number), how: 'found', ended: null })
      if (missing(connection, namespace, origins, id).length === 0) return { answer: found() }
      return {
        apply: () => {
          lead(transaction, namespace, origins, id, number, 'updated')
          transaction.flush()
          return found()
        },
      }
    }
    const before = id === null ? null : { namespace, id }
    const ending =
      before && end
        ? applied(
            updateWrite(before, { endedAt: end.at, endReason: end.reason }, conditionOf(options)),
            transaction,
          )
        : null
    const opening = openSession(transaction, namespace, session, entries.length)
    // What is moved gets a new seal, so it has to be what was written.
    if (before) readRoutes(connection, before, writableSession(connection, before))
    return {
      apply: () => {
        if (ending && before) {
          ending()
          const ended = transaction.tip(writableSession(connection, before))
          transaction.setTip({ ...ended, revision: ended.revision + 1 }, 'updated')
        }
        const opened = opening()
        const kind: ChangeKind = opened.how === 'reopened' ? 'updated' : 'created'
        const number = writableSession(connection, opened.address)
        appendEntries(transaction, transaction.tip(number), entries, kind)
        if (before) connection.run(MOVE, number, writableSession(connection, before))
        lead(transaction, namespace, origins, opened.address.id, number, kind)
        transaction.flush()
        return {
          session: sessionAt(connection, opened.address),
          how: opened.how,
          ended: before && sessionAt(connection, before),
        }
      },
    }
  }
}

/** Several sessions of an origin are no question where the one that is meant is named. */
function foundId(connection: Connection, target: OpenTarget, session: OpenedSession): string | null {
  try {
    return openedId(connection, target)
  } catch (error) {
    if ('reopen' in session && error instanceof AmbiguousOrigin) return null
    throw error
  }
}

/** Checks whether the session can be opened, and gives the step that does it. */
function openSession(
  transaction: Transaction,
  namespace: string,
  session: OpenedSession,
  more: number,
): () => { readonly address: Address; readonly how: Opened['how'] } {
  const { connection, now } = transaction
  if ('create' in session) {
    const { id, ...about } = session.create
    const address = { namespace, id }
    refuseTaken(connection, address)
    const facts = factsOf(about)
    return () => {
      placeHeld(transaction, namespace, facts, createSession(transaction, address, facts))
      return { address, how: 'created' }
    }
  }
  if ('fork' in session) {
    const { of, ...about } = session.fork
    const fork = applied(forkWrite({ namespace, id: of }, about, {}), transaction)
    return () => {
      fork()
      return { address: { namespace, id: about.id }, how: 'forked' }
    }
  }
  const address = { namespace, id: session.reopen }
  const number = writableSession(connection, address)
  checkRoom(address, transaction.tip(number), more)
  return () => {
    const facts: Facts = {
      ...readSessionRow(connection, number),
      ended_at: null,
      end_reason: null,
    }
    updateSession(connection, number, 'live', facts)
    const tip = placeHeld(transaction, namespace, facts, transaction.tip(number))
    transaction.setTip({ ...tip, updatedAt: now }, 'updated')
    return { address, how: 'reopened' }
  }
}

/** Those of the origins that do not lead to the session and to no other live one. */
function missing(
  connection: Connection,
  namespace: string,
  origins: OpenTarget['origins'],
  id: string,
): Origin[] {
  const leads = ({ session }: WholeRoute): boolean => {
    const row = readSessionRow(connection, session)
    return row.id === id || (row.state === 'live' && row.ended_at === null)
  }
  return origins.filter((origin) => !routesOf(connection, namespace, origin).some(leads))
}

/** Leads origins to a session unless they lead to another that lives. */
function lead(
  transaction: Transaction,
  namespace: string,
  origins: OpenTarget['origins'],
  id: string,
  number: number,
  kind: ChangeKind,
): void {
  const { connection, now } = transaction
  for (const origin of missing(connection, namespace, origins, id)) {
    for (const row of routesOf(connection, namespace, origin)) connection.run(REMOVE, row.number)
    insertRoute(connection, namespace, origin, number)
    transaction.setTip({ ...transaction.tip(number), updatedAt: now }, kind)
  }
}

/** The routes of exactly this origin: one, or none. */
function routesOf(connection: Connection, namespace: string, origin: Origin): WholeRoute[] {
  const { platform, chat = null } = origin
  return connection
    .all<FoundRoute>(ROUTES, namespace, platform, chat)
    .map((row) => wholeRoute(connection, row, { namespace, platform, chat }))
    .filter((route) => isSameOrigin(route.origin, origin))
}

/** Checks a write now, and gives the step that makes it. */
function applied<T>(write: Write<T>, transaction: Transaction): () => T {
  const checked = write(transaction)
  return 'answer' in checked ? () => checked.answer : checked.apply
}

function conditionOf({ expectedRevision }: OpenOptions): { expectedRevision?: number } {
  return expectedRevision === undefined ? {} : { expectedRevision }
}

/** A session whose tip may not be written yet in this transaction. */
function asItStands(transaction: Transaction, number: number): Session {
  const { revision, generation, entryCount, head, updatedAt } = transaction.tip(number)
  const { connection } = transaction
  const row = readSessionRow(connection, number)
  return { ...sessionOf(connection, row), revision, generation, entryCount, head, updatedAt }
}
