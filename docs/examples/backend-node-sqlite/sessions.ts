import type { Session } from '@faircopy/store-core'
import {
  type Address,
  countEntries,
  type EntryRange,
  type Facts,
  type KnownSession,
} from '@faircopy/store-core/backend'
import type { Rows } from './rows.ts'

export interface SessionRow extends Address {
  readonly number: number
  readonly state: 'living' | 'deleted' | 'gone' | 'undone'
  readonly deleted_at: number | null
  readonly facts: string
  readonly revision: number
  readonly generation: number
  readonly next_id: number
  readonly entry_count: number
  readonly head: string
  readonly updated_at: number
}

/** The session of an address, deleted or not. None that an undo took away. */
export function findSession(rows: Rows, { namespace, id }: Address): SessionRow | null {
  const sql = `SELECT * FROM session WHERE namespace = ? AND id = ? AND state <> 'undone'`
  return rows.get(sql, namespace, id)
}

export function knownSession(row: SessionRow): KnownSession {
  return {
    revision: row.revision,
    generation: row.generation,
    nextId: row.next_id,
    entryCount: row.entry_count,
    head: row.head,
    updatedAt: row.updated_at,
    isLiving: row.state === 'living',
    owner: row.number,
    version: null,
    facts: JSON.parse(row.facts),
    deletedAt: row.state === 'deleted' ? row.deleted_at : null,
  }
}

export function sessionView(row: SessionRow): Session {
  const { namespace, id, revision, generation, head } = row
  const [entryCount, updatedAt] = [row.entry_count, row.updated_at]
  return {
    namespace,
    id,
    ...(JSON.parse(row.facts) as Facts),
    revision,
    generation,
    entryCount,
    head,
    updatedAt,
  }
}

/** A list that a session contains or contained; what it contains now, where no other is asked for. */
export function rangesOf(
  rows: Rows,
  { number, generation }: SessionRow,
  asked: number = generation,
): EntryRange[] {
  const sql = 'SELECT owner, first, last FROM range WHERE session = ? AND generation = ? ORDER BY seq'
  return rows.all(sql, number, asked)
}

/** Writes a list of a session. */
export function writeRanges(
  rows: Rows,
  session: number,
  generation: number,
  ranges: readonly EntryRange[],
): void {
  for (const [i, { owner, first, last }] of ranges.entries()) {
    const seq = countEntries(ranges.slice(0, i)) + 1
    rows.run('INSERT INTO range VALUES (?, ?, ?, ?, ?, ?)', session, generation, seq, owner, first, last)
  }
}
