import { decodeChangeCursor, encodeChangeCursor } from '../change-cursor.ts'
import type { ChangePage } from '../changes.ts'
import { isSameAddress } from '../session-ref.ts'
import type { MemorySession, MemoryState } from './state.ts'
import { currentGeneration } from './view.ts'

/** The sessions that changed since a cursor, each at the place of its last change (S19). */
export function changesAfter(state: MemoryState, cursor: string | undefined, limit: number): ChangePage {
  const after = positionOf(state, cursor)
  const changed = state.sessions
    .filter((session) => session.change.position > after && !isSuperseded(state, session))
    .sort((a, b) => a.change.position - b.change.position)
  const page = changed.slice(0, limit)
  const last = changed.length > limit ? page.at(-1)?.change.position : undefined
  return {
    changes: page.map((session) => ({
      session: session.address,
      change: session.change.kind,
      revision: session.revision,
      generation: currentGeneration(session).generation,
    })),
    cursor: encodeChangeCursor(state.storeId, last ?? state.position),
  }
}

/** Whether a session that an undo took away is there again, or was and is gone again. */
function isSuperseded(state: MemoryState, { address, state: is, change }: MemorySession): boolean {
  const isLater = (other: MemorySession): boolean =>
    isSameAddress(other.address, address) && other.change.position > change.position
  return is === 'undone' && state.sessions.some(isLater)
}

/** Whether there is anything after a cursor. */
export function hasChanged(state: MemoryState, cursor: string): boolean {
  return state.position > positionOf(state, cursor)
}

function positionOf(state: MemoryState, cursor: string | undefined): number {
  return cursor === undefined ? 0 : decodeChangeCursor(cursor, state.storeId, state.position)
}
