import { setImmediate as nextTurn } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { quoted } from './columns.ts'
import { isDamage } from './driver.ts'
import { lostRanges } from './lost-rows.ts'
import { shortText } from './message-columns.ts'
import type { SqlValue } from './message-row.ts'
import { type RowIds, rowIdsOf } from './row-ids.ts'
import type { OwnedTable, RowListing } from './row-listing.ts'
import type { RowsBySession } from './rows-by-session.ts'
import { FIRST_ROW_ID } from './walk-rows.ts'

/** So many row ids are looked up one by one for each page of the file, where no index says which there are. */
const GUESSES_A_PAGE = 16
const MOST_GUESSES = 100_000
/** No page of 64 KiB holds more entries of an index. */
const ENTRIES_A_PAGE = 16_384
const ENTRIES_IN_A_TURN = 10_000

interface Index {
  readonly name: string
  readonly columns: readonly string[]
}

/** Looks for the rows of a table that a walk passed over: which there are by its indexes, and which can be looked up. */
export class Salvage {
  readonly #database: Database.Database
  readonly #table: string
  readonly #owner: string
  readonly #rows: RowsBySession
  readonly #walked: RowIds
  /** Rows that an index has and the walk has not, and whose they are as far as the index says. */
  readonly #named = new Map<number, SqlValue | undefined>()

  constructor(
    database: Database.Database,
    { table, owner }: OwnedTable,
    rows: RowsBySession,
    walked: RowIds,
  ) {
    this.#database = database
    this.#table = quoted(table)
    this.#owner = owner
    this.#rows = rows
    this.#walked = walked
  }

  /** Lists what can be reached, and gives the ranges of which nothing is known. */
  async run(suspects: RowListing['unknown']): Promise<RowListing['unknown']> {
    let isWhole = false
    for (const index of this.#indexes()) isWhole = (await this.#readIndex(index)) || isWhole
    const unwalked = isWhole ? [] : suspects.flatMap(([from, to]) => [...this.#walked.missing(from, to)])
    const { found, lost, nobodys } = await this.#lookUp(unwalked)
    const reached = rowIdsOf([...found.values()].flat().sort((a, b) => a - b))
    for (const [session, ids] of found) this.#rows.putIn(session, rowIdsOf(ids))
    const isApart = (before: number, after: number): boolean =>
      this.#walked.hasAny(before, after) || reached.hasAny(before, after)
    for (const [session, ids] of lost) this.#rows.lose(session, lostRanges(ids, isApart))
    if (isWhole) return lostRanges(nobodys, isApart).map(({ first, last }) => [Number(first), Number(last)])
    return unwalked.flatMap(([from, to]) => [...reached.missing(from, to)])
  }

  #pages(): number {
    return Number(this.#database.pragma('page_count', { simple: true }))
  }

  #indexes(): readonly Index[] {
    try {
      const found = this.#database.pragma(`index_list(${this.#table})`) as readonly Record<string, unknown>[]
      return found
        .filter(({ partial }) => Number(partial) === 0)
        .map(({ name }) => ({ name: String(name), columns: this.#columnsOf(String(name)) }))
    } catch (error) {
      if (!isDamage(error)) throw error
      return []
    }
  }

  #columnsOf(index: string): readonly string[] {
    const columns = this.#database.pragma(`index_info(${quoted(index)})`) as readonly {
      name: string | null
    }[]
    return columns.flatMap(({ name }) => (name === null ? [] : [name]))
  }

  /** Reads an index from its beginning, and, where that fails, from its end. True: it was read and lacks no row. */
  async #readIndex({ name, columns }: Index): Promise<boolean> {
    const session = columns.includes(this.#owner) ? shortText(this.#owner) : 'NULL'
    const entries = `SELECT rowid, ${session} FROM ${this.#table} INDEXED BY ${quoted(name)}`
    const down = [...columns, 'rowid'].map((column) => `${quoted(column)} DESC`).join(', ')
    const known = new Set<number>()
    if (await this.#readEntries(entries, columns, known)) return known.size === this.#walked.count
    await this.#readEntries(`${entries} ORDER BY ${down}`, columns, known)
    return false
  }

  /** `known`: those of the walked rows that it has. Whether it could be read to its end. */
  async #readEntries(sql: string, columns: readonly string[], known: Set<number>): Promise<boolean> {
    let left = this.#pages() * ENTRIES_A_PAGE
    try {
      for (const [id, session] of this.#database.prepare<[], [number, SqlValue]>(sql).raw().iterate()) {
        if (this.#walked.has(id)) known.add(id)
        else if (Number.isSafeInteger(id))
          this.#named.set(id, columns.includes(this.#owner) ? session : this.#named.get(id))
        if (--left < 0) return false
        if (left % ENTRIES_IN_A_TURN === 0) await nextTurn()
      }
      return true
    } catch (error) {
      if (!isDamage(error)) throw error
      return false
    }
  }

  /** Looks up each row that an index names, and such of the guessed ranges as are few enough. */
  async #lookUp(guessed: RowListing['unknown']): Promise<{
    readonly found: ReadonlyMap<SqlValue, number[]>
    readonly lost: ReadonlyMap<SqlValue, number[]>
    /** Lost ones of which no index says whose they are. */
    readonly nobodys: readonly number[]
  }> {
    const found = new Map<SqlValue, number[]>()
    const lost = new Map<SqlValue, number[]>()
    const nobodys: number[] = []
    const row = this.#database
      .prepare<[number], [number, SqlValue]>(
        `SELECT rowid, ${shortText(this.#owner)} FROM ${this.#table} NOT INDEXED WHERE rowid = ?`,
      )
      .raw()
    let count = 0
    for (const id of this.#candidates(guessed)) {
      if (++count % ENTRIES_IN_A_TURN === 0) await nextTurn()
      const session = lookUp(row, id)
      const named = this.#named.get(id)
      if (session !== undefined) put(found, session, id)
      else if (named !== undefined) put(lost, named, id)
      else if (this.#named.has(id)) nobodys.push(id)
    }
    return { found, lost, nobodys }
  }

  /** Of a range without a beginning those before its end, of others those behind their beginning. */
  #candidates(guessed: RowListing['unknown']): readonly number[] {
    const ids = new Set(this.#named.keys())
    let left = Math.min(MOST_GUESSES, GUESSES_A_PAGE * this.#pages())
    for (const [first, to] of guessed) {
      const from = first === FIRST_ROW_ID ? Math.max(first, to - left) : first
      for (let id = from; id <= to && left > 0; id++, left--) ids.add(id)
    }
    return [...ids].sort((a, b) => a - b)
  }
}

function put(ids: Map<SqlValue, number[]>, session: SqlValue, id: number): void {
  const known = ids.get(session)
  if (known) known.push(id)
  else ids.set(session, [id])
}

/** Whose a row is; undefined where it can't be read. */
function lookUp(row: Database.Statement<[number], [number, SqlValue]>, id: number): SqlValue | undefined {
  try {
    return row.get(id)?.[1]
  } catch (error) {
    if (!isDamage(error)) throw error
    return undefined
  }
}
