import { decodeCursor, encodeCursor } from './cursor.ts'
import { CursorStale, InvalidArgument } from './errors.ts'

/** A cursor of `changes`: the store it belongs to, and how many changes lie before it (S19). */
export function encodeChangeCursor(storeId: string, position: number): string {
  return encodeCursor(['changes', storeId, position])
}

/**
 * The position in a cursor of `changes`. Fails with `CursorStale` where it names another store or lies beyond `last`,
 * the store's own position: a backup was restored (S19). Fails with `InvalidArgument` for anything else.
 */
export function decodeChangeCursor(cursor: string, storeId: string, last: number): number {
  const [what, store, position, ...rest] = decodeCursor(cursor)
  if (what !== 'changes' || typeof store !== 'string' || typeof position !== 'number' || rest.length > 0) {
    throw new InvalidArgument('The cursor is not one of changes')
  }
  if (store !== storeId || position > last) throw new CursorStale(null)
  return position
}
