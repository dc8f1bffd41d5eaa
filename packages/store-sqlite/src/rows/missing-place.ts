import { readableList } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { type Address, damaged } from './damage.ts'

const HAS = 'SELECT 1 FROM generation WHERE session = ? AND number = ?'
const ADDRESS = 'SELECT namespace, id FROM session WHERE number = ?'

/** Whether a session has a list of this number. */
export function hasGeneration(connection: Connection, session: number, generation: number): boolean {
  return connection.get(HAS, session, generation) !== undefined
}

/**
 * Fails where a list does not say all the places that were asked for: with `GenerationGone` where it went while it was read,
 * by a prune or an undo (S13), or else with `StoreCorrupt` (S22).
 */
export function failMissing(connection: Connection, session: number, generation: number): never {
  const address = connection.get<Address>(ADDRESS, session)
  const found = hasGeneration(connection, session, generation) || null
  if (address) readableList(address, { asked: generation, had: generation }, found)
  throw damaged(connection, session, 'an entry that a list names')
}
