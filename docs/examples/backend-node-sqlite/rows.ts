import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'

/** A connection whose statements are prepared once. */
export class Rows {
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.db = db
  }

  get<T>(sql: string, ...values: SQLInputValue[]): T | null {
    return (this.#statement(sql).get(...values) as T | undefined) ?? null
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#statement(sql).all(...values) as T[]
  }

  *each<T>(sql: string, ...values: SQLInputValue[]): Generator<T> {
    yield* this.#statement(sql).iterate(...values) as Iterable<T>
  }

  /** Gives how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.db.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}
