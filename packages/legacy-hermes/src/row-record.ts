import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'
import type { MessageRow, SqlValue } from './message-row.ts'

/** A row as a JSON object. */
export interface RowRecord {
  /** Its stated serialisation. */
  readonly text: string
  readonly record: JsonObject
}

/** A member's text and what it parses to. */
interface Json {
  readonly text: string
  readonly value: JsonValue
}

const JSON_COLUMNS: ReadonlySet<string> = new Set([
  'tool_calls',
  'reasoning_details',
  'codex_reasoning_items',
  'codex_message_items',
])
/** What Hermes writes before content that is not plain text. */
const CONTENT_SENTINEL = '\0json:'
const NULL: Json = { text: 'null', value: null }

/**
 * A row's stated serialisation, as docs/hermes.md has it: compact JSON, the members in the order of the columns.
 * `role` and, save for `session_meta`, `content` are always there; of the others those which hold anything but NULL and
 * the column's default. Columns of JSON are embedded in their exact text where it is valid, and as a string where not.
 * Pure and total.
 */
export function rowRecord(row: MessageRow): RowRecord {
  const members: [name: string, json: Json][] = []
  const role = row.members.find(([{ name }]) => name === 'role')?.[1] ?? null
  for (const [column, value] of row.members) {
    const { name } = column
    const isAlways = name === 'role' || (name === 'content' && role !== 'session_meta')
    if (!isAlways && (value === null || String(value) === column.default)) continue
    members.push([name, memberJson(name, value)])
  }
  return {
    text: `{${members.map(([name, { text }]) => `${JSON.stringify(name)}:${text}`).join(',')}}`,
    record: Object.fromEntries(members.map(([name, { value }]) => [name, value])),
  }
}

/** Whether a value nests deeper than so many levels. */
export function isNestedDeeperThan(value: JsonValue, levels: number): boolean {
  if (!Array.isArray(value) && !isJsonObject(value)) return false
  if (levels === 0) return true
  return Object.values(value).some((inner: JsonValue) => isNestedDeeperThan(inner, levels - 1))
}

/** A value as JSON: integers of any size and reals as numbers, bytes as `{"base64":"…"}`. */
export function sqlJson(value: SqlValue): { readonly text: string; readonly value: JsonValue } {
  if (value === null) return NULL
  if (typeof value === 'bigint') return { text: String(value), value: Number(value) }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? { text: String(value), value } : plain(String(value))
  }
  if (typeof value === 'string') return plain(value)
  return plain({ base64: Buffer.from(value).toString('base64') })
}

function memberJson(name: string, value: SqlValue): Json {
  if (typeof value !== 'string') return sqlJson(value)
  if (JSON_COLUMNS.has(name)) return embedded(value) ?? plain(value)
  if (name === 'content' && value.startsWith(CONTENT_SENTINEL)) {
    return embedded(value.slice(CONTENT_SENTINEL.length)) ?? plain(value)
  }
  return plain(value)
}

function plain(value: JsonValue): Json {
  return { text: JSON.stringify(value), value }
}

function embedded(text: string): Json | null {
  try {
    const value = JSON.parse(text) as JsonValue
    // Line ends can only stand between tokens; a record is one line.
    return { text: text.replaceAll(/[\r\n]/g, ' '), value }
  } catch {
    return null
  }
}
