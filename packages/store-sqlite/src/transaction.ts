import type { Connection } from './connection.ts'
import { readTip, type Tip, writeTip } from './tip.ts'

/**
 * One write transaction, shared by all calls that waited for it. Tips are kept here and written once at its end, so
 * that sixteen appends to one session rewrite its tip once.
 */
export class Transaction {
  readonly connection: Connection
  /** Epoch ms: what `updatedAt` becomes. */
  readonly now: number
  readonly #tips = new Map<number, Tip>()
  readonly #changed = new Set<number>()

  constructor(connection: Connection, now: number) {
    this.connection = connection
    this.now = now
  }

  tip(session: number): Tip {
    let tip = this.#tips.get(session)
    if (!tip) {
      tip = readTip(this.connection, session)
      this.#tips.set(session, tip)
    }
    return tip
  }

  setTip(tip: Tip): void {
    this.#tips.set(tip.session, tip)
    this.#changed.add(tip.session)
  }

  /**
   * Makes the commit one that syncs, though it changes nothing: SQLite leaves out a page that is set to what it was, so
   * a row comes and goes.
   */
  touch(): void {
    this.connection.run(`INSERT INTO import_run (id, at, about) VALUES ('touch', 0, '')`)
    this.connection.run(`DELETE FROM import_run WHERE id = 'touch'`)
  }

  /** Writes the tips. The last thing before the commit. */
  flush(): void {
    for (const session of this.#changed) writeTip(this.connection, this.tip(session))
    this.#changed.clear()
  }
}

/**
 * A write in two steps. The first checks and throws what the contract says, and must not write; the step that it
 * returns writes, or is null where nothing is to be written. So a refused call leaves the others of its transaction
 * alone. Both may run again when the transaction could not be committed for a lock.
 */
export type Write<T> = (transaction: Transaction) => { readonly apply: () => T } | { readonly answer: T }
