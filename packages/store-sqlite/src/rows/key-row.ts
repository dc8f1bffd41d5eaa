import type { CheckedEntry, EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { entryKey } from '../file/schema.ts'
import { insertStatement, sealSql } from '../file/seal.ts'
import { insertSealed, isSealed } from '../file/sealed-row.ts'
import { damaged } from './damage.ts'
import { readSessionRow, type SessionRow } from './session-row.ts'

const TAKE = `${insertStatement('entry_key')} ON CONFLICT DO UPDATE SET id = excluded.id, seal = excluded.seal`
const TAKE_DELIVERY = `${insertStatement('delivery_key')}
  ON CONFLICT DO UPDATE SET session = excluded.session, id = excluded.id, seal = excluded.seal`
const OF_SESSION = 'SELECT id, seal FROM entry_key WHERE session = ? AND idempotency_key = ?'
const INHERITED = 'SELECT first, last, owner, seal FROM inherited WHERE session = ?'
const OF_DELIVERY = 'SELECT session AS owner, id, seal FROM delivery_key WHERE idempotency_key = ?'
const OF_FORK = 'SELECT owner, id, seal FROM fork_key WHERE session = ? AND idempotency_key = ?'
const INHERITORS = 'SELECT session FROM inherited WHERE owner = ? AND ? BETWEEN first AND last'
const KEYS_OF = 'SELECT idempotency_key AS name, id FROM entry_key WHERE session = ? AND id BETWEEN ? AND ?'
const GIVE = insertStatement('fork_key', 'OR REPLACE')
const PASS_ON = `INSERT INTO fork_key (session, idempotency_key, owner, id, seal)
  SELECT number, idempotency_key, owner, id, ${sealSql('fork_key', { session: 'number' })}
  FROM fork_key JOIN (SELECT ? AS number) WHERE session = ? AND owner = ? AND id BETWEEN ? AND ?`
const FREE = 'DELETE FROM entry_key WHERE session = ? AND id BETWEEN ? AND ?'
const FREE_LINKS = 'DELETE FROM fork_key WHERE session = ? AND owner = session AND id BETWEEN ? AND ?'
const FREE_DELIVERIES = `DELETE FROM delivery_key WHERE session = ? AND id BETWEEN ? AND ? AND NOT EXISTS
  (SELECT 1 FROM inherited AS i WHERE i.owner = delivery_key.session AND delivery_key.id BETWEEN i.first AND i.last)`
const FORGET_USES = `DELETE FROM pruned_entry WHERE key BETWEEN ? AND ? AND NOT EXISTS
  (SELECT 1 FROM inherited AS i WHERE i.owner = pruned_entry.key / 16777216
    AND pruned_entry.key % 16777216 BETWEEN i.first AND i.last)`
const USE = 'SELECT kind, at, hash FROM entry WHERE key = ?'
const PRUNED_USE = 'SELECT kind, at, hash FROM pruned_entry WHERE key = ?'

/** The entry that an idempotency key was used for: its id, and the session that it is stored under. */
export interface KeyUse {
  readonly owner: number
  readonly id: number
}

interface Sealed {
  readonly seal: number | null
}

/** The record that a key was used for: enough to tell whether another is the same (S4). */
export interface UsedRecord {
  readonly kind: string
  readonly at: number | null
  /** 64 hex digits. */
  readonly hash: string
}

/** A delivery that is stored, and the sessions that contain or contained it: those that live first, then the oldest. */
export interface FoundDelivery {
  readonly use: KeyUse
  readonly sessions: readonly SessionRow[]
}

/** Takes the idempotency key of an entry for as long as its session exists (S4); a delivery's in the whole store. */
export function takeKey(
  connection: Connection,
  session: number,
  id: number,
  { kind, idempotencyKey }: Pick<CheckedEntry, 'kind' | 'idempotencyKey'>,
): void {
  if (idempotencyKey === null) return
  insertSealed(connection, TAKE, session, idempotencyKey, id)
  if (kind === 'delivery') insertSealed(connection, TAKE_DELIVERY, idempotencyKey, session, id)
}

/**
 * Takes a key for an entry that is stored under another one, and says the same (S4). Of an entry that a fork began with it
 * is taken in this session alone: the others that have the entry do not change (S8).
 */
export function linkKey(
  connection: Connection,
  session: number,
  { owner, id }: KeyUse,
  entry: Pick<CheckedEntry, 'kind' | 'idempotencyKey'>,
): void {
  const { kind, idempotencyKey } = entry
  const isShared = owner !== session || connection.get(INHERITORS, owner, id) !== undefined
  if (!isShared) takeKey(connection, session, id, entry)
  else if (idempotencyKey !== null) {
    insertSealed(connection, GIVE, session, idempotencyKey, owner, id)
    if (kind === 'delivery') insertSealed(connection, TAKE_DELIVERY, idempotencyKey, owner, id)
  }
}

/** Takes in a fork the keys that its parent alone has for entries. The others are found with their owner. */
export function inheritKeys(connection: Connection, parent: number, fork: number, range: EntryRange): void {
  connection.run(PASS_ON, fork, parent, range.owner, range.first, range.last)
}

/**
 * What a key was used for in a session, or null: its own keys, then those of the entries that it began with as a fork, then
 * those that it alone has for entries which several have. Fails with `StoreCorrupt` where a row that says so is damaged.
 */
export function findKey(connection: Connection, session: number, key: string): KeyUse | null {
  const check = (isWhole: boolean): void => {
    if (!isWhole) throw damaged(connection, session, 'what an idempotency key leads to')
  }
  const idOf = (owner: number): number | null => {
    const found = connection.get<{ id: number } & Sealed>(OF_SESSION, owner, key)
    if (!found) return null
    check(isSealed(connection, found.seal, owner, key, found.id))
    return found.id
  }
  const own = idOf(session)
  if (own !== null) return { owner: session, id: own }
  const inherited = connection.all<EntryRange & Sealed>(INHERITED, session)
  for (const { owner, first, last, seal } of inherited) {
    check(isSealed(connection, seal, session, first, last, owner))
    const id = idOf(owner)
    if (id !== null && id >= first && id <= last) return { owner, id }
  }
  const forked = connection.get<KeyUse & Sealed>(OF_FORK, session, key)
  if (!forked) return null
  const { owner, id, seal } = forked
  check(isSealed(connection, seal, session, key, owner, id))
  return { owner, id }
}

/**
 * Frees the keys that lead to entries of a session, which are no longer its own (S9). In forks that began with them they
 * stay taken (S4, S8).
 */
export function freeKeys(connection: Connection, { owner, first, last }: EntryRange): void {
  for (const { name, id } of connection.all<{ name: string; id: number }>(KEYS_OF, owner, first, last)) {
    for (const { session } of connection.all<{ session: number }>(INHERITORS, owner, id)) {
      insertSealed(connection, GIVE, session, name, owner, id)
    }
  }
  connection.run(FREE, owner, first, last)
  connection.run(FREE_LINKS, owner, first, last)
  connection.run(FREE_DELIVERIES, owner, first, last)
  connection.run(FORGET_USES, entryKey(owner, first), entryKey(owner, last))
}

/** Where the delivery of a key is stored, or null. Fails with `StoreCorrupt` where that cannot be told. */
export function readDelivery(connection: Connection, key: string): FoundDelivery | null {
  const use = connection.get<KeyUse & Sealed>(OF_DELIVERY, key)
  if (!use) return null
  const { owner, id } = use
  if (!isSealed(connection, use.seal, key, owner, id))
    throw damaged(connection, owner, 'what the key of a delivery leads to')
  const forks = connection.all<{ session: number }>(INHERITORS, owner, id).map(({ session }) => session)
  const knowing = [owner, ...forks].filter((session) => {
    const found = findKey(connection, session, key)
    return found?.owner === owner && found.id === id
  })
  const sessions = knowing
    .map((number) => readSessionRow(connection, number))
    .filter(({ state }) => state === 'live' || state === 'deleted')
    .sort((a, b) => Number(b.state === 'live') - Number(a.state === 'live') || a.number - b.number)
  return { use: { owner, id }, sessions }
}

/**
 * What a key was used for, also after that was pruned; the record itself is not loaded. Fails with `StoreCorrupt` where
 * the key leads to nothing.
 */
export function usedRecord(connection: Connection, { owner, id }: KeyUse): UsedRecord {
  const key = entryKey(owner, id)
  const stored =
    connection.get<{ kind: string; at: number | null; hash: Buffer }>(USE, key) ??
    connection.get<{ kind: string; at: number | null; hash: Buffer }>(PRUNED_USE, key)
  if (!stored) throw damaged(connection, owner, 'the entry that an idempotency key leads to', id)
  const { kind, at, hash } = stored
  return { kind, at, hash: hash.toString('hex') }
}
