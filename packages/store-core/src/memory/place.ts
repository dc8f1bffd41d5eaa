import { randomUUID } from 'node:crypto'
import { emptyState, type MemoryState } from './state.ts'

/**
 * Where a store in memory keeps what it was told. Stores that are opened on the same place see the same, as processes
 * see one file; a place outlives them.
 */
export interface MemoryPlace {
  state: MemoryState
  /** Called after each write. */
  readonly watchers: Set<() => void>
}

/** A place that nothing was written to. */
export function createMemoryPlace(): MemoryPlace {
  return { state: emptyState(randomUUID()), watchers: new Set() }
}
