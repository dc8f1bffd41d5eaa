import type { NewSession, Session } from '@faircopy/store-core'
import { DEFAULT_NAMESPACE, NoSession, SessionDeleted, SessionExists } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertSealed, insertStatement, resealStatement } from '../file/seal.ts'
import { ORIGIN_COLUMNS, type OriginColumns, originColumns, originOf } from './origin-row.ts'
import { insertTip } from './tip.ts'

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
  readonly entry_count: number
  readonly head: Buffer
  readonly updated_at: number
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

const COLUMNS = `s.number, s.namespace, s.id, s.state, s.deleted_at, ${FACTS.map((fact) => `s.${fact}`).join(', ')},
    t.revision, t.generation, t.entry_count, t.head, t.updated_at`

/** The beginning of a query for whole session rows. */
export const SESSION_ROW: string = `SELECT ${COLUMNS} FROM session AS s JOIN tip AS t ON t.session = s.number`

/** The same, where tips are to be looked at first: in the order of an index of theirs. */
export const SESSION_ROW_BY_TIP: string = `SELECT ${COLUMNS} FROM tip AS t CROSS JOIN session AS s ON s.number = t.session`

/** A plain join would be compiled anew with every call: its plan is thought to depend on what is bound. */
const BY_ADDRESS = `SELECT ${COLUMNS} FROM (
    SELECT * FROM session WHERE namespace = ? AND id = ? AND state IN ('live', 'deleted') LIMIT 1) AS s
  CROSS JOIN tip AS t ON t.session = s.number`
const BY_NUMBER = `${SESSION_ROW} WHERE s.number = ?`
const NUMBER = `SELECT number, state FROM session WHERE namespace = ? AND id = ? AND state IN ('live', 'deleted')`
const INSERT = insertStatement('session')
const RESEAL = resealStatement('session', 'number = ?')
const LAST_UNDONE = `SELECT max(t.generation) AS last FROM session AS s JOIN tip AS t ON t.session = s.number
  WHERE s.namespace = ? AND s.id = ? AND s.state = 'undone'`
const SET_STATE = 'UPDATE session SET state = ?, deleted_at = ? WHERE number = ?'
const UPDATE = `UPDATE session SET state = ?, ${FACTS.map((fact) => `${fact} = ?`).join(', ')} WHERE number = ?`

/** Where a session lies, spelled out. */
export interface Address {
  readonly namespace: string
  readonly id: string
}

/** A session that is not staged. */
export interface FoundSession {
  readonly number: number
  readonly state: 'live' | 'deleted'
}

/** The number and the state of a session that is not staged, or null. */
export function findSession(connection: Connection, address: Address): FoundSession | null {
  return connection.get<FoundSession>(NUMBER, address.namespace, address.id) ?? null
}

/** The number of a live session, to be written to. Fails with `NoSession`, `SessionDeleted` (S10, S27). */
export function writableSession(connection: Connection, address: Address): number {
  const found = findSession(connection, address)
  if (!found) throw new NoSession(address)
  if (found.state === 'deleted') throw new SessionDeleted(address)
  return found.number
}

/** Fails with `SessionExists`, or with `SessionDeleted` where there is a tombstone (S27). */
export function refuseTaken(connection: Connection, address: Address): void {
  const found = findSession(connection, address)
  if (found) throw found.state === 'live' ? new SessionExists(address) : new SessionDeleted(address)
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
  const row = connection.get<SessionRow>(BY_ADDRESS, address.namespace, address.id)
  return row?.state === 'live' ? sessionOf(row) : null
}

/** The live session at an address. Fails with `NoSession`, `SessionDeleted`. */
export function sessionAt(connection: Connection, address: Address): Session {
  const row = connection.get<SessionRow>(BY_ADDRESS, address.namespace, address.id)
  if (!row) throw new NoSession(address)
  if (row.state !== 'live') throw new SessionDeleted(address)
  return sessionOf(row)
}

/** A session's row by its number. */
export function readSessionRow(connection: Connection, number: number): SessionRow | undefined {
  return connection.get<SessionRow>(BY_NUMBER, number)
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

/** What is known, with the gaps filled from what else is known. Nothing known is overwritten. */
export function fillFacts(known: Facts, more: Facts): Facts {
  const origin = known.platform === null ? more : known
  const parent = known.parent_id === null ? more : known
  return {
    platform: origin.platform,
    account: origin.account,
    chat_type: origin.chat_type,
    chat: origin.chat,
    thread: origin.thread,
    user: origin.user,
    user_alt: origin.user_alt,
    parent_namespace: parent.parent_namespace,
    parent_id: parent.parent_id,
    parent_entry: parent.parent_entry,
    parent_why: parent.parent_why,
    title: known.title ?? more.title,
    meta: fillMeta(known.meta, more.meta),
    codec: known.codec,
    started_at: known.started_at ?? more.started_at,
    ended_at: known.ended_at ?? more.ended_at,
    end_reason: known.end_reason ?? more.end_reason,
  }
}

/** Whether two sets of facts are the same. */
export function sameFacts(a: Facts, b: Facts): boolean {
  return FACTS.every((fact) => a[fact] === b[fact])
}

function fillMeta(known: string, more: string): string {
  if (more === '{}' || more === known) return known
  if (known === '{}') return more
  const members = new Map(Object.entries<unknown>(JSON.parse(known)))
  let added = false
  for (const [name, value] of Object.entries<unknown>(JSON.parse(more))) {
    if (members.has(name)) continue
    members.set(name, value)
    added = true
  }
  return added ? JSON.stringify(Object.fromEntries(members)) : known
}

/** The session as the contract tells it. */
export function sessionOf(row: SessionRow): Session {
  return {
    namespace: row.namespace,
    id: row.id,
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
    meta: JSON.parse(row.meta),
    codec: row.codec,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    revision: row.revision,
    generation: row.generation,
    entryCount: row.entry_count,
    head: row.head.toString('hex'),
    updatedAt: row.updated_at,
  }
}
