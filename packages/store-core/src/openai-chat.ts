import type { Codec, ContentPart, MessageView, ToolCall } from './codec.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

const NAMED: ReadonlySet<string> = new Set([
  'role',
  'content',
  'tool_calls',
  'tool_call_id',
  'id',
  'mirror',
  'mirror_source',
])

/**
 * Chat messages in the OpenAI shape, which most gateways keep: `role`, `content` (text, parts or null), `tool_calls`,
 * `tool_call_id`, and any other member beside them. `mirror: true` with `mirror_source` marks a delivered copy, as
 * Hermes writes it.
 *
 * @example
 * ```ts
 * import { openaiChat, parseRecord } from '@faircopy/store-core'
 *
 * const view = openaiChat.view(parseRecord('{"role":"user","content":"hello"}'))
 * console.log(view.role, view.text)
 * ```
 */
export const openaiChat: Codec = {
  name: 'openai-chat',
  view(record: JsonObject): MessageView {
    const content = record['content'] ?? null
    const parts = contentParts(content)
    const rawToolCalls = record['tool_calls'] ?? null
    return {
      role: textOrNull(record['role']),
      content,
      parts,
      toolCalls: Array.isArray(rawToolCalls) ? rawToolCalls.map(toolCall) : [],
      rawToolCalls,
      toolCallId: textOrNull(record['tool_call_id']),
      text: parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
      nativeId: textOrNull(record['id']),
      deliveredFrom: record['mirror'] === true ? (textOrNull(record['mirror_source']) ?? 'elsewhere') : null,
      rest: Object.fromEntries(Object.entries(record).filter(([name]) => !NAMED.has(name))),
    }
  },
}

function contentParts(content: JsonValue): ContentPart[] {
  if (content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return [{ type: 'other', value: content }]
  return content.map((part: JsonValue): ContentPart => {
    if (typeof part === 'string') return { type: 'text', text: part }
    if (isJsonObject(part)) {
      const text = part['text']
      if (typeof text === 'string' && (part['type'] === 'text' || part['type'] === undefined))
        return { type: 'text', text }
    }
    return { type: 'other', value: part }
  })
}

function toolCall(call: JsonValue): ToolCall {
  if (!isJsonObject(call)) return { id: null, name: null, arguments: call }
  const target = isJsonObject(call['function']) ? call['function'] : call
  return {
    id: textOrNull(call['id']),
    name: textOrNull(target['name']),
    arguments: target['arguments'] ?? null,
  }
}

function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}
