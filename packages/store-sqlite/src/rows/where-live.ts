import type { SessionAddress } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import type { Harm } from './harm.ts'
import { readSeq } from './ranges.ts'
import { readSessionRow } from './session-row.ts'
import { readTip } from './tip.ts'

/** A live session that contains an entry, and at which place. */
export interface Containing {
  readonly number: number
  readonly address: Required<SessionAddress>
  readonly seq: number
}

/** Not joined with the tips: such a join is compiled anew with every call, since its plan depends on what is bound. */
const OTHERS = `SELECT session, generation, seq, first FROM range
  WHERE owner = ? AND owner <> session AND first <= ? AND last >= ?`

/**
 * The live sessions that contain an entry now, the oldest first: its owner, and forks of that (S8). Damage of one of them goes
 * to `harm`, and leaves the others.
 */
export function whereLive(connection: Connection, owner: number, id: number, harm: Harm): Containing[] {
  const containing: Containing[] = []
  const others = connection.raw(OTHERS).all(owner, id, id) as [number, number, number, number][]
  for (const [number, generation, seq, first] of others) {
    harm.spare(() => {
      if (readTip(connection, number).generation === generation) say(number, seq + id - first)
    })
  }
  harm.spare(() => {
    const seq = readSeq(connection, readTip(connection, owner), id)
    if (seq !== null) say(owner, seq)
  })
  return containing.sort((a, b) => a.number - b.number)

  function say(number: number, seq: number): void {
    const { namespace, id, state } = readSessionRow(connection, number)
    if (state === 'live') containing.push({ number, address: { namespace, id }, seq })
  }
}
