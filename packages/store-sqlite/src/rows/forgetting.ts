import type { Connection } from '../file/connection.ts'

/** Keys that lead to a pruned entry, or to one under another key, and that no fork began with. */
const LEFT_KEYS = ['entry_key', 'delivery_key'].map(
  (table) => `DELETE FROM ${table} WHERE session = ? AND EXISTS
    (SELECT 1 FROM pruned_entry AS p WHERE p.key = ${table}.session * 16777216 + ${table}.id UNION ALL
      SELECT 1 FROM entry AS e WHERE e.key = ${table}.session * 16777216 + ${table}.id
        AND e.idempotency_key IS NOT ${table}.idempotency_key)
    AND NOT EXISTS (SELECT 1 FROM inherited AS i WHERE i.owner = ${table}.session AND ${table}.id BETWEEN i.first AND i.last)`,
)
const TABLES = [
  'range',
  'generation',
  'inherited',
  'waypoint',
  'operation',
  'route',
  'quarantine',
  'brought',
  'imported',
  'fork_key',
]

/**
 * Forgets everything that names a session but its row, its tip, its entries, and the keys of those: they go with them, unless
 * a fork began with them.
 */
export function forgetSession(connection: Connection, session: number): void {
  for (const sql of LEFT_KEYS) connection.run(sql, session)
  for (const table of TABLES) connection.run(`DELETE FROM ${table} WHERE session = ?`, session)
}
