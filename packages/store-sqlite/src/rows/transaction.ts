import type { ChangeKind, StorePolicy } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertChange } from './change-log.ts'
import { checkLive } from './ranges.ts'
import type { Address } from './session-row.ts'
import { readTip, readTipAt, type SessionTip, writeTip } from './tip.ts'

/** A session that its address leads to. */
export interface Named {
  readonly number: number
  readonly isLive: boolean
}

/**
 * One write transaction, shared by all calls that waited for it. Tips are kept here and written once at its end, so
 * that sixteen appends to one session rewrite its tip once. What became of a session goes to the log of changes then,
 * with the entries that its tips show to be new.
 */
export class Transaction {
  readonly connection: Connection
  /** Epoch ms: what `updatedAt` becomes. */
  readonly now: number
  /** How long things are kept. */
  readonly policy: StorePolicy
  readonly #tips = new Map<number, SessionTip>()
  /** By namespace and id. */
  readonly #named = new Map<string, Map<string, Named | null>>()
  /** As the store has them. */
  readonly #before = new Map<number, SessionTip>()
  /** In the order of the last change; null for one that nobody can see. */
  readonly #changed = new Map<number, ChangeKind | null>()

  constructor(connection: Connection, now: number, policy: StorePolicy) {
    this.connection = connection
    this.now = now
    this.policy = policy
  }

  tip(session: number): SessionTip {
    return this.#tips.get(session) ?? this.#begin(readTip(this.connection, session))
  }

  /** The tip of a session where a call of this transaction has read or changed it. */
  knownTip(session: number): SessionTip | null {
    return this.#tips.get(session) ?? null
  }

  /** The session at an address; null where there is none that is not staged. Asked once, until one comes or goes. */
  find({ namespace, id }: Address): Named | null {
    let named = this.#named.get(namespace)
    if (!named) {
      named = new Map()
      this.#named.set(namespace, named)
    }
    let found = named.get(id)
    if (found === undefined) {
      found = this.#read(namespace, id)
      named.set(id, found)
    }
    return found
  }

  /** A session came or went, or has another state. */
  moved(): void {
    this.#named.clear()
  }

  /** Notes a session's tip for now: the same call sets its tip before it is done. */
  draft(tip: SessionTip): void {
    this.#tips.set(tip.session, tip)
  }

  /** Notes a session's tip, and what that change is to those who follow the store (S19); null: nothing. */
  setTip(tip: SessionTip, change: ChangeKind | null): void {
    if (change === 'created' || change === 'deleted') this.moved()
    const before = this.#changed.get(tip.session) ?? null
    this.#tips.set(tip.session, tip)
    if (change !== null) this.#changed.delete(tip.session)
    this.#changed.set(tip.session, change ?? before)
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
    for (const [session, kind] of this.#changed) {
      const tip = this.tip(session)
      const change = kind === null ? null : { kind, number: this.#note(tip, kind) }
      writeTip(this.connection, tip, this.#before.get(session), change)
      this.#before.set(session, tip)
    }
    this.#changed.clear()
  }

  #read(namespace: string, id: string): Named | null {
    const found = readTipAt(this.connection, namespace, id)
    if (!found) return null
    const number = found.tip.session
    if (!this.#tips.has(number)) this.#begin(found.tip)
    return { number, isLive: found.state === 'live' }
  }

  #begin(tip: SessionTip): SessionTip {
    checkLive(this.connection, tip)
    this.#tips.set(tip.session, tip)
    this.#before.set(tip.session, tip)
    return tip
  }

  #note(tip: SessionTip, what: ChangeKind): number {
    const first = this.#before.get(tip.session)?.nextId ?? 1
    const wrote = tip.nextId > first
    return insertChange(this.connection, {
      session: tip.session,
      what,
      first: wrote ? first : null,
      last: wrote ? tip.nextId - 1 : null,
    })
  }
}

/**
 * A write in two steps. The first checks and throws what the contract says, and must not write; the step that it
 * returns writes; where nothing is to be written there is the answer alone. So a refused call leaves the others of its transaction
 * alone. Both may run again when the transaction could not be committed for a lock.
 */
export type Write<T> = (transaction: Transaction) => { readonly apply: () => T } | { readonly answer: T }
