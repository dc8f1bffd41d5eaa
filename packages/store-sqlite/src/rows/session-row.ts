import { DEFAULT_NAMESPACE, type NewSession, type Session } from '@faircopy/store-core'
import type { Facts as KnownFacts } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement, resealStatement } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { type Address, damaged } from './damage.ts'
import { jsonOf } from './json-column.ts'
import { ORIGIN_COLUMNS, type OriginColumns, originColumns, originOf } from './origin-row.ts'
import { checkName, insertTip, minuteOf } from './tip.ts'

export type { Address } from './damage.ts'

/** What is known of a session, as columns. */
export interface Facts extends OriginColumns {
  readonly parent_namespace: string | null
  readonly parent_id: string | null
  readonly parent_entry: number | null
  readonly parent_why: string | null
  readonly title: string | null
  /** A JSON object. */
  readonly meta: string
  readonly codec: string
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly end_reason: string | null
}

/** A session's row with its tip. */
export interface SessionRow extends Facts {
  readonly number: number
  readonly namespace: string
  readonly id: string
  readonly state: 'staged' | 'live' | 'deleted' | 'undone'
  /** Of a deleted one; null once nothing is left of it but its tombstone. */
  readonly deleted_at: number | null
  readonly revision: number
  readonly generation: number
  readonly next_id: number
  readonly entry_count: number
  readonly head: Buffer
  readonly updated_at: number
}

/**
 * A session's row as it was found, before it is known to be what was written. `led_number`, `led_namespace`, `led_id`: what
 * led to it. The columns of a row that is not there are null.
 */
export interface FoundRow extends Omit<SessionRow, 'state'> {
  readonly state: string | null
  readonly seal: number | null
  readonly session: number
  readonly tail_seq: number
  readonly tail_first: number
  readonly tail_last: number
  readonly minute: number
  readonly change: number | null
  readonly change_kind: string | null
  readonly tip_seal: number | null
  readonly led_number: number
  readonly led_namespace: string
  readonly led_id: string
}

const FACTS = [
  ...ORIGIN_COLUMNS,
  'parent_namespace',
  'parent_id',
  'parent_entry',
  'parent_why',
  'title',
  'meta',
  'codec',
  'started_at',
  'ended_at',
  'end_reason',
] as const satisfies readonly (keyof Facts)[]

/** SQLite answers from an index where it can, so the row is looked up by its number once more, under a name of its own. */
const COLUMNS = `s.number AS led_number, s.namespace AS led_namespace, s.id AS led_id, o.number, o.namespace, o.id, o.state,
    o.deleted_at, o.seal, ${FACTS.map((fact) => `o.${fact}`).join(', ')},
    t.session, t.revision, t.generation, t.next_id, t.entry_count, t.tail_seq, t.tail_first, t.tail_last, t.head, t.updated_at,
    t.minute, t.change, t.change_kind, t.seal AS tip_seal`
const OWN = 'LEFT JOIN session AS o ON o.number = s.number'

/** The beginning of a query for whole session rows: conditions and order are those of `s` and `t`. */
export const SESSION_ROW: string = `SELECT ${COLUMNS} FROM session AS s LEFT JOIN tip AS t ON t.session = s.number ${OWN}`

/** A plain join would be compiled anew with every call: its plan is thought to depend on what is bound. */
const BY_ADDRESS = `SELECT ${COLUMNS} FROM (SELECT number, namespace, id FROM session
    WHERE namespace = ? AND id = ? AND state IN ('live', 'deleted') LIMIT 1) AS s
  LEFT JOIN tip AS t ON t.session = s.number ${OWN}`
const BY_NUMBER = `SELECT ${COLUMNS} FROM (SELECT ? AS number, ? AS namespace, ? AS id) AS s
  LEFT JOIN tip AS t ON t.session = s.number ${OWN}`
const INSERT = insertStatement('session')
const RESEAL = resealStatement('session', 'number = ?')
const LAST_UNDONE = `SELECT max(t.generation) AS last FROM session AS s JOIN tip AS t ON t.session = s.number
  WHERE s.namespace = ? AND s.id = ? AND s.state = 'undone'`
const SET_STATE = 'UPDATE session SET state = ?, deleted_at = ? WHERE number = ?'
const UPDATE = `UPDATE session SET state = ?, ${FACTS.map((fact) => `${fact} = ?`).join(', ')} WHERE number = ?`

/** A session that is not staged. */
export interface FoundSession {
  readonly number: number
  readonly state: 'live' | 'deleted'
}

/** The row of a session that is not staged, or null. Fails with `StoreCorrupt` where it is damaged, or may be (S22). */
export function findSession(connection: Connection, address: Address): (SessionRow & FoundSession) | null {
  const found = connection.get<FoundRow>(BY_ADDRESS, address.namespace, address.id)
  if (!found) {
    checkName(connection, address)
    return null
  }
  const row = whole(connection, found)
  const isHere = row.namespace === address.namespace && row.id === address.id
  if (!isHere || !isNamed(row)) throw damaged(connection, address, 'its row')
  return row
}

/**
 * Leaves a tombstone, or takes it away. `deletedAt` is null for a tombstone that nothing is left of. `undone`: nothing is
 * left, not even a tombstone.
 */
export function setState(
  connection: Connection,
  number: number,
  state: 'live' | 'deleted' | 'undone',
  deletedAt: number | null,
): void {
  connection.run(SET_STATE, state, deletedAt, number)
  connection.run(RESEAL, number)
}

/**
 * The number of the first list of a new session: lists count on behind those of a session of this name that an undo took
 * away, so that its cursors are stale (S13).
 */
export function firstGeneration(connection: Connection, { namespace, id }: Address): number {
  return (connection.get<{ last: number | null }>(LAST_UNDONE, namespace, id)?.last ?? 0) + 1
}

/** The live session at an address, or null. */
export function readSession(connection: Connection, address: Address): Session | null {
  const row = findSession(connection, address)
  return row?.state === 'live' ? sessionOf(connection, row) : null
}

/** A session's row by its number, for a write that rests on it. Fails with `StoreCorrupt`. */
export function readSessionRow(connection: Connection, number: number): SessionRow {
  const row = whole(connection, connection.get<FoundRow>(BY_NUMBER, number, null, null) as FoundRow)
  jsonOf(connection, row.meta, { name: 'meta', session: row })
  return row
}

/** The row that a number leads to where it was led to by an address. Its columns are null where there is none. */
export function foundAt(connection: Connection, led: Address & { readonly number: number }): FoundRow {
  return connection.get<FoundRow>(BY_NUMBER, led.number, led.namespace, led.id) as FoundRow
}

/** The row as it was written. Fails with `StoreCorrupt` that names what led to it, or else what it says itself (S22). */
export function whole(connection: Connection, row: FoundRow): SessionRow {
  const { namespace, id, state, deleted_at, seal } = row
  const isLed =
    row.number === row.led_number &&
    (row.led_namespace === null || (namespace === row.led_namespace && id === row.led_id))
  const isWhole =
    isLed &&
    STATES.includes(state) &&
    isSealed(connection, seal, namespace, id, state, ...FACTS.map((fact) => row[fact]), deleted_at) &&
    isTipWhole(connection, row)
  if (!isWhole) throw damaged(connection, nameOf(row), 'its row')
  return row as SessionRow
}

const STATES: readonly (string | null)[] = ['staged', 'live', 'deleted', 'undone']

/** The name that led to a row, which is as good as any where the two differ. */
export function nameOf(row: FoundRow): Address | number {
  const { led_namespace, led_id } = row
  return typeof led_namespace === 'string' && typeof led_id === 'string'
    ? { namespace: led_namespace, id: led_id }
    : row.led_number
}

function isNamed(row: SessionRow): row is SessionRow & FoundSession {
  return row.state === 'live' || row.state === 'deleted'
}

/** Whether the tip that is told with a session is what was written. */
function isTipWhole(connection: Connection, row: FoundRow): boolean {
  const { session, revision, generation, next_id, entry_count, tail_seq, tail_first, tail_last, head } = row
  const { updated_at, minute, change, change_kind, tip_seal } = row
  const told = [session, revision, generation, next_id, entry_count, tail_seq, tail_first, tail_last]
  return (
    session === row.led_number &&
    [revision, generation, entry_count, updated_at].every(Number.isSafeInteger) &&
    head instanceof Uint8Array &&
    minute === minuteOf(updated_at) &&
    isSealed(connection, tip_seal, ...told, head, updated_at, change, change_kind)
  )
}

/** Writes a new session with an empty tip and gives its number. */
export function insertSession(
  connection: Connection,
  address: Address,
  state: 'staged' | 'live',
  facts: Facts,
  at: number,
): number {
  const number = insertSealed(
    connection,
    INSERT,
    address.namespace,
    address.id,
    state,
    ...FACTS.map((fact) => facts[fact]),
    null,
  )
  insertTip(connection, number, at)
  return number
}

/** Writes what is known of a session, and its state. */
export function updateSession(connection: Connection, number: number, state: 'live', facts: Facts): void {
  connection.run(UPDATE, state, ...FACTS.map((fact) => facts[fact]), number)
  connection.run(RESEAL, number)
}

/** The columns for what a caller knows of a session. */
export function factsOf(about: NewSession): Facts {
  const { parent } = about
  return {
    ...originColumns(about.origin),
    parent_namespace: parent ? (parent.namespace ?? DEFAULT_NAMESPACE) : null,
    parent_id: parent?.id ?? null,
    parent_entry: parent?.entry ?? null,
    parent_why: parent?.why ?? null,
    title: about.title ?? null,
    meta: JSON.stringify(about.meta ?? {}),
    codec: about.codec ?? 'openai-chat',
    started_at: about.startedAt ?? null,
    ended_at: about.endedAt ?? null,
    end_reason: about.endReason ?? null,
  }
}

/** The session as the contract tells it. Fails with `StoreCorrupt` where its `meta` is damaged. */
export function sessionOf(connection: Connection, row: SessionRow): Session {
  return {
    namespace: row.namespace,
    id: row.id,
    ...knownFacts(connection, row),
    revision: row.revision,
    generation: row.generation,
    entryCount: row.entry_count,
    head: row.head.toString('hex'),
    updatedAt: row.updated_at,
  }
}

/** What is known of a session. Fails with `StoreCorrupt` where its `meta` is damaged. */
export function knownFacts(connection: Connection, row: SessionRow): KnownFacts {
  return factsIn(row, jsonOf(connection, row.meta, { name: 'meta', session: row }))
}

/** What columns say of a session. `meta`: as it is read, or what stands for it. */
export function factsIn<Meta>(
  row: Omit<Facts, 'meta'>,
  meta: Meta,
): Omit<KnownFacts, 'meta'> & { readonly meta: Meta } {
  return {
    origin: originOf(row),
    parent:
      row.parent_id === null
        ? null
        : {
            namespace: row.parent_namespace ?? DEFAULT_NAMESPACE,
            id: row.parent_id,
            entry: row.parent_entry,
            why: row.parent_why as NonNullable<Session['parent']>['why'],
          },
    title: row.title,
    meta,
    codec: row.codec,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
  }
}
