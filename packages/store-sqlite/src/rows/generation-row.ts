import { type ChangeKind, countEntries, type EntryRange } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertSealed, insertStatement, resealStatement } from '../file/seal.ts'
import { closeTail, writeRanges } from './ranges.ts'
import type { Tip } from './tip.ts'
import type { Transaction } from './transaction.ts'

const INSERT = insertStatement('generation')
const CLOSE = 'UPDATE generation SET entry_count = ? WHERE session = ? AND number = ?'
const RESEAL = resealStatement('generation', 'session = ? AND number = ?')

/** A list that a session is to have from now on. */
export interface NextGeneration {
  /** Epoch ms. */
  readonly at: number
  readonly reason: string
  readonly ranges: readonly EntryRange[]
  /** The head that the list comes to. */
  readonly head: string
  readonly revision: number
}

/** Notes a generation. Its count is written when it is no longer the current one. */
export function insertGeneration(
  connection: Connection,
  session: number,
  number: number,
  at: number,
  reason: string,
  entryCount: number | null,
): void {
  insertSealed(connection, INSERT, session, number, at, reason, entryCount)
}

/** Writes what a tip holds of its generation to where earlier lists are. */
export function closeGeneration(connection: Connection, tip: Tip): void {
  closeTail(connection, tip)
  connection.run(CLOSE, tip.entryCount, tip.session, tip.generation)
  connection.run(RESEAL, tip.session, tip.generation)
}

/** Makes a session say another list, and gives its tip. The generation before it must have been closed, if there is one. */
export function openGeneration(
  transaction: Transaction,
  before: Tip,
  { at, reason, ranges, head, revision }: NextGeneration,
  change: ChangeKind,
): Tip {
  const { connection, now } = transaction
  const generation = before.generation + 1
  insertGeneration(connection, before.session, generation, at, reason, null)
  const count = countEntries(ranges)
  const last = ranges.at(-1)
  const tail = last && last.owner === before.session ? last : null
  writeRanges(connection, before.session, generation, tail ? ranges.slice(0, -1) : ranges)
  const after: Tip = {
    session: before.session,
    revision,
    generation,
    nextId: before.nextId,
    entryCount: count,
    tailSeq: tail ? count - (tail.last - tail.first) : 0,
    tailFirst: tail?.first ?? 0,
    tailLast: tail?.last ?? 0,
    head,
    updatedAt: now,
  }
  transaction.setTip(after, change)
  return after
}
