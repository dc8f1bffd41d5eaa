import { type Entry, type NewEntry, parseRecord } from '@faircopy/store-core'
import { endKey, type TurnName } from './turn-name.ts'

/**
 * Entries that say something about a session and nothing in it: no projection but `audit` shows them, and a provider
 * never sees one.
 */
export type MarkerKind = 'turn' | 'undo' | 'suspension' | 'resumption' | 'reset'

/** How a turn ended. */
export type TurnEnd = 'committed' | 'abandoned'

/** Says how a turn ended. */
export function turnEnd(turn: TurnName, state: TurnEnd, at: number): NewEntry {
  return { kind: 'turn', record: { turn: turn.name, state }, at, idempotencyKey: endKey(turn) }
}

/** How the turn ended that this entry ends, or null for any other entry. */
export function endOfTurn({ kind, record }: Pick<Entry, 'kind' | 'record'>): TurnEnd | null {
  if (kind !== 'turn') return null
  return parseRecord(record)['state'] === 'abandoned' ? 'abandoned' : 'committed'
}

/**
 * Says that something was taken back. It also makes two undos at once two changes, of which the second is a conflict:
 * without it the store would find that the second one changes nothing.
 */
export function undoing(turns: number, at: number): NewEntry {
  return { kind: 'undo', record: { turns }, at }
}

/** Says that a session is not to be gone on with. */
export function suspension(reason: string | null, at: number): NewEntry {
  return { kind: 'suspension', record: { reason }, at }
}

/** Says that a session was taken up again. */
export function resumption(at: number): NewEntry {
  return { kind: 'resumption', record: {}, at }
}

/** Says which request a session was opened by. */
export function resetRequest(idempotencyKey: string, at: number): NewEntry {
  return { kind: 'reset', record: { request: idempotencyKey }, at }
}

/** The key of the request that this entry tells of, or null for any other entry. */
export function requestOf({ kind, record }: Pick<Entry, 'kind' | 'record'>): string | null {
  if (kind !== 'reset') return null
  const { request } = parseRecord(record)
  return typeof request === 'string' ? request : null
}
