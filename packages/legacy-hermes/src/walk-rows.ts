import { setImmediate as nextTurn } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import { quoted } from './columns.ts'
import { isDamage } from './driver.ts'
import type { SqlValue } from './message-row.ts'

/** A table with row ids, and an expression that is wanted of each of its rows. */
export interface WalkedTable {
  readonly table: string
  readonly value: string
}

/** What a walk meets, in the order of the row ids. */
export interface WalkedRows {
  seen(rowId: number, value: SqlValue): void
  /** Of these row ids, both included, some could not be reached, or may be seen although they are not theirs. */
  lost(from: number, to: number): void
}

/** Row ids that a number holds exactly. */
export const FIRST_ROW_ID: number = Number.MIN_SAFE_INTEGER
export const LAST_ROW_ID: number = Number.MAX_SAFE_INTEGER

const SLICE = 20_000

/**
 * Reads a table itself, and none of its indexes, from its first row id to its last, and goes on behind what it can't read.
 * Row ids only ever go forward: pages that lead back to earlier ones are damage. So its work is bounded by what the file
 * holds, whatever a number in it says.
 */
export async function walkRows(
  database: Database.Database,
  walked: WalkedTable,
  rows: WalkedRows,
): Promise<void> {
  const walk = new Walk(database, walked, rows)
  while (walk.step()) await nextTurn()
}

class Walk {
  readonly #rows: WalkedRows
  readonly #from: Database.Statement<[number, number], [number, SqlValue]>
  #last: number | null = null
  /** Where the next slice begins: at the last row, so that what follows it is come to page by page. */
  #at = FIRST_ROW_ID

  constructor(database: Database.Database, { table, value }: WalkedTable, rows: WalkedRows) {
    this.#rows = rows
    this.#from = database
      .prepare<[number, number], [number, SqlValue]>(
        `SELECT rowid, ${value} FROM ${quoted(table)} NOT INDEXED
         WHERE rowid >= ? AND rowid <= ${LAST_ROW_ID} ORDER BY rowid LIMIT ?`,
      )
      .raw()
  }

  /** Whether there is more. */
  step(): boolean {
    const slice = this.#slice()
    if (slice === 'end') return false
    if (slice === 'more') {
      this.#at = this.#last ?? FIRST_ROW_ID
      return true
    }
    return this.#pass(slice.stray)
  }

  #slice(): 'end' | 'more' | { readonly stray: number | null } {
    let count = 0
    try {
      for (const [id, value] of this.#read()) {
        count++
        if (this.#last !== null && id <= this.#last) {
          if (count === 1 && id === this.#last) continue
          return { stray: id }
        }
        this.#rows.seen(id, value)
        this.#last = id
      }
    } catch (error) {
      if (!isDamage(error)) throw error
      return { stray: null }
    }
    return count < SLICE ? 'end' : 'more'
  }

  #read(): Iterable<[number, SqlValue]> {
    try {
      return this.#from.all(this.#at, SLICE)
    } catch (error) {
      if (!isDamage(error)) throw error
      // The rows before the one that can't be read.
      return this.#from.iterate(this.#at, SLICE)
    }
  }

  /** Passes over what can't be read, and what leads astray; whether anything follows it. */
  #pass(stray: number | null): boolean {
    const behind = this.#last === null ? FIRST_ROW_ID : this.#last + 1
    const lost = (to: number): void => this.#rows.lost(Math.min(behind, stray ?? behind), to)
    const from = behind > LAST_ROW_ID ? null : this.#readableFrom(behind)
    const next = from === null ? null : this.#look(from)
    if (typeof next !== 'number') {
      lost(from === null ? LAST_ROW_ID : Math.max(behind, from - 1))
      return false
    }
    lost(next - 1)
    this.#at = next
    return true
  }

  /** The row id that is found first from one on, `null` for none, `undefined` where that can't be read. */
  #look(from: number): number | null | undefined {
    try {
      const [found] = this.#from.get(from, 1) ?? [null]
      return found === null || found >= from ? found : undefined
    } catch (error) {
      if (!isDamage(error)) throw error
      return undefined
    }
  }

  /** A row id, at or behind a first one, from which on can be read; null where none is found. */
  #readableFrom(first: number): number | null {
    const isReadable = (id: number): boolean => this.#look(id) !== undefined
    if (isReadable(first)) return first
    let bad = first
    let good = first < 0 && isReadable(0) ? 0 : Math.max(first, 0)
    for (let step = 1; !isReadable(good); step *= 2) {
      if (good >= LAST_ROW_ID) return null
      bad = good
      good = Math.min(bad + step, LAST_ROW_ID)
    }
    while (good - bad > 1) {
      const middle = bad + Math.floor((good - bad) / 2)
      if (isReadable(middle)) good = middle
      else bad = middle
    }
    return good
  }
}
