import type { JsonObject, JsonValue } from '@faircopy/store-core'
import { parsePythonObject } from './python-json.ts'
import type { RoutedSession } from './routed-session.ts'
import { sqlJson } from './row-record.ts'
import type { SqlRow } from './state-database.ts'

/**
 * Rows of `gateway_routing` as entries of the index. Of its columns only `session_key` is relied on: the session's id
 * is a column or stands in the entry, which is whichever column holds a JSON object. The rest is kept.
 */
export function routedSessions(rows: readonly SqlRow[]): readonly RoutedSession[] {
  return rows.flatMap((row) => {
    const others = new Map(row)
    let entry: JsonObject = {}
    for (const [name, value] of row) {
      const parsed = typeof value === 'string' && value.startsWith('{') ? parsePythonObject(value) : null
      if (parsed === null) continue
      entry = { ...entry, ...parsed }
      others.delete(name)
    }
    const key = text(row.get('session_key')) ?? text(entry['session_key'])
    const sessionId = text(row.get('session_id')) ?? text(entry['session_id'])
    if (key === null || sessionId === null) return []
    return [{ key, sessionId, entry, row: sqlObject(others) }]
  })
}

/** A row as a JSON object. */
export function sqlObject(row: SqlRow): JsonObject {
  return Object.fromEntries(
    [...row].map(([name, value]): [string, JsonValue] => {
      const isExact = typeof value !== 'bigint' || Number.isSafeInteger(Number(value))
      return [name, isExact ? sqlJson(value).value : String(value)]
    }),
  )
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
