import type { Origin, Route } from '@faircopy/store-core'
import type { OriginWay } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement, sealSql } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { type Address, damaged } from './damage.ts'
import { ORIGIN_COLUMNS, type OriginColumns, originOf, originValues } from './origin-row.ts'
import { type FoundRow, readSessionRow, whole } from './session-row.ts'

/** A route's row as it was found, before it is known to be what was written. */
export interface FoundRoute extends OriginColumns {
  readonly number: number
  readonly namespace: string
  readonly session: number
  readonly seal: number | null
}

/** A route, as it was written. */
export interface WholeRoute {
  readonly number: number
  readonly session: number
  readonly origin: Origin
}

/** What led to a row: columns of it, and what they have to be. */
type Asked = Partial<OriginColumns> & { readonly namespace: string; readonly session?: number }

const OWN = ['namespace', ...ORIGIN_COLUMNS, 'session', 'seal'].map((column) => `r.${column}`).join(', ')

/** The beginning of a query for routes: conditions are those of `f`. Each row is looked up by its number once more. */
export const ROUTE_ROW: string = `SELECT f.number, ${OWN} FROM route AS f LEFT JOIN route AS r ON r.number = f.number`

const OF_SESSION = `${ROUTE_ROW} WHERE f.session = ? ORDER BY f.number`
const INSERT = insertStatement('route')
const REMOVE = 'DELETE FROM route WHERE number = ?'
const MOVE = `UPDATE route SET session = lead.number, seal = ${sealSql('route', { session: 'lead.number' })}
  FROM (SELECT ? AS number) AS lead WHERE session = ?`

/** A route, as it was written. Fails with `StoreCorrupt` where it is not, or not what was asked for (S22). */
export function wholeRoute(connection: Connection, row: FoundRoute, asked: Asked): WholeRoute {
  const { number, namespace, session, seal } = row
  const told = [namespace, ...ORIGIN_COLUMNS.map((column) => row[column]), session]
  const origin = originOf(row)
  if (!origin || !isMeant(row, asked) || !isSealed(connection, seal, ...told))
    throw damaged(connection, asked.session ?? null, 'a route')
  return { number, session, origin }
}

/** The routes that lead to a session, in the order they were made. Fails with `StoreCorrupt`. */
export function readRoutes(connection: Connection, { namespace, id }: Address, session: number): Route[] {
  return connection
    .all<FoundRoute>(OF_SESSION, session)
    .map((row) => wholeRoute(connection, row, { namespace, session }))
    .map(({ origin }) => ({ namespace, origin, session: id }))
}

/** Leads exactly this origin to a session. Another route of it must have been removed. */
export function insertRoute(
  connection: Connection,
  namespace: string,
  origin: Origin,
  session: number,
): void {
  insertSealed(connection, INSERT, namespace, ...originValues(origin), session)
}

/** Removes a route. */
export function removeRoute(connection: Connection, number: number): void {
  connection.run(REMOVE, number)
}

/** Whatever led to the session of an address leads to another one. Fails with `StoreCorrupt`. */
export function moveRoutes(connection: Connection, address: Address, from: number, to: number): void {
  // They get a new seal, so they have to be what was written.
  readRoutes(connection, address, from)
  connection.run(MOVE, to, from)
}

/** The way that a route is; none where its session does not live any more. Fails with `StoreCorrupt`. */
export function wayOfRoute(connection: Connection, row: FoundRoute, asked: Asked): OriginWay[] {
  const { session, origin } = wholeRoute(connection, row, asked)
  const { id, namespace, state, ended_at } = readSessionRow(connection, session)
  if (namespace !== asked.namespace) throw damaged(connection, session, 'a route')
  return state === 'live' && ended_at === null ? [{ session: id, origin, by: 'route' }] : []
}

/** The way that a live session is by its own origin. Fails with `StoreCorrupt`. */
export function wayOfSession(connection: Connection, row: FoundRow, asked: Asked): OriginWay[] {
  const session = whole(connection, row)
  const origin = originOf(session)
  if (!origin || !isMeant(session, asked) || session.state !== 'live' || session.ended_at !== null)
    throw damaged(connection, session, 'what an origin leads to')
  return [{ session: session.id, origin, by: 'session' }]
}

function isMeant<T extends object>(row: T, asked: Partial<T>): boolean {
  return Object.entries(asked).every(([column, value]) => row[column as keyof T] === value)
}
