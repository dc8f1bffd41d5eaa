import { insertChange, type NewChange } from './change-log.ts'
import type { Connection } from './connection.ts'
import { readTip, type Tip, writeTip } from './tip.ts'

/**
 * One write transaction, shared by all calls that waited for it. Tips are kept here and written once at its end, so
 * that sixteen appends to one session rewrite its tip once. What became of a session goes to the log of changes then:
 * it is read off its tips, so that no write can forget to note it.
 */
export class Transaction {
  readonly connection: Connection
  /** Epoch ms: what `updatedAt` becomes. */
  readonly now: number
  readonly #tips = new Map<number, Tip>()
  /** As the store has them. */
  readonly #before = new Map<number, Tip>()
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
      this.#before.set(session, tip)
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

  /** Writes the tips and notes the changes. The last thing before the commit. */
  flush(): void {
    for (const session of this.#changed) {
      const tip = this.tip(session)
      writeTip(this.connection, tip)
      const change = changeOf(this.#before.get(session), tip)
      if (change) insertChange(this.connection, change)
      this.#before.set(session, tip)
    }
    this.#changed.clear()
  }
}

/** What two tips show; null for entries that were only staged. */
function changeOf(before: Tip | undefined, after: Tip): NewChange | null {
  const { session } = after
  const first = before?.nextId ?? 1
  const wrote = after.nextId > first
  const entries = { first: wrote ? first : null, last: wrote ? after.nextId - 1 : null }
  if (!before) return { session, what: 'created', ...entries }
  if (before.generation !== after.generation) return { session, what: 'replaced', ...entries }
  return wrote && before.entryCount === after.entryCount ? null : { session, what: 'appended', ...entries }
}

/**
 * A write in two steps. The first checks and throws what the contract says, and must not write; the step that it
 * returns writes, or is null where nothing is to be written. So a refused call leaves the others of its transaction
 * alone. Both may run again when the transaction could not be committed for a lock.
 */
export type Write<T> = (transaction: Transaction) => { readonly apply: () => T } | { readonly answer: T }
