import type { Connection } from '../file/connection.ts'
import { type Address, damaged } from './damage.ts'

/** Which column is read, and whose it is: see `damaged`. */
export interface JsonColumn {
  readonly name: string
  readonly session: Address | number | null
  readonly entry?: number
}

/**
 * The JSON object that a column holds: the one way to read any of them. Anything else in it is `StoreCorrupt` that names
 * the session (S22); what was read is in no error.
 */
export function jsonOf<T extends object>(
  connection: Connection,
  text: unknown,
  { name, session, entry }: JsonColumn,
): T {
  const value = typeof text === 'string' ? parsed(text) : undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(connection, session, name, entry)
  return value as T
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
