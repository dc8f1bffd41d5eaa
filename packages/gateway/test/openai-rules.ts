import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'
import { members, objects, received, rule } from './model-rules.ts'

/** What a server may be told beside the documented members, and whether its template alternates. */
export interface OpenAiServer {
  readonly alternates?: boolean
  readonly knows?: readonly string[]
}

/** The rules of Chat Completions as OpenAI's API description and its refusals state them. */
export function acceptedByOpenAi(messages: unknown, server: OpenAiServer = {}): void {
  const said = objects(received({ messages })['messages'], 'messages')
  const ids = new Set<string>()
  let waiting: string[] = []
  for (const message of said) {
    if (message['role'] === 'tool') {
      members(message, ['role', 'content', 'tool_call_id'])
      const id = message['tool_call_id']
      rule(
        typeof id === 'string' && waiting.includes(id),
        "messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
      )
      waiting = waiting.filter((one) => one !== id)
      rule(typeof message['content'] === 'string', 'content of a tool message')
      continue
    }
    rule(
      waiting.length === 0,
      "an assistant message with 'tool_calls' must be followed by tool messages responding to each",
    )
    waiting = spoken(message, ids, server)
  }
  rule(waiting.length === 0, 'tool_call_ids did not have response messages')
  if (server.alternates) alternates(said)
}

function spoken(message: JsonObject, ids: Set<string>, { knows = [] }: OpenAiServer): string[] {
  const { role, content = null } = message
  if (role === 'system') {
    members(message, ['role', 'content'])
    rule(typeof content === 'string' && content.trim() !== '', 'content of a system message')
    return []
  }
  if (role === 'user') {
    members(message, ['role', 'content'], ['name'])
    const { name } = message
    rule(
      name === undefined || /^[^\s<|\\/>]{1,64}$/.test(String(name)),
      'name: string does not match pattern',
    )
    if (typeof content === 'string') rule(content.trim() !== '', 'text content is empty')
    else {
      const parts = objects(content, 'content')
      rule(parts.length > 0, 'content has at least one part')
      parts.forEach(userPart)
    }
    return []
  }
  rule(role === 'assistant', 'role')
  members(message, ['role'], ['content', 'tool_calls', ...knows])
  if (message['tool_calls'] === undefined) {
    rule(typeof content === 'string' && content.trim() !== '', 'content is required unless tool_calls is')
    return []
  }
  rule(content === null || (typeof content === 'string' && content.trim() !== ''), 'content')
  const calls = objects(message['tool_calls'], 'tool_calls')
  rule(calls.length > 0, '[] is too short')
  return calls.map((call) => {
    members(call, ['id', 'type', 'function'], knows)
    const { id, type, function: called } = call
    rule(typeof id === 'string' && id.length >= 1 && id.length <= 40, 'id: string too long')
    rule(!ids.has(id), 'id used twice')
    ids.add(id)
    rule(type === 'function' && isJsonObject(called), 'a function call')
    members(called, ['name', 'arguments'])
    rule(/^[a-zA-Z0-9_-]{1,64}$/.test(String(called['name'])), 'name: string does not match pattern')
    rule(typeof called['arguments'] === 'string', 'arguments is a string')
    return id
  })
}

function userPart(part: JsonObject): void {
  switch (part['type']) {
    case 'text':
      members(part, ['type', 'text'])
      rule(typeof part['text'] === 'string' && part['text'].trim() !== '', 'text content is empty')
      break
    case 'image_url': {
      members(part, ['type', 'image_url'])
      const image = objectOf(part['image_url'])
      members(image, ['url'], ['detail'])
      const url = String(image['url'])
      rule(
        /^data:image\/(jpeg|png|gif|webp);base64,./.test(url) ||
          (/^https?:\/\//i.test(url) && URL.canParse(url)),
        'image_url.url',
      )
      rule(['auto', 'low', 'high', undefined].includes(image['detail'] as string), 'detail')
      break
    }
    case 'input_audio': {
      members(part, ['type', 'input_audio'])
      const audio = objectOf(part['input_audio'])
      members(audio, ['data', 'format'])
      rule(audio['format'] === 'mp3' || audio['format'] === 'wav', 'format')
      break
    }
    default: {
      rule(part['type'] === 'file', 'type of a part')
      const file = objectOf(part['file'])
      members(part, ['type', 'file'])
      members(file, [], ['file_id', 'file_data', 'filename'])
      rule(
        (file['file_id'] === undefined) !== (file['file_data'] === undefined),
        'one of file_id and file_data',
      )
    }
  }
}

function alternates(said: readonly JsonObject[]): void {
  const talk = said.filter(({ role }, at) => role !== 'system' || at > 0)
  talk.forEach(({ role }, at) => {
    const before = talk[at - 1]?.['role']
    if (at === 0) rule(role === 'user', 'the first message is a user’s')
    else if (role === 'user') rule(before === 'assistant', `unexpected role 'user' after role '${before}'`)
    else if (role === 'assistant') rule(before === 'user' || before === 'tool', 'roles must alternate')
    else rule(role === 'tool', 'one system message, in front')
  })
}

function objectOf(value: JsonValue | undefined): JsonObject {
  rule(isJsonObject(value), 'an object')
  return value
}
