import type Database from 'better-sqlite3'
import { quoted } from './columns.ts'
import { isDamage } from './driver.ts'
import { shortText } from './message-columns.ts'
import type { SqlValue } from './message-row.ts'
import { RowIds } from './row-ids.ts'
import { joined, type OwnedTable, type RowListing } from './row-listing.ts'
import { RowsBySession } from './rows-by-session.ts'
import { Salvage } from './salvage.ts'
import { FIRST_ROW_ID, LAST_ROW_ID, walkRows } from './walk-rows.ts'

/**
 * Finds the rows of each session in a table with row ids. The table itself is walked, not its indexes, which may lack some
 * after damage. Where the walk met damage, or an index has more rows, every index is asked which there are, and each that
 * the walk passed over is looked up by itself: what can be reached in any of these ways is listed, and what can't is told.
 */
export async function listRows(database: Database.Database, owned: OwnedTable): Promise<RowListing> {
  const rows = new RowsBySession()
  const walked = new RowIds()
  const suspects: (readonly [from: number, to: number])[] = []
  await walkRows(
    database,
    { table: owned.table, value: shortText(owned.owner) },
    {
      seen(id, whose) {
        rows.add(id, whose)
        walked.add(id)
      },
      lost(from, to) {
        rows.breakRun()
        suspects.push([from, to])
      },
    },
  )
  const beyond = listBeyond(database, owned, rows)
  const isWhole = suspects.length === 0 && countByIndex(database, owned) === walked.count + beyond
  const unknown = isWhole ? [] : await new Salvage(database, owned, rows, walked).run(joined(suspects))
  return { bySession: rows.bySession, unknown }
}

/** Rows whose ids no number holds exactly: they are told as lost, since nothing could name their place. */
function listBeyond(database: Database.Database, { table, owner }: OwnedTable, rows: RowsBySession): number {
  let count = 0
  for (const side of [`rowid < ${FIRST_ROW_ID}`, `rowid > ${LAST_ROW_ID}`]) {
    try {
      const found = database
        .prepare<[], [SqlValue, bigint, bigint, bigint]>(
          `SELECT ${shortText(owner)} AS whose, count(*), min(rowid), max(rowid)
           FROM ${quoted(table)} NOT INDEXED WHERE ${side} GROUP BY whose`,
        )
        .raw()
        .safeIntegers()
        .all()
      for (const [whose, own, first, last] of found) {
        rows.lose(whose, [{ first, last, rows: Number(own) }])
        count += Number(own)
      }
    } catch (error) {
      // The walk has met the same damage.
      if (!isDamage(error)) throw error
    }
  }
  return count
}

/** How many rows there are by the smallest index; null where that can't be read. */
function countByIndex(database: Database.Database, { table }: OwnedTable): number | null {
  try {
    return (
      database
        .prepare<[], number>(`SELECT count(*) FROM ${quoted(table)}`)
        .pluck()
        .get() ?? null
    )
  } catch (error) {
    if (!isDamage(error)) throw error
    return null
  }
}
