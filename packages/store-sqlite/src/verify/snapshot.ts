import { StoreError } from '@faircopy/store-core'
import { giveWay, type InSteps, inTurns, isHeld } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { codeOf, contractError, faultOf } from '../file/outcome.ts'
import type { Value } from '../file/seal.ts'
import type { StoreFile } from '../file/store-file.ts'

/** Rows in the order of their keys. */
export interface Rows {
  readonly table: string
  /** What is wanted of each row; its keys come first. */
  readonly columns: readonly string[]
  /** The columns that order them. */
  readonly keys: readonly string[]
  /** The least and the greatest of the first key. */
  readonly first?: number
  readonly through?: number
  /** Which of them, as a condition on other columns, and the values in it. */
  readonly where?: string
  readonly values?: readonly Value[]
}

/** What a lookup gives where the place to look at can't be read. */
export const UNREADABLE: unique symbol = Symbol('unreadable')

/** A key beyond the greatest: a gallop over unreadable pages ends there. */
const LAST_KEY = Number.MAX_SAFE_INTEGER
/** So many places that can't be read are gone round in one table: one for each page of the file would be too many. */
const MOST_GAPS = 200

/**
 * A connection of its own that reads snapshots of a store for as long as a check of one session or table takes, and gives
 * the event loop its turns meanwhile (S20). What it cannot read it says, and goes on behind it: its work is bounded by what
 * is stored, whatever a number in it says.
 */
export class Snapshot {
  readonly #file: StoreFile
  readonly #signal: AbortSignal | undefined
  #connection: Connection
  /** What looked like damage is looked at through one new connection before it is believed (S22). */
  #isFresh = false

  private constructor(file: StoreFile, signal: AbortSignal | undefined, connection: Connection) {
    this.#file = file
    this.#signal = signal
    this.#connection = connection
  }

  static async open(file: StoreFile, signal: AbortSignal | undefined): Promise<Snapshot> {
    signal?.throwIfAborted()
    const snapshot = new Snapshot(file, signal, await file.openReader())
    snapshot.renew()
    return snapshot
  }

  get connection(): Connection {
    return this.#connection
  }

  /** Looks at the store as it is by now. */
  renew(): void {
    this.#end()
    this.#connection.run('BEGIN')
  }

  close(): void {
    this.#end()
    this.#connection.close()
  }

  /** Gives the event loop a turn where it is due, and hears whether anybody still wants to know. */
  async breathe(): Promise<void> {
    if (isHeld()) await giveWay()
    this.#signal?.throwIfAborted()
    this.#file.checkOpen()
  }

  /** The first row, null where there is none. */
  find(sql: string, ...values: Value[]): readonly Value[] | null | typeof UNREADABLE {
    try {
      return (this.#connection.raw(sql).get(...values) as Value[] | undefined) ?? null
    } catch (error) {
      if (isDamage(error)) return UNREADABLE
      throw contractError(error, this.#file.path, 'before-commit')
    }
  }

  /** Gives every row that can be read to `seen`, and says to `lost` before which key some could not be. */
  each(
    rows: Rows,
    seen: (row: readonly Value[]) => void,
    lost: (after: Value | undefined) => void,
  ): Promise<void> {
    return this.eachInSteps(
      rows,
      function* (row) {
        seen(row)
        yield
      },
      lost,
    )
  }

  /** The same, where what is made of one row takes long. */
  async eachInSteps(
    rows: Rows,
    seen: (row: readonly Value[]) => InSteps<void>,
    lost: (after: Value | undefined) => void,
  ): Promise<void> {
    let place = rows.first === undefined ? seekTo(rows, 'all', []) : seekTo(rows, 'from', [rows.first])
    let last: readonly Value[] | null = null
    let floor = rows.first ?? 0
    for (let gaps = 0; ; ) {
      await this.breathe()
      const { end, keys, rest } = this.#slice(rows, place, last, seen)
      if (rest) await inTurns(rest)
      if (keys) last = keys
      if (end === 'end') return
      if (end === 'turn' && last) {
        place = seekTo(rows, 'behind', last)
        continue
      }
      if (!this.#isFresh) {
        await this.#reopen()
        continue
      }
      lost(last?.[0])
      const next: number | null = ++gaps > MOST_GAPS ? null : this.#readableFrom(rows, last?.[0] ?? floor)
      if (next === null) return
      floor = next
      place = seekTo(rows, 'from', [next])
      last = null
    }
  }

  /** Reads on from a place until the loop is held, the rows end, or one cannot be read. */
  #slice(
    { keys }: Rows,
    place: Seek,
    before: readonly Value[] | null,
    seen: (row: readonly Value[]) => InSteps<void>,
  ): Slice {
    let last: readonly Value[] | null = null
    try {
      for (const row of this.#connection.raw(place.sql).iterate(...place.values) as Iterable<Value[]>) {
        const at = row.slice(0, keys.length)
        // Pages that lead back to earlier ones must not lead round in a circle.
        if (before && !last && !isBehind(at, before)) return { end: 'end', keys: null }
        last = at
        const steps = seen(row)
        let isDone = steps.next().done
        while (!isDone && !isHeld()) isDone = steps.next().done
        if (!isHeld()) continue
        const end = before && !isBehind(at, before) ? 'end' : 'turn'
        return { end, keys: last, ...(!isDone && { rest: steps }) }
      }
      return { end: 'end', keys: last }
    } catch (error) {
      if (!isDamage(error)) throw contractError(error, this.#file.path, 'before-commit')
      return { end: 'damage', keys: last }
    }
  }

  /** The first key behind an unreadable place from which rows can be read again; null where there is none to be found. */
  #readableFrom(rows: Rows, from: Value): number | null {
    if (typeof from !== 'number') return null
    const through = Math.min(rows.through ?? LAST_KEY, LAST_KEY)
    const isReadable = (key: number): boolean => {
      const { sql, values } = seekTo(rows, 'from', [key])
      try {
        this.#connection.raw(`${sql} LIMIT 1`).get(...values)
        return true
      } catch (error) {
        if (isDamage(error)) return false
        throw contractError(error, this.#file.path, 'before-commit')
      }
    }
    let low = from
    let high = low + 1
    for (let step = 1; high > through || !isReadable(high); step *= 2) {
      if (high >= through) return null
      low = high
      high = Math.min(low + step, through)
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (isReadable(middle)) high = middle
      else low = middle
    }
    return high
  }

  async #reopen(): Promise<void> {
    const before = this.#connection
    this.#connection = await this.#file.openReader()
    this.#isFresh = true
    before.close()
    this.renew()
  }

  #end(): void {
    // After an unreadable page a commit fails, though nothing was written.
    if (this.#connection.db.inTransaction) this.#connection.run('ROLLBACK')
  }
}

/** What was read in one go. */
interface Slice {
  readonly end: 'end' | 'turn' | 'damage'
  /** Those of the last row. */
  readonly keys: readonly Value[] | null
  /** What is still to be done with the last row. */
  readonly rest?: InSteps<void>
}

interface Seek {
  readonly sql: string
  readonly values: readonly Value[]
}

/** Whether an error says that what was to be read is damaged. */
export function isDamage(error: unknown): boolean {
  if (StoreError.is(error)) return error.code === 'STORE_CORRUPT'
  const code = codeOf(error)
  return faultOf(error) === 'damage' || code === 'SQLITE_TOOBIG' || code === 'SQLITE_NOMEM'
}

/** The statement that reads rows from the first one, behind keys, or from a first key on. */
function seekTo(rows: Rows, which: 'all' | 'behind' | 'from', at: readonly Value[]): Seek {
  const { table, columns, keys, where, values = [], through } = rows
  const named = keys.map((key) => `"${key}"`).join(', ')
  const conditions = [
    ...(where === undefined ? [] : [where]),
    ...(which === 'behind' ? [`(${named}) > (${keys.map(() => '?').join(', ')})`] : []),
    ...(which === 'from' ? [`"${keys[0]}" >= ?`] : []),
    ...(through === undefined ? [] : [`"${keys[0]}" <= ?`]),
  ]
  const wanted = [...keys, ...columns].map((column) => `"${column}"`).join(', ')
  const condition = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return {
    sql: `SELECT ${wanted} FROM "${table}" ${condition} ORDER BY ${named}`,
    values: [...values, ...at, ...(through === undefined ? [] : [through])],
  }
}

function isBehind(keys: readonly Value[], before: readonly Value[]): boolean {
  for (const [i, key] of keys.entries()) {
    const order = compare(key, before[i] ?? null)
    if (order !== 0) return order > 0
  }
  return false
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}
