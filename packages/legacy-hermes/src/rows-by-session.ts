import type { LostRows } from './lost-rows.ts'
import type { SqlValue } from './message-row.ts'
import type { RowIds } from './row-ids.ts'

/** Row ids that follow each other in the table and belong to one session: from and to, both included, pair by pair. */
export type RowRuns = readonly number[]

/** Which rows a session has. */
export interface SessionRows {
  readonly runs: RowRuns
  /** How many rows those are. */
  readonly rows: number
  /** Rows that are its own, and could not be reached. */
  readonly lost: readonly LostRows[]
}

interface Rows {
  runs: number[]
  rows: number
  lost: LostRows[]
}

/** The rows of each session, as a walk over the table meets them. A key that is no text is given as null. */
export class RowsBySession {
  readonly #bySession = new Map<string | null, Rows>()
  #last: string | null | undefined

  get bySession(): ReadonlyMap<string | null, SessionRows> {
    return this.#bySession
  }

  add(id: number, session: SqlValue): void {
    const key = keyOf(session)
    const own = this.#of(key)
    if (key === this.#last) own.runs[own.runs.length - 1] = id
    else own.runs.push(id, id)
    own.rows++
    this.#last = key
  }

  /** What is added next begins a run of its own: between it and the last row lies what can't be read. */
  breakRun(): void {
    this.#last = undefined
  }

  lose(session: SqlValue, lost: readonly LostRows[]): void {
    this.#of(keyOf(session)).lost.push(...lost)
  }

  /** Rows that a walk passed over, in their order. A run that they lie within is read in parts. */
  putIn(session: SqlValue, ids: RowIds): void {
    const own = this.#of(keyOf(session))
    own.runs = [...runsWith(own.runs, ids)]
    own.rows += ids.count
  }

  #of(key: string | null): Rows {
    const known = this.#bySession.get(key)
    if (known) return known
    const fresh = { runs: [], rows: 0, lost: [] }
    this.#bySession.set(key, fresh)
    return fresh
  }
}

function runsWith(runs: RowRuns, put: RowIds): RowRuns {
  const parts = [...put.ranges()]
  for (let run = 0; run < runs.length; run += 2) {
    parts.push(...put.missing(runs[run] ?? 0, runs[run + 1] ?? 0))
  }
  return parts.sort(([a], [b]) => a - b).flat()
}

function keyOf(session: SqlValue): string | null {
  return typeof session === 'string' ? session : null
}
