import { isUtf8 } from 'node:buffer'
import type Database from 'better-sqlite3'
import { quoted } from './columns.ts'
import type { MessageColumns } from './message-columns.ts'
import type { MessageRow, SqlValue } from './message-row.ts'

/** Row ids that follow each other in the table and belong to one session: from and to, both included, pair by pair. */
export type RowRuns = readonly number[]

const BATCH_BYTES = 128 * 1024
const BATCH_ROWS = 64

/** Reads the rows of a session in the order of their ids, a batch of about 128 KiB at a time. */
export class MessageRows {
  readonly #columns: MessageColumns
  readonly #statement: Database.Statement<[number, number, string], SqlValue[]>
  /** The bytes of one row's text; null where the database has another encoding and SQLite converts. */
  readonly #bytes: Database.Statement<[number], (Uint8Array | null)[]> | null

  /** A value longer than `maxBytes` is not loaded: the row's size tells, and its members are null. */
  constructor(database: Database.Database, columns: MessageColumns, maxBytes: number) {
    const { timestamp, active, compacted, members } = columns
    const names = members.map(({ name }) => quoted(name))
    const size = names.map((name) => `ifnull(octet_length(${name}), 0)`).join(' + ')
    const values = names.map((name) => `CASE WHEN octet_length(${name}) <= ${maxBytes} THEN ${name} END`)
    this.#columns = columns
    this.#statement = database
      .prepare<[number, number, string], SqlValue[]>(
        `SELECT id, ${timestamp}, ${active}, ${compacted}, ${size}, ${values.join(', ')}
         FROM messages NOT INDEXED WHERE id >= ? AND id <= ? AND session_id = ? ORDER BY id`,
      )
      .raw()
      .safeIntegers()
    const bytes = names.map((name) => `CASE typeof(${name}) WHEN 'text' THEN CAST(${name} AS BLOB) END`)
    this.#bytes =
      database.pragma('encoding', { simple: true }) === 'UTF-8'
        ? database
            .prepare<[number], (Uint8Array | null)[]>(`SELECT ${bytes.join(', ')} FROM messages WHERE id = ?`)
            .raw()
        : null
  }

  /** Between two batches nothing is held: no statement, no lock. */
  *read(sessionId: string, runs: RowRuns): Generator<readonly MessageRow[], void, undefined> {
    for (let i = 0; i + 1 < runs.length; i += 2) {
      const to = runs[i + 1] ?? 0
      let from = runs[i] ?? 0
      for (;;) {
        const batch = this.#batch(sessionId, from, to)
        const last = batch.at(-1)
        if (last === undefined) break
        yield batch
        from = last.id + 1
      }
    }
  }

  #batch(sessionId: string, from: number, to: number): readonly MessageRow[] {
    const batch: MessageRow[] = []
    let bytes = 0
    for (const values of this.#statement.iterate(from, to, sessionId)) {
      const row = this.#row(values)
      batch.push(row)
      bytes += row.size
      if (bytes >= BATCH_BYTES || batch.length >= BATCH_ROWS) break
    }
    return batch.map((row) => this.#withDamageShown(row))
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
