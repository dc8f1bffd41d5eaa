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
import type { MessageRow } from './message-row.ts'
import type { RowRuns } from './message-rows.ts'
import { rowItem } from './row-item.ts'

/** A session's rows in `state.db`. */
export class DatabaseWitness implements LegacyWitness {
  readonly kind = 'database'
  readonly codec: string = openaiChat.name
  readonly #database: HomeDatabase
  readonly #sessionId: string
  readonly #runs: RowRuns
  #lastDigest: string | null = null

  constructor(database: HomeDatabase, sessionId: string, runs: RowRuns) {
    this.#database = database
    this.#sessionId = sessionId
    this.#runs = runs
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
      (await this.#database.stillTells(this.#sessionId, this.#runs, this.#lastDigest))
    )
  }

  async *#items(digested: (sha256: string) => void): AsyncGenerator<WitnessItem, void, undefined> {
    // The copy is private: what one pass found in it, every pass finds.
    const sha256 = this.#lastDigest === null ? createHash('sha256') : null
    for (const rows of this.#batches()) {
      for (const row of rows) {
        const told = rowItem(row, this.#database.limits)
        sha256?.update(told.digested())
        yield told.item
      }
      await nextTurn()
    }
    this.#lastDigest ??= sha256?.digest('hex') ?? null
    if (this.#lastDigest !== null) digested(this.#lastDigest)
  }

  *#batches(): Generator<readonly MessageRow[], void, undefined> {
    try {
      yield* this.#database.state.messages(this.#sessionId, this.#runs)
    } catch (cause) {
      const code = sqliteCode(cause)
      if (code === null && !this.#database.isClosed) throw cause
      const what = code === null ? 'the source was closed' : `reading its rows failed with ${code}`
      throw new SourceUnreadable(this.path, what, cause)
    }
  }
}
