import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { SchemaTooNew, StoreBusy, StoreError, StoreIo } from '@faircopy/store-core'
import { giveWay, isHeld } from '@faircopy/store-core/backend'
import { Rows } from './rows.ts'
import { SCHEMA, SCHEMA_VERSION } from './schema.ts'

const BUSY = 5
const ASK_AGAIN_MS = 10
const PAGE = 100

/** A database and its transactions. Every write is one, behind those that were asked for before it (S5). */
export class TranscriptFile {
  readonly path: string
  readonly #rows: Rows
  readonly #waitMs: number
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string, waitMs: number) {
    this.path = path
    this.#waitMs = waitMs
    // Only who opens waits for a lock without giving the event loop its turns.
    const db = new DatabaseSync(path)
    db.exec(`PRAGMA busy_timeout = ${waitMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`)
    this.#rows = new Rows(db)
    this.#makeReady()
    db.exec('PRAGMA busy_timeout = 0')
  }

  /** All of it or nothing (S2), and on the disk when this resolves (S1). */
  write<T>(work: (rows: Rows) => T): Promise<T> {
    const done = this.#last.then(async () => {
      await this.#begin()
      return this.#carryOut(work)
    })
    this.#last = done.catch(() => {})
    return done
  }

  /** What is seen in one moment. The event loop gets its turns between two such looks (S20). */
  async read<T>(work: (rows: Rows) => T): Promise<T> {
    if (isHeld()) await giveWay()
    this.#rows.db.exec('BEGIN')
    try {
      return work(this.#rows)
    } finally {
      this.#rows.db.exec('COMMIT')
    }
  }

  /** What is seen in one moment, given in pages (S13): on a connection of its own, while others go on writing. */
  async *stream<T>(work: (rows: Rows) => Iterable<T>): AsyncGenerator<readonly T[], void, undefined> {
    const db = new DatabaseSync(this.path, { readOnly: true })
    try {
      db.exec('BEGIN')
      let page: T[] = []
      for (const one of work(new Rows(db))) {
        page.push(one)
        if (page.length < PAGE && !isHeld()) continue
        yield page
        page = []
      }
      if (page.length > 0) yield page
    } finally {
      db.close()
    }
  }

  async close(): Promise<void> {
    await this.#last
    this.#rows.db.close()
  }

  /** Waits for the lock of another writer, and gives the event loop its turns meanwhile (S20). */
  async #begin(): Promise<void> {
    const until = performance.now() + this.#waitMs
    for (;;) {
      try {
        return this.#rows.db.exec('BEGIN IMMEDIATE')
      } catch (error) {
        if ((error as { errcode?: number }).errcode !== BUSY)
          throw new StoreIo(this.path, 'not-stored', error)
        if (performance.now() >= until) throw new StoreBusy(this.path, this.#waitMs, error)
      }
      await sleep(ASK_AGAIN_MS)
    }
  }

  #carryOut<T>(work: (rows: Rows) => T): T {
    let outcome: 'not-stored' | 'unknown' = 'not-stored'
    try {
      const answer = work(this.#rows)
      outcome = 'unknown'
      this.#rows.db.exec('COMMIT')
      return answer
    } catch (error) {
      this.#rollBack()
      throw StoreError.is(error) ? error : new StoreIo(this.path, outcome, error)
    }
  }

  #rollBack(): void {
    try {
      this.#rows.db.exec('ROLLBACK')
    } catch {
      // A commit that failed may have ended the transaction by itself.
    }
  }

  #makeReady(): void {
    const { db } = this.#rows
    db.exec('BEGIN IMMEDIATE')
    const version = this.#rows.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
    if (version === 0) {
      db.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`)
      this.#rows.run('INSERT INTO store VALUES (?, 0)', randomUUID())
    }
    db.exec('COMMIT')
    if (version <= SCHEMA_VERSION) return
    db.close()
    throw new SchemaTooNew(this.path, version, SCHEMA_VERSION)
  }
}
