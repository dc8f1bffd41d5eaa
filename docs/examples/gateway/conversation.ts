// All that stands between the platforms, the agent and the store.
import { createGateway, modelMessages, sessionKey, type Turn } from '@faircopy/gateway'
import { parseRecord, type SessionRef } from '@faircopy/store-core'
import type { SqliteStore } from '@faircopy/store-sqlite'
import type { Agent } from './agent.ts'
import { runCommand } from './commands.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Incoming, Receive, Send } from './platform.ts'
import { resumeTurns } from './resume-turns.ts'

export interface Conversation {
  readonly receive: Receive
  /** For the start: ends the turns of a platform that were cut off. */
  readonly resume: (platform: string, send: Send) => Promise<void>
}

export function createConversation(store: SqliteStore, agent: Agent): Conversation {
  const gateway = createGateway({ store, reset: { default: { idleMinutes: 7 * 24 * 60 } } })
  const inOrder = oneAtATime()
  const view = (session: SessionRef) =>
    modelMessages(store, session, { provider: 'openai', maxTokens: 100_000 })

  /** Goes on with a turn where it is: at its beginning, where it was cut off, or at its end, if it is delivered again. */
  async function answer(turn: Turn): Promise<string[]> {
    const said = turn.stored.map(({ record }) => parseRecord(record))
    while (turn.state === 'open') {
      const next = await agent.next(said, () => view(turn.session))
      await (next ? turn.append(next) : turn.commit())
      if (next) said.push(next)
    }
    return said.flatMap(({ role, content }) => (role === 'assistant' && content ? [String(content)] : []))
  }

  async function receive({ id, origin, text }: Incoming): Promise<string[]> {
    const opened = await gateway.open(origin)
    const summarise = async () => agent.summarise(await view(opened.session))
    const done = await runCommand(text, { gateway, id, origin, session: opened.session, summarise })
    if (typeof done === 'string') return [done]
    const record = { role: 'user', content: text }
    return answer(done ?? (await gateway.beginTurn(opened, { idempotencyKey: id, record })))
  }

  return {
    receive: (incoming) => inOrder(sessionKey(incoming.origin), () => receive(incoming)),
    resume: (platform, send) => resumeTurns({ gateway, platform, inOrder, answer, send }),
  }
}
