import type { Entry, Session, SessionAddress, TranscriptReader } from '@faircopy/store-core'
import { endOfTurn, type TurnEnd } from './marker.ts'
import type { OpenTurn } from './open-turn.ts'
import { endKey, isSameTurn, keyAt, type TurnName, turnOfKey } from './turn-name.ts'

/** What is stored of a turn. */
export interface TurnEntries {
  /** Its messages in order, what the person said among them. */
  readonly entries: readonly Entry[]
  readonly end: TurnEnd | null
}

/** What a session says of a turn, from the place where it begins. Cost: the entries from there on. */
export async function turnEntries(
  reader: TranscriptReader,
  session: Required<SessionAddress>,
  turn: TurnName,
  from: number,
): Promise<TurnEntries> {
  const entries: Entry[] = []
  let end: TurnEnd | null = null
  for await (const entry of reader.read(session, { from })) {
    const key = turnOfKey(entry.idempotencyKey)
    if (key && isSameTurn(key, turn)) entries.push(entry)
    if (entry.idempotencyKey === endKey(turn)) end = endOfTurn(entry)
  }
  return { entries, end }
}

/** The turns of a session that have no end, oldest first. Cost: every entry of the session. */
export async function turnsWithoutEnd(reader: TranscriptReader, session: Session): Promise<OpenTurn[]> {
  const open = new Map<string, OpenTurn>()
  const ends = new Map<string, string>()
  for await (const { idempotencyKey, at } of reader.read(session)) {
    const turn = turnOfKey(idempotencyKey)
    if (turn) {
      const one = openTurn(session, turn, turn.index, at)
      open.set(one.firstKey, one)
      ends.set(endKey(turn), one.firstKey)
    } else {
      open.delete(ends.get(idempotencyKey ?? '') ?? '')
    }
  }
  return [...open.values()]
}

/** A turn without an end, as its last entry tells it. */
export function openTurn(
  { namespace, id, origin }: Session,
  turn: TurnName,
  index: number,
  lastAt: number | null,
): OpenTurn {
  const key = turn.form === 'turn' ? turn.name : null
  return { session: { namespace, id }, origin, firstKey: keyAt(turn, 0), key, messages: index + 1, lastAt }
}
