import type { Connection } from './connection.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { type Hex, sealOf, type Value } from './seal.ts'

const PARTLY_SEALED = 'SELECT 1 FROM store WHERE one = 1 AND partly_sealed = 1'

/** Writes a row with its seal. The statement ends with the seal; before it come all sealed columns in their order. */
export function insertSealed(connection: Connection, sql: string, ...values: Value[]): number {
  return connection.insert(sql, ...values, sealOf(...values))
}

/** Whether a row is as it was written. Rows of a former schema-1 file have no seal, which tells nothing; elsewhere it does. */
export function isSealed(
  connection: Connection,
  seal: Value | undefined,
  ...values: readonly (Value | Hex)[]
): boolean {
  return seal === null ? isPartlySealed(connection) : seal === sealOf(...values)
}

/** Whether the file is a former schema-1 file. That never changes, so it is asked once. */
function isPartlySealed(connection: Connection): boolean {
  let partly = partlySealed.get(connection)
  if (partly === undefined) {
    const version = Number(connection.db.pragma('user_version', { simple: true }))
    partly = version < SCHEMA_VERSION || connection.get(PARTLY_SEALED) !== undefined
    partlySealed.set(connection, partly)
  }
  return partly
}

const partlySealed = new WeakMap<Connection, boolean>()
