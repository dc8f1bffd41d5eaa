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
/** Not joined with the tips: such a join is compiled anew with every call, since its plan depends on what is bound. */
const OTHERS = `SELECT session, generation, seq, first FROM range
  WHERE owner = ? AND owner <> session AND first <= ? AND last >= ?`

/** The live sessions that say an entry now, the oldest first: its owner, and forks of that (S8). */
export function whereLive(connection: Connection, owner: number, id: number): Saying[] {
  const sayings: Saying[] = []
  for (const row of connection.raw(OTHERS).all(owner, id, id)) {
    const [number, generation, seq, first] = row as [number, number, number, number]
    if (readTip(connection, number).generation === generation) say(number, seq + id - first)
  }
  const tip = readTip(connection, owner)
  const seq = readSeq(connection, tip, id)
  if (seq !== null) say(owner, seq)
  return sayings.sort((a, b) => a.number - b.number)

  function say(number: number, seq: number): void {
    const address = sessionAt(connection, number)
    if (address) sayings.push({ number, address, seq })
  }
}

function sessionAt(connection: Connection, number: number): Required<SessionAddress> | undefined {
  return connection.get<Required<SessionAddress>>(SESSION, number)
}
