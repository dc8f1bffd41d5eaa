import type { ChangeKind, GenerationInfo } from '@faircopy/store-core'
import { countEntries, type EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement, resealStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged } from './damage.ts'
import { closeTail, writeRanges } from './ranges.ts'
import type { Tip } from './tip.ts'
import type { Transaction } from './transaction.ts'

const INSERT = insertStatement('generation')
const READ = 'SELECT at, reason, entry_count, seal FROM generation WHERE session = ? AND number = ?'
const ALL = 'SELECT number, at, reason, entry_count, seal FROM generation WHERE session = ? ORDER BY number'
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

/** The lists that a session has or had and that are kept, oldest first. Fails with `StoreCorrupt`. */
export function readGenerations(connection: Connection, tip: Tip): GenerationInfo[] {
  const { session } = tip
  const rows = connection.all<GenerationRow & { number: number }>(ALL, session)
  const isWhole =
    rows.at(-1)?.number === tip.generation &&
    rows.every(({ number, at, reason, entry_count, seal }) =>
      isSealed(connection, seal, session, number, at, reason, entry_count),
    )
  if (!isWhole) throw damaged(connection, session, 'its lists of entries')
  return rows.map(({ number, at, reason, entry_count }) => ({
    generation: number,
    at,
    reason,
    entryCount: entry_count ?? tip.entryCount,
  }))
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

interface GenerationRow {
  readonly at: number
  readonly reason: string
  readonly entry_count: number | null
  readonly seal: number | null
}

/** Writes what a tip holds of its generation to where earlier lists are. Fails with `StoreCorrupt` before it does. */
export function closeGeneration(connection: Connection, tip: Tip): void {
  const row = connection.get<GenerationRow>(READ, tip.session, tip.generation)
  const told = row && [tip.session, tip.generation, row.at, row.reason, row.entry_count]
  if (!told || row.entry_count !== null || !isSealed(connection, row.seal, ...told))
    throw damaged(connection, tip.session, 'its list of entries')
  closeTail(connection, tip)
  connection.run(CLOSE, tip.entryCount, tip.session, tip.generation)
  connection.run(RESEAL, tip.session, tip.generation)
}

/** Makes a session say another list, and gives its tip. The generation before it must have been closed, if there is one. */
export function openGeneration(
  transaction: Transaction,
  before: Tip,
  { at, reason, ranges, head, revision }: NextGeneration,
  change: ChangeKind | null,
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
