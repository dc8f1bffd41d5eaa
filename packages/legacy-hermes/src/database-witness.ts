import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type LegacyWitness,
  SourceUnreadable,
  type WitnessItem,
  type WitnessReading,
  witnessReading,
} from '@faircopy/legacy-jsonl'
import { openaiChat } from '@faircopy/store-core'
import { sqliteCode } from './driver.ts'
import type { HomeDatabase } from './home-database.ts'
import { countRows, type LostRows, rowsInWords } from './lost-rows.ts'
import type { MessageRow } from './message-row.ts'
import { rowItem } from './row-item.ts'
import type { SessionRows } from './rows-by-session.ts'

/** A session's rows in `state.db`. */
export class DatabaseWitness implements LegacyWitness {
  readonly kind = 'database'
  readonly codec: string = openaiChat.name
  readonly #database: HomeDatabase
  readonly #sessionId: string
  readonly #own: SessionRows
  #lastDigest: string | null = null

  constructor(database: HomeDatabase, sessionId: string, own: SessionRows) {
    this.#database = database
    this.#sessionId = sessionId
    this.#own = own
  }

  get path(): string {
    return this.#database.path
  }

  read(): WitnessReading {
    return witnessReading((digested) => this.#items(digested))
  }

  async unchanged(): Promise<boolean> {
    return (
      this.#lastDigest !== null &&
      (await this.#database.stillTells(this.#sessionId, this.#own.runs, this.#lastDigest))
    )
  }

  async *#items(digested: (sha256: string) => void): AsyncGenerator<WitnessItem, void, undefined> {
    // The copy is private: what one pass found in it, every pass finds.
    const sha256 = this.#lastDigest === null ? createHash('sha256') : null
    let read = 0
    const lost = [...this.#own.lost]
    for (const rows of this.#batches((unread) => lost.push(unread))) {
      read += rows.length
      for (const row of rows) {
        const told = rowItem(row, this.#database.limits)
        sha256?.update(told.digested())
        yield told.item
      }
      await nextTurn()
    }
    const detail = this.#unread(read, lost)
    if (detail !== null) {
      const unread = lost.map(({ first, last }) => [Number(first), Number(last)] as const)
      yield { as: 'remark', problem: { code: 'database-unreadable', path: this.path, detail }, unread }
    }
    this.#lastDigest ??= sha256?.digest('hex') ?? null
    if (this.#lastDigest !== null) digested(this.#lastDigest)
  }

  /** Which of its rows could not be read, in words; null where all were. */
  #unread(read: number, lost: readonly LostRows[]): string | null {
    const { rows, lost: unreached } = this.#own
    const total = rows + countRows(unreached)
    if (read === total && lost.length === 0) return null
    const others = total - read - countRows(lost)
    const missing = [rowsInWords(lost), ...(others > 0 ? [`${others} whose place can't be told`] : [])]
    return `${read} of ${total} rows of session ${JSON.stringify(this.#sessionId)} could be read; missing: ${missing.filter((words) => words !== '').join(', ')}`
  }

  *#batches(lost: (rows: LostRows) => void): Generator<readonly MessageRow[], void, undefined> {
    try {
      yield* this.#database.state.messages(this.#sessionId, this.#own.runs, lost)
    } catch (cause) {
      const code = sqliteCode(cause)
      if (code === null && !this.#database.isClosed) throw cause
      const what = code === null ? 'the source was closed' : `reading its rows failed with ${code}`
      throw new SourceUnreadable(this.path, what, cause)
    }
  }
}
