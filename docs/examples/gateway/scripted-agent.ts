import { randomUUID } from 'node:crypto'
import type { OpenAiMessage } from '@faircopy/gateway'
import type { JsonObject } from '@faircopy/store-core'
import type { Agent } from './agent.ts'
import type { Tool } from './tools.ts'

interface ToolCall {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: string }
}

/** An agent whose model is a script. With a real one, `complete` is a request to its provider. */
export function scriptedAgent(tools: Readonly<Record<string, Tool>>): Agent {
  return {
    async next(said, view) {
      const [call] = unansweredCalls(said)
      if (call) return { role: 'tool', tool_call_id: call.id, content: await run(tools, call) }
      return said.at(-1)?.['role'] === 'assistant' ? null : complete((await view()).messages)
    },
    summarise: async ({ messages }) => ({
      role: 'user',
      content: `Of ${messages.length} messages, the first: ${textOf(messages[0])}`,
    }),
  }
}

/** The calls of a turn that have no result yet: after a crash, there they are again. */
function unansweredCalls(said: readonly JsonObject[]): ToolCall[] {
  const answered = new Set(said.map((record) => record['tool_call_id']))
  const calls = said.flatMap((record) => (record['tool_calls'] ?? []) as unknown as ToolCall[])
  return calls.filter(({ id }) => !answered.has(id))
}

async function run(tools: Readonly<Record<string, Tool>>, call: ToolCall): Promise<string> {
  const { name } = call.function
  console.log(`tool ${name}`)
  return (await tools[name]?.(JSON.parse(call.function.arguments), call.id)) ?? `There is no ${name}.`
}

/** What a model does: it is shown messages, and says the next one. */
function complete(messages: readonly OpenAiMessage[]): JsonObject {
  const asked = textOf(messages.at(-1))
  if (messages.at(-1)?.role === 'tool') return says(asked)
  const [, word = '', rest = ''] = /^(\w+) ?(.*)$/s.exec(asked) ?? []
  switch (word) {
    case 'clock':
      return calls('clock', {})
    case 'note':
      return calls('note', { text: rest })
    case 'timer':
      return calls('timer', { until: new Date(Date.now() + Number(rest) * 1000).toISOString() })
    case 'tell': {
      const [to = '', ...text] = rest.split(' ')
      return calls('tell', { to, text: text.join(' ') })
    }
    case 'recap':
      return says(messages.map((message) => `${message.role}: ${textOf(message)}`).join('\n'))
    default:
      return says(`You said: ${asked}`)
  }
}

function says(content: string): JsonObject {
  return { role: 'assistant', content }
}

function calls(name: string, given: JsonObject): JsonObject {
  const call = { id: `call_${randomUUID()}`, type: 'function' }
  return {
    role: 'assistant',
    content: null,
    tool_calls: [{ ...call, function: { name, arguments: JSON.stringify(given) } }],
  }
}

function textOf(message: OpenAiMessage | undefined): string {
  const content = message?.content ?? ''
  if (typeof content === 'string') return content
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
