import type { ModelMend } from './model-mend.ts'
import type { OpenAiMessage, OpenAiPart } from './model-openai-message.ts'
import { CONVERSATION_GOES_ON, NO_ANSWER } from './model-placeholder.ts'

/** A message, and the entry that it is of. */
export interface ShownMessage {
  readonly message: OpenAiMessage
  readonly entryId: number
}

type UserMessage = Extract<OpenAiMessage, { role: 'user' }>
type AssistantMessage = Extract<OpenAiMessage, { role: 'assistant' }>

/**
 * The same for a chat template that knows one system message in front and then user, assistant, user, assistant …,
 * with tool messages between a call and the assistant's next words.
 */
export function alternating(shown: readonly ShownMessage[], mends: ModelMend[]): OpenAiMessage[] {
  const system = shown.flatMap(({ message }) => (message.role === 'system' ? [message.content] : []))
  const out: OpenAiMessage[] = system.length > 0 ? [{ role: 'system', content: system.join('\n\n') }] : []
  for (const neighbours of turns(shown, mends)) {
    const [first] = neighbours
    if (!first) continue
    const last = out.at(-1)
    if (first.message.role !== 'user' && (!last || last.role === 'system')) {
      out.push({ role: 'user', content: CONVERSATION_GOES_ON })
      mends.push({ code: 'opened', entryId: first.entryId })
    } else if (first.message.role === 'user' && last?.role === 'tool') {
      out.push({ role: 'assistant', content: NO_ANSWER })
      mends.push({ code: 'bridged', entryId: first.entryId })
    }
    out.push(together(neighbours, mends))
  }
  return out
}

/** Neighbours of one role, but for tool messages, each of which stands for itself. */
function turns(shown: readonly ShownMessage[], mends: ModelMend[]): ShownMessage[][] {
  const out: ShownMessage[][] = []
  for (const one of shown) {
    const { role } = one.message
    const last = out.at(-1)
    if (role === 'system') {
      if (last) mends.push({ code: 'system-moved', entryId: one.entryId })
    } else if (last && role !== 'tool' && last[0]?.message.role === role) last.push(one)
    else out.push([one])
  }
  return out
}

function together(neighbours: readonly ShownMessage[], mends: ModelMend[]): OpenAiMessage {
  const messages = neighbours.map(({ message }) => message)
  if (messages.every((message) => message.role === 'user')) {
    const [name] = new Set(messages.map((message) => message.name))
    const isOne = messages.every((message) => message.name === name)
    if (!isOne) {
      for (const { message, entryId } of neighbours) {
        if ('name' in message) mends.push({ code: 'speaker-left-out', entryId })
      }
    }
    const content = joinedContent(messages)
    return isOne && name !== undefined ? { role: 'user', content, name } : { role: 'user', content }
  }
  if (messages.every((message) => message.role === 'assistant')) return joinedAssistant(messages)
  return messages[0] as OpenAiMessage
}

function joinedContent(messages: readonly UserMessage[]): string | OpenAiPart[] {
  const contents = messages.map(({ content }) => content)
  if (contents.every((content) => typeof content === 'string')) return contents.join('\n\n')
  return contents.flatMap((content) =>
    typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content,
  )
}

/** Only the last of them has calls, for a tool's message follows it. */
function joinedAssistant(messages: readonly AssistantMessage[]): AssistantMessage {
  const texts = messages.flatMap(({ content }) => (content === null ? [] : [content]))
  const content = texts.length > 0 ? texts.join('\n\n') : null
  return { ...Object.assign({}, ...messages), role: 'assistant', content }
}
