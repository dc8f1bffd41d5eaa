import type { Lookup } from './absence.ts'

/** How a session that is not staged is found by its name. */
export const SESSION_NAMES: Lookup = {
  table: 'session',
  columns: ['namespace', 'id'],
  key: 'number',
  where: `state IN ('live', 'deleted')`,
}
