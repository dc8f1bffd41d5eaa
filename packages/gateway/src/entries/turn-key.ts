import { partKey } from '@faircopy/store-core'

/**
 * The idempotency key of a message of a turn: made of the turn's own key and the message's place in it, from 0 for what
 * the person said. The gateway and the agent that works for it both derive it, so whoever writes a message second finds
 * it stored (S4).
 */
export function turnKey(turn: string, index: number): string {
  return partKey('turn', index, turn)
}
