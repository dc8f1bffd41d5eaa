import type { Session } from '@faircopy/store-core'
import Database from 'better-sqlite3'
import type { HermesMessageRow } from './hermes-message-row.ts'
import { HERMES_SCHEMA } from './hermes-schema.ts'
import { type HermesSessionPlace, hermesSessionRow, hermesTitle } from './hermes-session-row.ts'

/** What a session's row takes from its rows of messages, told by the database itself. */
type Counted = 'firstAt' | 'messages' | 'toolCalls'

/** Writes a new `state.db`, in one transaction. Nobody else knows the file yet. */
export class HermesDatabase {
  readonly #database: Database.Database
  readonly #insertMessage: Database.Statement<(string | number | null)[]>
  readonly #dateUndated: Database.Statement<[seconds: number, id: string]>
  readonly #titles = new Set<string>()

  constructor(path: string) {
    this.#database = new Database(path)
    // A session's messages come before its row, and children before their parents; all are there in the end.
    this.#database.pragma('foreign_keys = OFF')
    this.#database.exec(HERMES_SCHEMA)
    this.#database.exec('BEGIN')
    this.#insertMessage = this.#database.prepare(
      `INSERT INTO messages (session_id, timestamp, role, content, tool_call_id, tool_calls, tool_name, finish_reason,
         reasoning, reasoning_details, codex_reasoning_items) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#dateUndated = this.#database.prepare(
      'UPDATE messages SET timestamp = ? WHERE session_id = ? AND timestamp = 0',
    )
  }

  /** Begins the rows of a session, under its id in the home. */
  rows(session: Session, id: string): HermesRows {
    return new HermesRows(session, {
      message: (row, seconds) => void this.#insertMessage.run(id, seconds, ...values(row)),
      undated: (seconds) => void this.#dateUndated.run(seconds, id),
      session: (place) => this.#insertSession(session, { id, ...place }),
    })
  }

  /** Makes it whole, and a database with a write-ahead log, as Hermes has it. */
  finish(): void {
    this.#database.exec('COMMIT')
    this.#database.pragma('journal_mode = WAL')
    this.#database.pragma('wal_checkpoint(TRUNCATE)')
  }

  close(): void {
    this.#database.close()
  }

  #insertSession(session: Session, place: HermesSessionPlace): void {
    const row = { ...hermesSessionRow(session, place), title: hermesTitle(session, this.#titles) }
    const columns = Object.keys(row)
    this.#database
      .prepare(
        `INSERT INTO sessions (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
      )
      .run(row)
  }
}

/** Where the rows of one session go. */
interface HermesRowSink {
  readonly message: (row: HermesMessageRow, seconds: number) => void
  /** Gives a time to the messages that have none. */
  readonly undated: (seconds: number) => void
  readonly session: (place: Omit<HermesSessionPlace, 'id'>) => void
}

/**
 * The rows of one session, in order. Hermes reads messages by their time, then by their id, so no row is older than the
 * one before it: a clock that went back is held, and one that was ahead of the session's last write is not followed.
 */
export class HermesRows {
  readonly #session: Session
  readonly #insert: HermesRowSink
  #time = 0
  #firstAt: number | null = null
  #lastAt: number | null = null
  #messages = 0
  #toolCalls = 0

  constructor(session: Session, insert: HermesRowSink) {
    this.#session = session
    this.#insert = insert
  }

  /** Epoch ms of the last entry that has a time. */
  get lastAt(): number | null {
    return this.#lastAt
  }

  add(row: HermesMessageRow, at: number | null, toolCalls: number): void {
    if (at !== null) {
      this.#time = Math.max(this.#time, Math.min(at, this.#session.updatedAt))
      this.#firstAt ??= this.#time
      this.#lastAt = this.#time
    }
    this.#insert.message(row, this.#time / 1000)
    this.#messages++
    this.#toolCalls += toolCalls
  }

  /** Dates what came before the first dated entry, and writes the session's own row. */
  finish(place: Omit<HermesSessionPlace, 'id' | Counted>): void {
    const { startedAt, updatedAt } = this.#session
    if (this.#messages > 0) this.#insert.undated((this.#firstAt ?? startedAt ?? updatedAt) / 1000)
    this.#insert.session({
      ...place,
      firstAt: this.#firstAt,
      messages: this.#messages,
      toolCalls: this.#toolCalls,
    })
  }
}

function values(row: HermesMessageRow): (string | null)[] {
  return [
    row.role,
    row.content,
    row.tool_call_id,
    row.tool_calls,
    row.tool_name,
    row.finish_reason,
    row.reasoning,
    row.reasoning_details,
    row.codex_reasoning_items,
  ]
}
