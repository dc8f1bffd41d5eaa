import type { Origin } from '@faircopy/store-core'
import {
  type CheckedEntry,
  type HeldAt,
  type HeldDelivery,
  isSameOrigin,
  matchesOrigin,
  type OriginAt,
} from '@faircopy/store-core/backend'
import { entryHash } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { sealOf } from '../file/seal.ts'
import { isSealed } from '../file/sealed-row.ts'
import { damaged } from '../rows/damage.ts'
import { ORIGIN_COLUMNS, type OriginColumns, originOf, originValues } from '../rows/origin-row.ts'

interface HeldRow extends OriginColumns {
  readonly number: number
  readonly namespace: string
  readonly held_at: number
  readonly idempotency_key: string | null
  readonly at: number | null
  readonly writer: string
  readonly hash: Buffer
  readonly record: string
  readonly seal: number | null
}

/** SQLite answers from an index where it can, so each row is looked up by its number once more. */
const ROW = `SELECT f.number, h.namespace, ${ORIGIN_COLUMNS.map((column) => `h.${column}`).join(', ')}, h.held_at,
    h.idempotency_key, h.at, h.writer, h.hash, h.record, h.seal
  FROM held AS f LEFT JOIN held AS h ON h.number = f.number`
const OF_PLATFORM = `${ROW} WHERE f.namespace = ? AND f.platform = ? AND f.held_at >= ? ORDER BY f.number`
const BY_KEY = `${ROW} WHERE f.idempotency_key = ? AND f.held_at >= ?`
const PLACES = `SELECT number, ${ORIGIN_COLUMNS.join(', ')} FROM held WHERE namespace = ? AND platform = ? AND held_at >= ?`
const INSERT = `INSERT INTO held (namespace, ${ORIGIN_COLUMNS.join(', ')}, held_at, idempotency_key, at, writer, hash, record, seal)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const REMOVE = 'DELETE FROM held WHERE number = ?'
const EXPIRE = 'DELETE FROM held WHERE held_at < ?'

/** What is held for origins that a session of this one answers to, in the order it came. */
export function readHeldFor(connection: Connection, { namespace, origin, since }: HeldAt): HeldDelivery[] {
  const { platform } = origin
  return connection
    .all<HeldRow>(OF_PLATFORM, namespace, platform, since)
    .filter((row) => matchesOrigin(originOf({ ...row, platform }) as Origin, origin))
    .map((row) => deliveryOf(connection, row, { namespace, platform }))
}

/** The delivery that is held under a key, or null. */
export function findHeld(connection: Connection, key: string, since: number): HeldDelivery | null {
  const row = connection.get<HeldRow>(BY_KEY, key, since)
  return row ? deliveryOf(connection, row, { idempotency_key: key }) : null
}

/** How many deliveries are held for exactly this origin. */
export function countHeld(connection: Connection, { namespace, origin, since }: HeldAt): number {
  const rows = connection.all<OriginColumns>(PLACES, namespace, origin.platform, since)
  return rows.filter((row) => isSameOrigin(originOf(row) as Origin, origin)).length
}

/** Holds a delivery since a time. */
export function insertHeld(
  connection: Connection,
  { namespace, origin }: OriginAt,
  since: number,
  entry: CheckedEntry,
): void {
  const { idempotencyKey, at, writer, hash, record } = entry
  const told = [
    namespace,
    ...originValues(origin),
    since,
    idempotencyKey,
    at,
    writer,
    Buffer.from(hash, 'hex'),
  ]
  connection.run(INSERT, ...told, record, sealOf(...told))
}

/** Holds these no longer: they were placed. */
export function removeHeld(connection: Connection, held: readonly number[]): void {
  for (const number of held) connection.run(REMOVE, number)
}

/** Forgets what was held since before a time. */
export function expireHeld(connection: Connection, before: number): void {
  connection.run(EXPIRE, before)
}

/** What is held, as it was written. `asked`: what led to it. Fails with `StoreCorrupt`. */
function deliveryOf(connection: Connection, row: HeldRow, asked: Partial<HeldRow>): HeldDelivery {
  const { namespace, held_at, idempotency_key, at, writer, hash, record, seal } = row
  const told = [
    namespace,
    ...ORIGIN_COLUMNS.map((column) => row[column]),
    held_at,
    idempotency_key,
    at,
    writer,
    hash,
  ]
  const isWhole =
    Object.entries(asked).every(([column, value]) => row[column as keyof HeldRow] === value) &&
    isSealed(connection, seal, ...told) &&
    entryHash('delivery', at, record) === hash.toString('hex')
  if (!isWhole) throw damaged(connection, null, 'a delivery that is held')
  const entry = {
    kind: 'delivery',
    at,
    writer,
    idempotencyKey: idempotency_key,
    hash: hash.toString('hex'),
    provenance: null,
    record,
  } as const
  return { number: row.number, entry }
}
