import { isUtf8 } from 'node:buffer'
import type Database from 'better-sqlite3'
import { quoted } from './columns.ts'
import { isDamage } from './driver.ts'
import { type LostRows, lostRanges } from './lost-rows.ts'
import { type MessageColumns, pastShort, shortText } from './message-columns.ts'
import type { MessageRow, SqlValue } from './message-row.ts'
import type { RowRuns } from './rows-by-session.ts'

const BATCH_BYTES = 128 * 1024
const BATCH_ROWS = 64

interface Batch {
  readonly rows: readonly MessageRow[]
  /** Why it ended: it is as large as a batch gets, there are no more rows, or what follows can't be read. */
  readonly end: 'full' | 'done' | 'damage'
}

/** Reads the rows of a session in the order of their ids, a batch of about 128 KiB at a time. */
export class MessageRows {
  readonly #columns: MessageColumns
  readonly #statement: Database.Statement<[number, number, string], SqlValue[]>
  readonly #next: Database.Statement<[number, number, string], number>
  /** The bytes of one row's text; null where the database has another encoding and SQLite converts. */
  readonly #bytes: Database.Statement<[number], (Uint8Array | null)[]> | null

  /** A value longer than `maxBytes` is not loaded: the row's size tells, and its members are null. */
  constructor(database: Database.Database, columns: MessageColumns, maxBytes: number) {
    const { timestamp, active, compacted, members } = columns
    const names = members.map(({ name }) => quoted(name))
    const marks = [timestamp, active, compacted]
    const size = [
      ...names.map((name) => `ifnull(octet_length(${name}), 0)`),
      ...marks.map(pastShort(maxBytes)),
    ].join(' + ')
    const values = names.map((name) => `CASE WHEN octet_length(${name}) <= ${maxBytes} THEN ${name} END`)
    const own = 'FROM messages NOT INDEXED WHERE id >= ? AND id <= ? AND session_id = ? ORDER BY id'
    this.#columns = columns
    this.#statement = database
      .prepare<[number, number, string], SqlValue[]>(
        `SELECT id, ${marks.map(shortText).join(', ')}, ${size}, ${values.join(', ')} ${own}`,
      )
      .raw()
      .safeIntegers()
    this.#next = database.prepare<[number, number, string], number>(`SELECT id ${own} LIMIT 1`).pluck()
    const bytes = names.map((name) => `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) END`)
    this.#bytes =
      database.pragma('encoding', { simple: true }) === 'UTF-8'
        ? database
            .prepare<[number], (Uint8Array | null)[]>(`SELECT ${bytes.join(', ')} FROM messages WHERE id = ?`)
            .raw()
        : null
  }

  /**
   * Between two batches nothing is held: no statement, no lock. A row that can't be read is passed over by itself, and
   * `lost` is told of those that follow each other once they are passed.
   */
  *read(
    sessionId: string,
    runs: RowRuns,
    lost: (rows: LostRows) => void = () => undefined,
  ): Generator<readonly MessageRow[], void, undefined> {
    let unread: number[] = []
    const tell = (): void => {
      for (const rows of lostRanges(unread, () => false)) lost(rows)
      unread = []
    }
    let last = Number.NEGATIVE_INFINITY
    for (let i = 0; i + 1 < runs.length; i += 2) {
      const to = runs[i + 1] ?? 0
      for (let from: number | null = Math.max(runs[i] ?? 0, last + 1); from !== null && from <= to; ) {
        const { rows, end } = this.#batch(sessionId, from, to)
        if (rows.length > 0) {
          tell()
          yield rows.map((row) => this.#withDamageShown(row))
          last = rows.at(-1)?.id ?? last
        }
        if (end === 'done') break
        const next: number | null = rows.length > 0 ? null : this.#nextId(sessionId, from, to)
        if (next !== null) unread.push(next)
        from = rows.length > 0 ? last + 1 : next === null ? null : next + 1
      }
    }
    tell()
  }

  #batch(sessionId: string, from: number, to: number): Batch {
    const rows: MessageRow[] = []
    let bytes = 0
    try {
      for (const values of this.#statement.iterate(from, to, sessionId)) {
        const row = this.#row(values)
        // A page that leads back to earlier ones: what follows is looked for from the row behind the last.
        if (row.id < from || row.id <= (rows.at(-1)?.id ?? row.id - 1)) return { rows, end: 'damage' }
        rows.push(row)
        bytes += row.size
        if (bytes >= BATCH_BYTES || rows.length >= BATCH_ROWS) return { rows, end: 'full' }
      }
      return { rows, end: 'done' }
    } catch (error) {
      if (!isDamage(error)) throw error
      return { rows, end: 'damage' }
    }
  }

  /** The id of the next row; null where it can't be told. */
  #nextId(sessionId: string, from: number, to: number): number | null {
    try {
      const id = this.#next.get(from, to, sessionId)
      return id !== undefined && id >= from ? id : null
    } catch (error) {
      if (!isDamage(error)) throw error
      return null
    }
  }

  /** The driver replaces what is no UTF-8 in a text. Such a text is given as the bytes it is. */
  #withDamageShown(row: MessageRow): MessageRow {
    const isSuspect = ([, value]: MessageRow['members'][number]): boolean =>
      typeof value === 'string' && value.includes('\ufffd')
    if (!row.members.some(isSuspect)) return row
    const bytes = this.#bytes?.get(row.id) ?? []
    return {
      ...row,
      members: row.members.map(([column, value], i) => {
        const exact = bytes[i] ?? null
        return [column, exact === null || isUtf8(exact) ? value : exact]
      }),
    }
  }

  #row([id, timestamp = null, active = null, compacted = null, size, ...values]: SqlValue[]): MessageRow {
    return {
      id: Number(id),
      timestamp,
      // Schemas before 12 have no such column, and rows from before hold NULL in it: both are active.
      active: active === null || Number(active) !== 0,
      compacted: compacted !== null && Number(compacted) !== 0,
      size: Number(size),
      members: this.#columns.members.map((column, i) => [column, values[i] ?? null]),
    }
  }
}
