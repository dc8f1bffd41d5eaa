import { decodeChangeCursor, encodeChangeCursor } from '../change-cursor.ts'
import type { ChangePage } from '../changes.ts'
import type { MemoryState } from './state.ts'
import { currentGeneration } from './view.ts'

/** The sessions that changed since a cursor, each at the place of its last change (S19). */
export function changesAfter(state: MemoryState, cursor: string | undefined, limit: number): ChangePage {
  const after = positionOf(state, cursor)
  const changed = state.sessions
    .filter(({ change }) => change.position > after)
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

/** Whether there is anything after a cursor. */
export function hasChanged(state: MemoryState, cursor: string): boolean {
  return state.position > positionOf(state, cursor)
}

function positionOf(state: MemoryState, cursor: string | undefined): number {
  return cursor === undefined ? 0 : decodeChangeCursor(cursor, state.storeId, state.position)
}
