import type { JsonObject, JsonValue } from '@faircopy/store-core'
import type { FactRow, SqlRow } from './fact-table.ts'
import { asJson, parsePythonObject } from './python-json.ts'
import type { RoutedSession } from './routed-session.ts'
import { sqlJson } from './row-record.ts'

/** What the table of routing says, and in words what of it could not be read. */
export interface RoutingFacts {
  readonly entries: readonly RoutedSession[]
  readonly faults: readonly string[]
}

/** What the rows of one session may take together, as JSON: beside those of the index and its row of `sessions`. */
const MOST_SESSION_BYTES = 192 * 1024
const ENTRY = 'entry_json'
const MOST_KEY_CHARS = 255

/**
 * Rows of `gateway_routing` as entries of the index. Of its columns only `session_key` is relied on: the session's id
 * is a column or stands in the entry, which is whichever column holds a JSON object. The rest is kept. A row that names
 * no session, or takes those of its session past what is kept, is left out and named.
 */
export function routedSessions(rows: readonly FactRow[]): RoutingFacts {
  const entries: RoutedSession[] = []
  const faults: string[] = []
  const taken = new Map<string, number>()
  for (const { row, unread, large } of rows) {
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
    const name =
      key === null
        ? 'a row of gateway_routing without a key'
        : `its row of ${JSON.stringify(key.slice(0, MOST_KEY_CHARS))} in gateway_routing`
    const own = [...unread, ...large, ...(others.has(ENTRY) ? [`its ${ENTRY} is no JSON object`] : [])]
    const leftOut = (why: string): void => void own.push(`${why}, so it was left out`)
    const routed =
      key === null || sessionId === null ? null : { key, sessionId, entry, row: sqlObject(others) }
    const bytes = routed
      ? Buffer.byteLength(JSON.stringify(asJson({ ...routed.row, entry }))) +
        (taken.get(routed.sessionId) ?? 0)
      : 0
    if (routed === null) leftOut('it names no session')
    else if (bytes > MOST_SESSION_BYTES)
      leftOut(`it takes those of its session past ${MOST_SESSION_BYTES} bytes`)
    else {
      taken.set(routed.sessionId, bytes)
      entries.push(routed)
    }
    if (own.length > 0) faults.push(`${name}: ${own.join('; ')}`)
  }
  return { entries, faults }
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
