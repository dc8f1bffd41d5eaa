import { parseSessionKey } from '@faircopy/gateway'
import { createMirror } from '@faircopy/mirror'
import type { SqliteStore } from '@faircopy/store-sqlite'

/** Something that is said in a chat from elsewhere. */
export interface Message {
  /** The sender's own id of it: sent twice, it is recorded once. */
  readonly id: string
  /** The key of the chat's session: `agent:main:telegram:dm:1001`. */
  readonly to: string
  readonly from: string
  readonly text: string
}

/** Delivers a message into a chat, and says what became of its record. */
export type Deliver = (message: Message) => Promise<string>

/** Records what it delivers in the session that received it, with an appender that can write nothing else. */
export function createDelivery(store: SqliteStore): Deliver {
  const mirror = createMirror({ store: store.appender({ writer: 'mirror', kinds: ['delivery'] }) })
  return async ({ id, to, from, text }) => {
    const origin = parseSessionKey(to)
    if (!origin) return 'refused: no such chat'
    // Here a real one calls the platform's API.
    console.log(`${to} <- ${text}`)
    const target = { origin, whenAbsent: 'hold' } as const
    const told = await mirror.record({ deliveryId: id, target, text, deliveredFrom: from, at: Date.now() })
    if (told.outcome === 'failed') throw told.error
    return told.outcome === 'refused' ? `refused: ${told.reason}` : told.outcome
  }
}
