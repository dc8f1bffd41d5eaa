import type { ChangeKind } from '@faircopy/store-core'
import type { EntryRange } from '@faircopy/store-core/backend'
import { EMPTY_HEAD } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { ENTRIES_PER_SESSION } from '../file/schema.ts'
import { Hex, resealStatement, sealOf } from '../file/seal.ts'
import { isSealed } from '../file/sealed-row.ts'
import { checkAbsent } from './absence.ts'
import { type Address, damaged } from './damage.ts'
import { SESSION_NAMES } from './session-names.ts'

/**
 * A session's tip: the row that every append rewrites. It holds the last range of the current generation, its
 * tail, so that an append extends two numbers here and touches no list.
 */
export interface SessionTip {
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
  change: number | null,
  changeKind: string | null,
  seal: number | null,
]

/** A tip as text has a head of digits: a Buffer of each costs more than the rest of the row. */
const COLUMNS = `session, revision, generation, next_id, entry_count, tail_seq, tail_first, tail_last, lower(hex(head)), updated_at,
  change, change_kind, t.seal`
const READ = `SELECT ${COLUMNS} FROM tip AS t WHERE session = ?`
/**
 * The index says which row it is, and the row says whether it has that name; its state is null if not. A plain join would
 * be compiled anew with every call: its plan is thought to depend on what is bound.
 */
const READ_AT = `SELECT ${COLUMNS}, led, CASE WHEN s.namespace = space AND s.id = name THEN s.state END
  FROM (SELECT number AS led, namespace AS space, id AS name FROM session
    WHERE namespace = ? AND id = ? AND state IN ('live', 'deleted') LIMIT 1)
  LEFT JOIN session AS s ON s.number = led LEFT JOIN tip AS t ON t.session = led`
const WRITE = `UPDATE tip SET revision = ?, generation = ?, next_id = ?, entry_count = ?, tail_seq = ?, tail_first = ?,
  tail_last = ?, head = ?, updated_at = ? WHERE session = ?`
const WRITE_CHANGED = `UPDATE tip SET revision = ?, generation = ?, next_id = ?, entry_count = ?, tail_seq = ?, tail_first = ?,
  tail_last = ?, head = ?, updated_at = ?, change = ?, change_kind = ?, seal = ? WHERE session = ?`
const RESEAL = resealStatement('tip', 'session = ?')
const INSERT = `INSERT INTO tip (session, revision, generation, next_id, entry_count, tail_seq, tail_first, tail_last, head,
  updated_at, minute) VALUES (?, 0, 0, 1, 0, 0, 0, 0, ?, ?, ?)`
const WRITE_MINUTE = 'UPDATE tip SET minute = ? WHERE session = ? AND minute <> ?'

/** How many ms the minutes of {@link minuteOf} have. */
export const MINUTE_MS = 60_000

/** What a session's last change was, and its number in the log of changes (S19). */
export interface TipChange {
  readonly number: number
  readonly kind: ChangeKind
}

/** The minute of a time: what a listing by activity is indexed by, so that most appends leave that index alone. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS)
}

/** Reads a session's tip. Every session has one. Fails with `StoreCorrupt`. */
export function readTip(connection: Connection, session: number): SessionTip {
  const row = connection.raw(READ).get(session) as TipRow | undefined
  if (!row) throw damaged(connection, session, 'where it stands')
  const tip = tipOf(row)
  if (tip.session !== session || !isPlausible(tip) || !isTipSealed(connection, row, tip))
    throw damaged(connection, session, 'where it stands')
  return tip
}

/**
 * The tip of the session at an address, and whether it is live; null where there is none that is not staged. Fails with
 * `StoreCorrupt` where what leads there, the session's name or its tip is damaged (S22).
 */
export function readTipAt(
  connection: Connection,
  namespace: string,
  id: string,
): { readonly tip: SessionTip; readonly state: 'live' | 'deleted' } | null {
  const row = connection.raw(READ_AT).get(namespace, id) as
    | readonly [...TipRow, led: number, state: string | null]
    | undefined
  if (!row) {
    checkName(connection, { namespace, id })
    return null
  }
  const tip = tipOf(row)
  const led = row[13]
  const state = row[14]
  const isFound = (state === 'live' || state === 'deleted') && tip.session === led
  if (!isFound || !isPlausible(tip) || !isTipSealed(connection, row, tip))
    throw damaged(connection, { namespace, id }, 'where it stands')
  return { tip, state }
}

/**
 * Nothing leads to a session, which is not believed where what leads to its neighbours is damaged: it is `StoreCorrupt`
 * then, and never a session that is not there (S15, S22).
 */
export function checkName(connection: Connection, address: Address): void {
  if (!checkAbsent(connection, SESSION_NAMES, [address.namespace, address.id]))
    throw damaged(connection, address, 'what leads to it')
}

/** Whether a tip can be one: what else would let a session say, or take, what is not its own. */
function isPlausible(tip: SessionTip): boolean {
  return (
    isTail(tip) &&
    tip.generation >= 0 &&
    tip.nextId > 0 &&
    tip.nextId <= ENTRIES_PER_SESSION &&
    tip.entryCount >= 0 &&
    tip.head.length === EMPTY_HEAD.length &&
    Number.isSafeInteger(tip.revision) &&
    Number.isSafeInteger(tip.updatedAt)
  )
}

function isTail({ tailSeq, tailFirst, tailLast, nextId, entryCount }: SessionTip): boolean {
  if (tailSeq === 0) return tailFirst === 0 && tailLast === 0
  const isRange = tailSeq > 0 && tailFirst > 0 && tailFirst <= tailLast && tailLast < nextId
  return isRange && entryCount === tailSeq + tailLast - tailFirst
}

function isTipSealed(
  connection: Connection,
  row: readonly [...TipRow, ...unknown[]],
  tip: SessionTip,
): boolean {
  return isSealed(connection, row[12], tip.session, ...columnsOf(tip, new Hex(tip.head)), row[10], row[11])
}

/** What is written of a tip, in the order of the schema. `head`: its bytes. */
function columnsOf<T>(tip: SessionTip, head: T): (number | T)[] {
  return [
    tip.revision,
    tip.generation,
    tip.nextId,
    tip.entryCount,
    tip.tailSeq,
    tip.tailFirst,
    tip.tailLast,
    head,
    tip.updatedAt,
  ]
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
  tip: SessionTip,
  before: SessionTip | undefined,
  change: TipChange | null,
): void {
  const { session } = tip
  const columns = columnsOf(tip, Buffer.from(tip.head, 'hex'))
  if (change) {
    const { number, kind } = change
    const seal = sealOf(session, ...columnsOf(tip, new Hex(tip.head)), number, kind)
    connection.run(WRITE_CHANGED, ...columns, number, kind, seal, session)
  } else {
    connection.run(WRITE, ...columns, session)
    connection.run(RESEAL, session)
  }
  const minute = minuteOf(tip.updatedAt)
  if (!before || minute !== minuteOf(before.updatedAt))
    connection.run(WRITE_MINUTE, minute, tip.session, minute)
}

function tipOf(row: readonly [...TipRow, ...unknown[]]): SessionTip {
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
export function tailOf(tip: SessionTip): (EntryRange & { readonly seq: number }) | null {
  return tip.tailSeq === 0
    ? null
    : { seq: tip.tailSeq, owner: tip.session, first: tip.tailFirst, last: tip.tailLast }
}
