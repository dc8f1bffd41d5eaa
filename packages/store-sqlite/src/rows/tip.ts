import { type ChangeKind, EMPTY_HEAD, type EntryRange } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { resealStatement, sealOf } from '../file/seal.ts'

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

type TipRow = readonly [
  session: number,
  revision: number,
  generation: number,
  nextId: number,
  entryCount: number,
  tailSeq: number,
  tailFirst: number,
  tailLast: number,
  head: string,
  updatedAt: number,
]

const COLUMNS =
  'session, revision, generation, next_id, entry_count, tail_seq, tail_first, tail_last, lower(hex(head)), updated_at'
const READ = `SELECT ${COLUMNS} FROM tip WHERE session = ?`
/** A plain join would be compiled anew with every call: its plan is thought to depend on what is bound. */
const READ_AT = `SELECT ${COLUMNS}, state FROM (
    SELECT number, state FROM session WHERE namespace = ? AND id = ? AND state IN ('live', 'deleted') LIMIT 1)
  CROSS JOIN tip ON session = number`
const WRITE = `UPDATE tip SET revision = ?, generation = ?, next_id = ?, entry_count = ?, tail_seq = ?, tail_first = ?,
  tail_last = ?, head = ?, updated_at = ? WHERE session = ?`
const WRITE_CHANGED = `UPDATE tip SET revision = ?, generation = ?, next_id = ?, entry_count = ?, tail_seq = ?, tail_first = ?,
  tail_last = ?, head = ?, updated_at = ?, change = ?, change_kind = ?, seal = ? WHERE session = ?`
const RESEAL = resealStatement('tip', 'session = ?')
const INSERT = `INSERT INTO tip (session, revision, generation, next_id, entry_count, tail_seq, tail_first, tail_last, head,
  updated_at, minute) VALUES (?, 0, 0, 1, 0, 0, 0, 0, ?, ?, ?)`
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
  const row = connection.raw(READ).get(session) as TipRow | undefined
  if (!row) throw new Error(`Session number ${session} has no tip`)
  return tipOf(row)
}

/** The tip of the session at an address, and whether it is live; null where there is none that is not staged. */
export function readTipAt(
  connection: Connection,
  namespace: string,
  id: string,
): { readonly tip: Tip; readonly state: 'live' | 'deleted' } | null {
  const row = connection.raw(READ_AT).get(namespace, id) as
    | readonly [...TipRow, state: 'live' | 'deleted']
    | undefined
  return row ? { tip: tipOf(row), state: row[10] } : null
}

/** Writes the tip of a new session, which says nothing. */
export function insertTip(connection: Connection, session: number, at: number): void {
  connection.run(INSERT, session, Buffer.from(EMPTY_HEAD, 'hex'), at, minuteOf(at))
  connection.run(RESEAL, session)
}

/**
 * Writes a session's tip, and what its last change was unless nobody can see that there was one. `before` is the tip as
 * the store has it.
 */
export function writeTip(
  connection: Connection,
  tip: Tip,
  before: Tip | undefined,
  change: TipChange | null,
): void {
  const { session } = tip
  const columns = [
    tip.revision,
    tip.generation,
    tip.nextId,
    tip.entryCount,
    tip.tailSeq,
    tip.tailFirst,
    tip.tailLast,
    Buffer.from(tip.head, 'hex'),
    tip.updatedAt,
  ]
  if (change) {
    const changed = [...columns, change.number, change.kind]
    connection.run(WRITE_CHANGED, ...changed, sealOf(session, ...changed), session)
  } else {
    connection.run(WRITE, ...columns, session)
    connection.run(RESEAL, session)
  }
  const minute = minuteOf(tip.updatedAt)
  if (!before || minute !== minuteOf(before.updatedAt))
    connection.run(WRITE_MINUTE, minute, tip.session, minute)
}

function tipOf(row: readonly [...TipRow, ...unknown[]]): Tip {
  return {
    session: row[0],
    revision: row[1],
    generation: row[2],
    nextId: row[3],
    entryCount: row[4],
    tailSeq: row[5],
    tailFirst: row[6],
    tailLast: row[7],
    head: row[8],
    updatedAt: row[9],
  }
}

/** The tail as a range, or null where there is none. */
export function tailOf(tip: Tip): (EntryRange & { readonly seq: number }) | null {
  return tip.tailSeq === 0
    ? null
    : { seq: tip.tailSeq, owner: tip.session, first: tip.tailFirst, last: tip.tailLast }
}
