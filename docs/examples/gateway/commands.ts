import type { Gateway, Turn } from '@faircopy/gateway'
import type { JsonObject, Origin, Session } from '@faircopy/store-core'

/** What a command works with. */
export interface CommandTools {
  readonly gateway: Gateway
  /** The platform's id of the command: given twice, it is carried out once. */
  readonly id: string
  readonly origin: Origin
  readonly session: Session
  readonly summarise: () => Promise<JsonObject>
}

/** Carries out a command of the chat: what to say of it, or the turn that is to be answered. Null for any other text. */
export async function runCommand(
  text: string,
  { gateway, id, origin, session, summarise }: CommandTools,
): Promise<string | Turn | null> {
  switch (text) {
    case '/retry': {
      const retried = await gateway.retry(session, { idempotencyKey: id })
      return retried?.turn ?? 'There is nothing to try again.'
    }
    case '/undo': {
      const { said, already } = await gateway.undo(session, { idempotencyKey: id })
      return already || said.length > 0 ? 'Taken back.' : 'There is nothing to take back.'
    }
    case '/compact': {
      const { revision } = session
      await gateway.compact(session, { summary: await summarise(), keepTurns: 1, expectedRevision: revision })
      return 'Compacted.'
    }
    case '/reset':
      await gateway.reset(origin, { idempotencyKey: id })
      return 'A new conversation.'
    default:
      return null
  }
}
