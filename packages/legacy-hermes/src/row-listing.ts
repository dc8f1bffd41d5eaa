import type { SessionRows } from './rows-by-session.ts'
import { FIRST_ROW_ID, LAST_ROW_ID } from './walk-rows.ts'

/** A table, and the column that says of which session a row is. */
export interface OwnedTable {
  readonly table: string
  readonly owner: string
}

/** Which rows a table has, and whose. */
export interface RowListing {
  readonly bySession: ReadonlyMap<string | null, SessionRows>
  /** Ranges of row ids in which rows could not be reached, of which nothing tells how many there are, or whose. */
  readonly unknown: readonly (readonly [from: number, to: number])[]
}

/** The listing of a table that has no rows. */
export const NO_ROWS: RowListing = { bySession: new Map(), unknown: [] }

const RANGES_NAMED = 8

/** Ranges in their order, those that overlap as one. */
export function joined(ranges: RowListing['unknown']): RowListing['unknown'] {
  const all: [from: number, to: number][] = []
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = all.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else all.push([from, to])
  }
  return all
}

/** In words, in which ranges rows of a table could not be reached, whosever they are. */
export function unknownRows(table: string, { unknown }: RowListing): readonly string[] {
  if (unknown.length === 0) return []
  const ranges = unknown.map(([from, to]) => {
    if (to === LAST_ROW_ID) return from === FIRST_ROW_ID ? 'all' : `from row ${from} on`
    if (from === FIRST_ROW_ID) return `before row ${to + 1}`
    return from === to ? `row ${from}` : `row ${from} to row ${to}`
  })
  const named = ranges.slice(0, RANGES_NAMED).join(', ')
  const more = ranges.length > RANGES_NAMED ? `, and ${ranges.length - RANGES_NAMED} more ranges` : ''
  return [
    `rows of its table of ${table} could not be read, and nothing tells how many they are, or whose: ${named}${more}`,
  ]
}
