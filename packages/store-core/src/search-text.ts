import type { Codec } from './codec.ts'
import type { Entry } from './entry.ts'
import { isJsonObject, type JsonValue } from './json.ts'
import { parseRecord } from './record-text.ts'

/**
 * What of an entry can be found by search (S17), read through the session's codec: the text of its content, and of each
 * tool call the name and the arguments (their member names and values, where they are JSON; as they stand, where not).
 * A `session_meta` has none. Roles, ids and members that the codec does not name are not searched.
 */
export function searchText(entry: Pick<Entry, 'kind' | 'record'>, codec: Codec): string {
  if (entry.kind === 'session_meta') return ''
  const { text, toolCalls } = codec.view(parseRecord(entry.record))
  if (toolCalls.length === 0) return text
  const said = [text]
  for (const call of toolCalls) {
    if (call.name !== null) said.push(call.name)
    collectText(argumentsOf(call.arguments), said)
  }
  return said.join('\n')
}

function argumentsOf(value: JsonValue): JsonValue {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Takes the words of a value in its order. With a stack of its own: arguments in a text may nest without limit. */
function collectText(value: JsonValue, into: string[]): void {
  const waiting: JsonValue[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string' || typeof next === 'number') into.push(String(next))
    else if (Array.isArray(next)) for (const item of next.toReversed()) waiting.push(item)
    else if (isJsonObject(next)) {
      for (const [name, member] of Object.entries(next).toReversed()) waiting.push(member, name)
    }
  }
}
