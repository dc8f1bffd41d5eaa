import type { ChangeKind, EntryRange } from '@faircopy/store-core'
import type { Connection } from './connection.ts'

/**
 * Where a session stands: the row that every append rewrites. It holds the last range of the current generation, its
 * tail, so that an append extends two numbers here and touches no list.
 */
export interface Tip {
  readonly session: number
  readonly revision: number
  readonly generation: number
  /** The id of the next entry. Ids are never reused. */
  readonly nextId: number
  readonly entryCount: number
  /** The place of the tail's first entry; 0 where there is no tail. */
  readonly tailSeq: number
  readonly tailFirst: number
  readonly tailLast: number
  /** 64 hex digits. */
  readonly head: string
  readonly updatedAt: number
}

interface TipRow {
  readonly session: number
  readonly revision: number
  readonly generation: number
  readonly next_id: number
  readonly entry_count: number
  readonly tail_seq: number
  readonly tail_first: number
  readonly tail_last: number
  readonly head: Buffer
  readonly updated_at: number
}

const READ = `SELECT session, revision, generation, next_id, entry_count, tail_seq, tail_first, tail_last, head, updated_at
  FROM tip WHERE session = ?`
const WRITE = `UPDATE tip SET revision = ?, generation = ?, next_id = ?, entry_count = ?, tail_seq = ?, tail_first = ?,
  tail_last = ?, head = ?, updated_at = ? WHERE session = ?`
const WRITE_CHANGED = `UPDATE tip SET revision = ?, generation = ?, next_id = ?, entry_count = ?, tail_seq = ?, tail_first = ?,
  tail_last = ?, head = ?, updated_at = ?, change = ?, change_kind = ? WHERE session = ?`
const WRITE_MINUTE = 'UPDATE tip SET minute = ? WHERE session = ? AND minute <> ?'

const MINUTE_MS = 60_000

/** What a session's last change was, and its number in the log of changes (S19). */
export interface TipChange {
  readonly number: number
  readonly kind: ChangeKind
}

/** The minute of a time: what a listing by activity is indexed by, so that most appends leave that index alone. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS)
}

/** Reads a session's tip. Every session has one. */
export function readTip(connection: Connection, session: number): Tip {
  const row = connection.get<TipRow>(READ, session)
  if (!row) throw new Error(`Session number ${session} has no tip`)
  return {
    session,
    revision: row.revision,
    generation: row.generation,
    nextId: row.next_id,
    entryCount: row.entry_count,
    tailSeq: row.tail_seq,
    tailFirst: row.tail_first,
    tailLast: row.tail_last,
    head: row.head.toString('hex'),
    updatedAt: row.updated_at,
  }
}

/** Writes a session's tip, and what its last change was unless nobody can see that there was one. */
export function writeTip(connection: Connection, tip: Tip, change: TipChange | null): void {
  connection.run(
    change ? WRITE_CHANGED : WRITE,
    tip.revision,
    tip.generation,
    tip.nextId,
    tip.entryCount,
    tip.tailSeq,
    tip.tailFirst,
    tip.tailLast,
    Buffer.from(tip.head, 'hex'),
    tip.updatedAt,
    ...(change ? [change.number, change.kind] : []),
    tip.session,
  )
  const minute = minuteOf(tip.updatedAt)
  connection.run(WRITE_MINUTE, minute, tip.session, minute)
}

/** The tail as a range, or null where there is none. */
export function tailOf(tip: Tip): (EntryRange & { readonly seq: number }) | null {
  return tip.tailSeq === 0
    ? null
    : { seq: tip.tailSeq, owner: tip.session, first: tip.tailFirst, last: tip.tailLast }
}
