import type { GenerationInfo } from '@faircopy/store-core'
import { countEntries, type List } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement, resealStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged } from './damage.ts'
import { closeTail, writeRanges } from './ranges.ts'
import type { SessionTip } from './tip.ts'

const INSERT = insertStatement('generation')
const READ = 'SELECT at, reason, entry_count, seal FROM generation WHERE session = ? AND number = ?'
const ALL = 'SELECT number, at, reason, entry_count, seal FROM generation WHERE session = ? ORDER BY number'
const CLOSE = 'UPDATE generation SET entry_count = ? WHERE session = ? AND number = ?'
const RESEAL = resealStatement('generation', 'session = ? AND number = ?')

/** The lists that a session has or had and that are kept, oldest first. Fails with `StoreCorrupt`. */
export function readGenerations(connection: Connection, tip: SessionTip): GenerationInfo[] {
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

/** Notes a list. `entryCount`: null for the current one, which gets it when it is closed. */
export function insertGeneration(
  connection: Connection,
  session: number,
  { generation, at, reason }: Omit<List, 'ranges'>,
  entryCount: number | null,
): void {
  insertSealed(connection, INSERT, session, generation, at, reason, entryCount)
}

interface GenerationRow {
  readonly at: number
  readonly reason: string
  readonly entry_count: number | null
  readonly seal: number | null
}

/** Writes what a tip holds of its generation to where earlier lists are. Fails with `StoreCorrupt` before it does. */
export function closeGeneration(connection: Connection, tip: SessionTip): void {
  const row = connection.get<GenerationRow>(READ, tip.session, tip.generation)
  const told = row && [tip.session, tip.generation, row.at, row.reason, row.entry_count]
  if (!told || row.entry_count !== null || !isSealed(connection, row.seal, ...told))
    throw damaged(connection, tip.session, 'its list of entries')
  closeTail(connection, tip)
  connection.run(CLOSE, tip.entryCount, tip.session, tip.generation)
  connection.run(RESEAL, tip.session, tip.generation)
}

/** Makes a session say another list, whose owners are rows, and gives where it stands then. The list before it must have been closed. */
export function openGeneration(connection: Connection, before: SessionTip, list: List): SessionTip {
  const { session } = before
  const { generation, ranges } = list
  insertGeneration(connection, session, list, null)
  const count = countEntries(ranges)
  const last = ranges.at(-1)
  const tail = last?.owner === session ? last : null
  writeRanges(connection, session, generation, tail ? ranges.slice(0, -1) : ranges)
  return {
    ...before,
    generation,
    entryCount: count,
    tailSeq: tail ? count - (tail.last - tail.first) : 0,
    tailFirst: tail?.first ?? 0,
    tailLast: tail?.last ?? 0,
  }
}
