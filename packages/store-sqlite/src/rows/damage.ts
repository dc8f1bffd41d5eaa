import { StoreCorrupt } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'

const ADDRESS = 'SELECT namespace, id FROM session WHERE number = ?'

/** Where a session lies, spelled out. */
export interface Address {
  readonly namespace: string
  readonly id: string
}

/**
 * The error for what the store has of one session and cannot be what was written (S22). A session is named by its address
 * where that was asked for, else by its number; null: what is damaged is of no single session. `what` is a name of ours,
 * never a word of what was read.
 */
export function damaged(
  connection: Connection,
  session: Address | number | null,
  what: string,
  entry?: number,
): StoreCorrupt {
  const address = typeof session === 'number' ? addressOf(connection, session) : session
  return new StoreCorrupt(
    connection.db.name,
    'not-stored',
    new Error(`What the store has as ${what} is not what was written`),
    { sessions: address ? [address] : [], ...(address && entry !== undefined && { entry }) },
  )
}

/**
 * The driver's error for rows that do not stand in their order: SQLite itself may lead through them for ever where the next
 * one behind a row is asked for again and again.
 */
export function misordered(): Error {
  return Object.assign(new Error('Rows do not stand in their order'), { code: 'SQLITE_CORRUPT' })
}

/** Rows that count up from behind a number. Fails where they do not. */
export function inOrder<T>(rows: T[], after: number, numberOf: (row: T) => number): T[] {
  let before = after
  for (const row of rows) {
    const number = numberOf(row)
    if (number <= before) throw misordered()
    before = number
  }
  return rows
}

/** The address that a session's row tells; its number in place of an id that cannot be read. */
function addressOf(connection: Connection, number: number): Address {
  const row = connection.get<{ namespace: unknown; id: unknown }>(ADDRESS, number)
  return typeof row?.namespace === 'string' && typeof row.id === 'string'
    ? { namespace: row.namespace, id: row.id }
    : { namespace: '', id: `(number ${number})` }
}
