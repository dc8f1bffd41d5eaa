import type { Statement } from 'better-sqlite3'
import type { Database } from './driver.ts'
import { sealOf } from './seal.ts'

type Bound = string | number | Uint8Array | null

/** Rows as objects, by column name. */
export type Row = Readonly<Record<string, string | number | Buffer | null>>

/** One connection with its statements compiled once. Every SQL text given to it is a constant of this package. */
export class Connection {
  readonly db: Database
  readonly #statements = new Map<string, Statement<Bound[], unknown>>()
  readonly #rawStatements = new Map<string, Statement<Bound[], unknown[]>>()
  readonly #valueStatements = new Map<string, Statement<Bound[], unknown>>()

  constructor(db: Database) {
    this.db = db
    db.function('seal', { varargs: true, deterministic: true, directOnly: true }, sealOf)
  }

  /** The first row, or undefined. */
  get<T = Row>(sql: string, ...values: Bound[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined
  }

  /** All rows. Callers bound their number. */
  all<T = Row>(sql: string, ...values: Bound[]): T[] {
    return this.#statement(sql).all(...values) as T[]
  }

  /** Runs a statement and says how many rows it changed. */
  run(sql: string, ...values: Bound[]): number {
    return this.#statement(sql).run(...values).changes
  }

  /** Inserts a row and gives its number. */
  insert(sql: string, ...values: Bound[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid)
  }

  /** A statement of its own, with rows as arrays where `raw`: for loops where an object per row costs too much. */
  raw(sql: string): Statement<Bound[], unknown[]> {
    let statement = this.#rawStatements.get(sql)
    if (!statement) {
      statement = this.db.prepare<Bound[], unknown[]>(sql).raw(true)
      this.#rawStatements.set(sql, statement)
    }
    return statement
  }

  /** A statement of its own that gives the values of its one column: for the same loops. */
  values<T>(sql: string): Statement<Bound[], T> {
    let statement = this.#valueStatements.get(sql)
    if (!statement) {
      statement = this.db.prepare<Bound[], unknown>(sql).pluck(true)
      this.#valueStatements.set(sql, statement)
    }
    return statement as Statement<Bound[], T>
  }

  /** Runs `work` on one snapshot. */
  snapshot<T>(work: () => T): T {
    this.run('BEGIN')
    try {
      return work()
    } finally {
      if (this.db.inTransaction) this.run('COMMIT')
    }
  }

  close(): void {
    this.#statements.clear()
    this.#rawStatements.clear()
    this.#valueStatements.clear()
    this.db.close()
  }

  #statement(sql: string): Statement<Bound[], unknown> {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.db.prepare<Bound[], unknown>(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
