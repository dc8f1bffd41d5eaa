/** Rows that are there and could not be read, between two that could: the first and the last row id, and how many. */
export interface LostRows {
  readonly first: number | bigint
  readonly last: number | bigint
  readonly rows: number
}

const RANGES_NAMED = 8

/** Rows in words: `13 from row 288 to row 300, 1 at row 412`. */
export function rowsInWords(lost: readonly LostRows[]): string {
  const sorted = lost.toSorted((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)))
  const named = sorted
    .slice(0, RANGES_NAMED)
    .map(({ first, last, rows }) =>
      first === last ? `row ${first}` : `${rows} from row ${first} to row ${last}`,
    )
  const more = sorted.slice(RANGES_NAMED)
  return [...named, ...(more.length > 0 ? [`${countRows(more)} more behind them`] : [])].join(', ')
}

/** How many rows there are in all. */
export function countRows(lost: readonly LostRows[]): number {
  return lost.reduce((sum, { rows }) => sum + rows, 0)
}

/** Joins row ids, in their order, into ranges; `isApart` says where something that could be read lies between two. */
export function lostRanges(
  ids: readonly number[],
  isApart: (before: number, after: number) => boolean,
): readonly LostRows[] {
  const ranges: { first: number; last: number; rows: number }[] = []
  for (const id of ids) {
    const range = ranges.at(-1)
    if (range && !isApart(range.last, id)) {
      range.last = id
      range.rows++
    } else ranges.push({ first: id, last: id, rows: 1 })
  }
  return ranges
}
