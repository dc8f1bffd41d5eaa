import type { ChangeKind } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import { inOrder } from './damage.ts'

/**
 * What a transaction did to a session. `shown`: entries that were staged before can be seen now. `redacted`: a text was
 * taken out of entries `first` to `last`, and must go from whatever was derived from them (S27).
 */
export type ChangeWhat = ChangeKind | 'shown' | 'redacted'

/** A change to be noted: which entries it brought, both ends included, if any. */
export interface NewChange {
  readonly session: number
  readonly what: ChangeWhat
  readonly first: number | null
  readonly last: number | null
}

/** One row of the log. Numbers count up in commit order, in the whole store, and are never given twice. */
export interface Change extends NewChange {
  readonly number: number
}

const INSERT = insertStatement('change')
const AFTER = 'SELECT number, session, what, first, last FROM change WHERE number > ? ORDER BY number LIMIT ?'
const BEFORE = `SELECT number, session, what, first, last FROM change WHERE number < ? AND number > ?
  ORDER BY number DESC LIMIT ?`
const ONE = 'SELECT number, session, what, first, last FROM change WHERE number = ?'
const LAST = 'SELECT max(number) AS number FROM change'
const ENTRIES = 'SELECT total(last - first + 1) AS count FROM change WHERE number > ? AND number <= ?'

/** Notes a change, inside the transaction that makes it, and gives its number. */
export function insertChange(connection: Connection, { session, what, first, last }: NewChange): number {
  return insertSealed(connection, INSERT, session, what, first, last)
}

/** Changes behind a number, in commit order. */
export function readChangesAfter(connection: Connection, after: number, limit: number): Change[] {
  return inOrder(connection.all<Change>(AFTER, after, limit), after, ({ number }) => number)
}

/** Changes between two numbers, neither included, the newest first. */
export function readChangesBefore(
  connection: Connection,
  before: number,
  after: number,
  limit: number,
): Change[] {
  return inOrder(connection.all<Change>(BEFORE, before, after, limit), -before, ({ number }) => -number)
}

/** A change by its number. */
export function readChange(connection: Connection, number: number): Change | undefined {
  return connection.get<Change>(ONE, number)
}

/** The number of the newest change; 0 where there is none. */
export function lastChange(connection: Connection): number {
  return connection.get<{ number: number | null }>(LAST)?.number ?? 0
}

/** How many entries the changes from `after` (not included) to `through` brought. Cost: O(changes between). */
export function countChanged(connection: Connection, after: number, through: number): number {
  return connection.get<{ count: number }>(ENTRIES, after, through)?.count ?? 0
}
