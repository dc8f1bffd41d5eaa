import type { ModelMend } from './model-mend.ts'
import type { OpenAiMessage, OpenAiPart } from './model-openai-message.ts'
import { CONVERSATION_GOES_ON, NO_ANSWER } from './model-placeholder.ts'

/** A message, and the entry that it is of. */
export interface ShownMessage {
  readonly message: OpenAiMessage
  readonly entryId: number
}

/**
 * The same for a chat template that knows one system message in front and then user, assistant, user, assistant …,
 * with tool messages between a call and the assistant's next words.
 */
export function alternating(shown: readonly ShownMessage[], mends: ModelMend[]): OpenAiMessage[] {
  const system = shown.flatMap(({ message }) => (message.role === 'system' ? [message.content] : []))
  const out: OpenAiMessage[] = system.length > 0 ? [{ role: 'system', content: system.join('\n\n') }] : []
  let isBegun = false
  for (const { message, entryId } of shown) {
    if (message.role === 'system') {
      if (isBegun) mends.push({ code: 'system-moved', entryId })
      continue
    }
    if (!isBegun && message.role !== 'user') {
      out.push({ role: 'user', content: CONVERSATION_GOES_ON })
      mends.push({ code: 'opened', entryId })
    }
    isBegun = true
    const last = out.at(-1)
    const merged = last && together(last, message)
    if (merged) {
      if (hasName(last) !== hasName(merged) || hasName(message) !== hasName(merged)) {
        mends.push({ code: 'speaker-left-out', entryId })
      }
      out[out.length - 1] = merged
      continue
    }
    if (last?.role === 'tool' && message.role === 'user') {
      out.push({ role: 'assistant', content: NO_ANSWER })
      mends.push({ code: 'bridged', entryId })
    }
    out.push(message)
  }
  return out
}

/** Two neighbours of one role as one message; null where they may stand as they are. Only the later one has calls. */
function together(one: OpenAiMessage, next: OpenAiMessage): OpenAiMessage | null {
  if (one.role === 'user' && next.role === 'user') {
    const content = joinedContent(one.content, next.content)
    return one.name !== undefined && one.name === next.name
      ? { role: 'user', content, name: one.name }
      : { role: 'user', content }
  }
  if (one.role === 'assistant' && next.role === 'assistant') {
    const content = [one.content, next.content].filter((text) => text !== null).join('\n\n')
    return { ...one, ...next, content }
  }
  return null
}

function joinedContent(one: string | OpenAiPart[], next: string | OpenAiPart[]): string | OpenAiPart[] {
  if (typeof one === 'string' && typeof next === 'string') return `${one}\n\n${next}`
  return [...partsOf(one), ...partsOf(next)]
}

function partsOf(content: string | OpenAiPart[]): OpenAiPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

function hasName(message: OpenAiMessage): boolean {
  return message.role === 'user' && message.name !== undefined
}
