import { type Entry, isJsonObject, type JsonObject, type JsonValue, parseRecord } from '@faircopy/store-core'

/** What a row of `messages` holds of an entry, its session, place and time aside. */
export interface HermesMessageRow {
  readonly role: string
  readonly content: string | null
  readonly tool_call_id: string | null
  readonly tool_calls: string | null
  readonly tool_name: string | null
  readonly finish_reason: string | null
  readonly reasoning: string | null
  readonly reasoning_details: string | null
  readonly codex_reasoning_items: string | null
}

/**
 * The row that Hermes of April 2026 would have written for an entry; null where it could not, and has the message in
 * the file alone: content that is no text (parts, an image) or text with an unpaired surrogate can't be bound, and a
 * message without a role has no place there. That version then reads the file, because it is the longer side.
 *
 * Columns of JSON are ASCII, with numbers in their own digits; empty values are NULL. Of `session_meta` the table keeps
 * the role alone.
 */
export function hermesMessageRow(entry: Pick<Entry, 'kind' | 'record'>): HermesMessageRow | null {
  const isMeta = entry.kind === 'session_meta'
  const record = isMeta ? {} : parseRecord(entry.record)
  const role = isMeta ? 'session_meta' : record['role']
  const { content = null, tool_call_id: callId = null, tool_calls: calls = null } = record
  if (!isBindable(role) || role === '') return null
  if (content !== null && !isBindable(content)) return null
  if (callId !== null && !isBindable(callId)) return null
  if (calls !== null && !Array.isArray(calls)) return null
  const exact = isMeta ? {} : exactNumbers(entry.record)
  return {
    role,
    content,
    tool_call_id: callId,
    tool_calls: jsonColumn(exact, 'tool_calls'),
    tool_name: textColumn(record, 'tool_name'),
    finish_reason: textColumn(record, 'finish_reason'),
    reasoning: textColumn(record, 'reasoning'),
    reasoning_details: jsonColumn(exact, 'reasoning_details'),
    codex_reasoning_items: jsonColumn(exact, 'codex_reasoning_items'),
  }
}

function isBindable(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value.isWellFormed()
}

function textColumn(record: JsonObject, name: string): string | null {
  const value = record[name]
  return isBindable(value) && value !== '' ? value : null
}

function jsonColumn(record: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = record[name]
  if (!value || (Array.isArray(value) && value.length === 0)) return null
  if (isJsonObject(value) && Object.keys(value).length === 0) return null
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped)
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** `JSON.rawJSON` is in every Node since 21, and not yet in the types. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** The record with each number as a raw piece of JSON, so that `JSON.stringify` gives back its own digits. */
function exactNumbers(record: string): Readonly<Record<string, unknown>> {
  return JSON.parse(record, (_name, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? rawJSON(context?.source ?? String(value)) : value,
  ) as Readonly<Record<string, unknown>>
}
