import { GenerationGone, type StoreError } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { type Address, damaged } from './damage.ts'

const HAS = 'SELECT 1 FROM generation WHERE session = ? AND number = ?'
const ADDRESS = 'SELECT namespace, id FROM session WHERE number = ?'

/** Whether a session has a list of this number. */
export function hasGeneration(connection: Connection, session: number, generation: number): boolean {
  return connection.get(HAS, session, generation) !== undefined
}

/**
 * What it means that a list does not say all the places that were asked for: it went while it was read, by a prune or an
 * undo (S13), or the store is damaged (S22).
 */
export function missingPlace(connection: Connection, session: number, generation: number): StoreError {
  const address = connection.get<Address>(ADDRESS, session)
  if (address && !hasGeneration(connection, session, generation))
    return new GenerationGone(address, generation)
  return damaged(connection, session, 'an entry that a list names')
}
