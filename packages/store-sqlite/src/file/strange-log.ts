import { StoreCorrupt, StrangeLog } from '@faircopy/store-core'
import { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import { hasSchema } from './header.ts'
import { statOrNull } from './location.ts'
import { readLogFrames, readLogHeader } from './log-frames.ts'
import type { MainHandle } from './main-handle.ts'
import { faultOf, isBusy } from './outcome.ts'
import { distrust } from './pragmas.ts'
import {
  belongsTo,
  parseStoreRow,
  readStoreRow,
  STORE_PAGE,
  STORE_ROW_BYTES,
  type StoreRow,
} from './store-row.ts'

/** Another process may begin a new log, or write the row, between the two looks. */
const LOOKS = 8

/**
 * Looks whether the log beside a file was written over it, before anything is answered out of the two or folded (S21):
 * the row that the main file has by itself must be the one that the log was begun over, or one out of the log.
 * Fails with `StrangeLog`, with `StoreCorrupt` where the file's own row is damaged, and with `SQLITE_BUSY` while another process mends the log.
 *
 * @returns A connection that only reads, for its caller to close last: while it is open, no other one that closes takes
 * the log in. Null where there is no log, or none can be read.
 */
export function refuseStrangeLog(driver: Driver, path: string, main: MainHandle): Connection | null {
  if (!main.canLook || (statOrNull(`${path}-wal`)?.size ?? 0n) === 0n) return null
  let connection: Connection
  try {
    connection = new Connection(driver.open(path, { readonly: true, fileMustExist: true, timeout: 0 }))
  } catch (error) {
    if (isBusy(error)) throw error
    return null
  }
  try {
    checkRows(path, main, connection)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

function checkRows(path: string, main: MainHandle, connection: Connection): void {
  for (let looks = 1, last: StoreRow | null = null; ; looks++) {
    const raw = main.row()
    const seen = rowThroughLog(path, connection)
    // What cannot be read at all is for others to tell: the schema is compared next, and damage is looked at again.
    if (!seen || (raw && belongsTo(raw, seen))) return
    // Marks are random and never come back: the log was the same at both looks, so the first was no accident.
    const isSame = last !== null && last.mark === seen.mark && last.logBase === seen.logBase
    if (isSame && (raw || looks >= LOOKS)) throw raw || !hasSchema(main) ? strange(path) : damaged(path)
    last = seen
  }
}

function strange(path: string): StrangeLog {
  return new StrangeLog(path)
}

function damaged(path: string): StoreCorrupt {
  return new StoreCorrupt(path, 'not-stored', new Error('the row of the store itself cannot be read'))
}

/** The row through the log; where SQLite cannot read that over this file, what the log's own bytes have. */
function rowThroughLog(path: string, connection: Connection): StoreRow | null {
  try {
    distrust(connection)
    return readStoreRow(connection)
  } catch (error) {
    if (isBusy(error) || faultOf(error) === 'io') throw error
    return lastRowIn(`${path}-wal`)
  }
}

/** The row as the bytes of a log's current run have it last; null where none is in it. */
function lastRowIn(log: string): StoreRow | null {
  const header = readLogHeader(log)
  let row: StoreRow | null = null
  if (!header) return row
  for (const { page, salts, tail } of readLogFrames(log)) {
    if (!salts.equals(header.salts)) break
    if (page === STORE_PAGE) row = parseStoreRow(tail(STORE_ROW_BYTES)) ?? row
  }
  return row
}
