import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'
import { members, objects, received, rule } from './model-rules.ts'

const ID = /^[a-zA-Z0-9_-]{1,64}$/
const NAME = /^[a-zA-Z0-9_-]{1,64}$/
const IMAGES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

/**
 * The rules of the Messages API as its reference, its pages on tool use and vision, and its own refusals state them,
 * the strictest reading of each: Bedrock's where it refuses more.
 */
export function acceptedByAnthropic(request: { system: unknown; messages: unknown }): void {
  const { system, messages } = received({ system: request.system, messages: request.messages })
  for (const block of objects(system, 'system')) text(block)
  const said = objects(messages, 'messages')
  const ids = new Set<string>()
  let asked: string[] = []
  said.forEach((message, at) => {
    members(message, ['role', 'content'])
    rule(message['role'] === (at % 2 === 0 ? 'user' : 'assistant'), 'roles alternate, beginning with user')
    const content = objects(message['content'], 'content')
    rule(content.length > 0, 'all messages must have non-empty content')
    if (message['role'] === 'user') {
      user(content, asked)
      asked = []
    } else {
      asked = assistant(content, ids, at === said.length - 1)
    }
  })
  rule(asked.length === 0, 'tool_use ids were found without tool_result blocks immediately after')
}

function user(content: readonly JsonObject[], asked: readonly string[]): void {
  const answered: JsonValue[] = []
  let isPastResults = false
  for (const block of content) {
    if (block['type'] !== 'tool_result') {
      isPastResults = true
      userBlock(block)
      continue
    }
    rule(!isPastResults, 'tool_result blocks come first')
    members(block, ['type', 'tool_use_id'], ['content', 'is_error'])
    const id = block['tool_use_id'] ?? null
    rule(typeof id === 'string' && asked.includes(id), 'unexpected tool_use_id')
    rule(!answered.includes(id), 'each tool_use must have a single result')
    answered.push(id)
    if (block['content'] === undefined) continue
    const result = objects(block['content'], 'content of a result')
    rule(result.length > 0, 'content of a result is not empty')
    result.forEach(userBlock)
  }
  rule(answered.length === asked.length, 'tool_use ids were found without tool_result blocks')
}

function assistant(content: readonly JsonObject[], ids: Set<string>, isLast: boolean): string[] {
  const asked: string[] = []
  for (const block of content) {
    if (block['type'] === 'text') text(block)
    else if (block['type'] === 'thinking') {
      members(block, ['type', 'thinking', 'signature'])
    } else if (block['type'] === 'redacted_thinking') {
      members(block, ['type', 'data'])
    } else {
      rule(block['type'] === 'tool_use', 'a block of an assistant')
      members(block, ['type', 'id', 'name', 'input'])
      const { id, name, input } = block
      rule(typeof id === 'string' && ID.test(id), 'tool_use.id: string should match pattern')
      rule(!ids.has(id), 'tool_use ids must be unique')
      rule(typeof name === 'string' && NAME.test(name), 'tool_use.name: string should match pattern')
      rule(isJsonObject(input), 'tool_use.input: input should be a valid dictionary')
      ids.add(id)
      asked.push(id)
    }
  }
  const last = content.at(-1)
  rule(
    last?.['type'] !== 'thinking' && last?.['type'] !== 'redacted_thinking',
    'the final block cannot be thinking',
  )
  if (isLast && typeof last?.['text'] === 'string') {
    rule(
      last['text'] === last['text'].trimEnd(),
      'final assistant content cannot end with trailing whitespace',
    )
  }
  return asked
}

function text(block: JsonObject): void {
  members(block, ['type', 'text'])
  rule(block['type'] === 'text' && typeof block['text'] === 'string', 'a text block')
  rule(block['text'].trim() !== '', 'text content blocks must contain non-whitespace text')
}

function userBlock(block: JsonObject): void {
  if (block['type'] === 'text') {
    text(block)
    return
  }
  const source = block['source']
  rule(isJsonObject(source), 'a source')
  const isImage = block['type'] === 'image'
  members(block, ['type', 'source'], isImage ? [] : ['title'])
  rule(isImage || block['type'] === 'document', 'a block of a user')
  if (source['type'] === 'url') {
    members(source, ['type', 'url'])
    rule(
      typeof source['url'] === 'string' &&
        source['url'].startsWith('https://') &&
        URL.canParse(source['url']),
      'only HTTPS URLs',
    )
  } else if (source['type'] === 'file') {
    members(source, ['type', 'file_id'])
  } else {
    members(source, ['type', 'media_type', 'data'])
    rule(source['type'] === 'base64', 'a source type')
    const types = isImage ? IMAGES : ['application/pdf']
    rule(types.includes(String(source['media_type'])), 'media_type')
    base64(source['data'])
  }
}

function base64(data: JsonValue | undefined): void {
  rule(typeof data === 'string' && data !== '', 'data')
  rule(Buffer.from(data, 'base64').toString('base64') === data, 'invalid base64 data')
}
