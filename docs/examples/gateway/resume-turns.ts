import { type Gateway, sessionKey, type Turn } from '@faircopy/gateway'
import type { InOrder } from './one-at-a-time.ts'
import type { Send } from './platform.ts'

const HOUR = 3_600_000

/** What turns are resumed with. */
export interface ResumeTools {
  readonly gateway: Gateway
  readonly platform: string
  readonly inOrder: InOrder
  readonly answer: (turn: Turn) => Promise<string[]>
  readonly send: Send
}

/**
 * Ends the turns of a platform that were cut off: those of the last hour are answered, older ones given up. No other
 * process may serve that platform, for only then is an open turn one that was cut off.
 */
export async function resumeTurns({ gateway, platform, inOrder, answer, send }: ResumeTools): Promise<void> {
  const open = await gateway.openTurns({ origin: { platform }, activeWithinMs: 24 * HOUR })
  const resumed = open.map(async (one) => {
    const { session, origin, lastAt } = one
    if (!origin) return
    await inOrder(sessionKey(origin), async () => {
      const turn = await gateway.resumeTurn(session, one)
      if (Date.now() - (lastAt ?? 0) > HOUR) await turn?.abandon()
      else if (turn) send(origin, await answer(turn))
    })
  })
  await Promise.all(resumed)
}
