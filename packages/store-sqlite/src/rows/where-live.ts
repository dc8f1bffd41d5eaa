import type { SessionAddress } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { readSeq } from './ranges.ts'
import { readTip } from './tip.ts'

/** A live session that says an entry, and at which place. */
export interface Saying {
  readonly number: number
  readonly address: Required<SessionAddress>
  readonly seq: number
}

const SESSION = `SELECT namespace, id FROM session WHERE number = ? AND state = 'live'`
const OTHERS = `SELECT r.session AS number, r.seq + ? - r.first AS seq FROM range AS r
  JOIN tip AS t ON t.session = r.session AND t.generation = r.generation
  WHERE r.owner = ? AND r.owner <> r.session AND r.first <= ? AND r.last >= ?`

/** The live sessions that say an entry now, the oldest first: its owner, and forks of that (S8). */
export function whereLive(connection: Connection, owner: number, id: number): Saying[] {
  const places = connection.all<{ number: number; seq: number }>(OTHERS, id, owner, id, id)
  const seq = sessionAt(connection, owner) ? readSeq(connection, readTip(connection, owner), id) : null
  if (seq !== null) places.push({ number: owner, seq })
  return places
    .toSorted((a, b) => a.number - b.number)
    .flatMap((place) => {
      const address = sessionAt(connection, place.number)
      return address ? [{ ...place, address }] : []
    })
}

function sessionAt(connection: Connection, number: number): Required<SessionAddress> | undefined {
  return connection.get<Required<SessionAddress>>(SESSION, number)
}
