import { type Entry, type NewEntry, parseRecord } from '@faircopy/store-core'
import { endKey, type TurnName } from './turn-name.ts'

/**
 * Entries that say something about a session and nothing in it: no projection but `audit` shows them, and a provider
 * never sees one.
 */
export type MarkerKind = 'turn' | 'suspension' | 'resumption'

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

/** Says that a session is not to be gone on with. */
export function suspension(reason: string | null, at: number): NewEntry {
  return { kind: 'suspension', record: { reason }, at }
}

/** Says that a session was taken up again. */
export function resumption(at: number): NewEntry {
  return { kind: 'resumption', record: {}, at }
}
