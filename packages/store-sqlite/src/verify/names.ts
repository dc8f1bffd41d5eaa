import type { Value } from '../file/seal.ts'
import type { Address } from '../rows/session-row.ts'
import { type Snapshot, UNREADABLE } from './snapshot.ts'

/** A session that a number leads to. */
export interface Named {
  readonly address: Address
  readonly state: Value
  /** The greatest entry id that it gave; null where its tip can't tell. */
  readonly lastId: number | null
}

const NAMED = `SELECT s.namespace, s.id, s.state, (SELECT next_id FROM tip WHERE session = s.number)
  FROM session AS s WHERE s.number = ?`
/** Those who say entries of another session, whichever list of theirs it is. */
const SAYING = `SELECT DISTINCT r.session FROM range AS r
  WHERE r.owner = ? AND r.owner <> r.session AND r.first <= ? AND r.last >= ?`

/** Whose a number is, asked row by row: the last answers are kept. */
export class Names {
  readonly #snapshot: Snapshot
  readonly #known = new Map<number, Named | null | typeof UNREADABLE>()

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot
  }

  /** The session of a number; null where there is none. */
  of(number: Value): Named | null | typeof UNREADABLE {
    if (typeof number !== 'number') return null
    const known = this.#known.get(number)
    if (known !== undefined) return known
    if (this.#known.size >= 1000) this.#known.clear()
    const row = this.#snapshot.find(NAMED, number)
    const named =
      row === null || row === UNREADABLE
        ? row
        : {
            address: { namespace: String(row[0]), id: String(row[1]) },
            state: row[2] ?? null,
            lastId: typeof row[3] === 'number' ? row[3] - 1 : null,
          }
    this.#known.set(number, named)
    return named
  }

  /** The address of a number, where it is known. */
  addressOf(number: Value): Address | null {
    const named = this.of(number)
    return named === null || named === UNREADABLE ? null : named.address
  }

  /** Forgets what may have changed with a new snapshot. */
  forget(): void {
    this.#known.clear()
  }

  /** The address to name an entry by: its owner's, or that of a session that contains it and can be opened. */
  openable(owner: number, id: number): Address | null {
    const own = this.of(owner)
    if (own !== null && own !== UNREADABLE && own.state === 'live') return own.address
    try {
      for (const [session] of this.#snapshot.connection.raw(SAYING).all(owner, id, id) as [number][]) {
        const saying = this.of(session)
        if (saying !== null && saying !== UNREADABLE && saying.state === 'live') return saying.address
      }
    } catch {
      // Who else says it can't be read: that is a finding of its own.
    }
    return own === null || own === UNREADABLE ? null : own.address
  }
}
