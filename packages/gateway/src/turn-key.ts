import { entryHash } from '@faircopy/store-core'

const LONGEST_PLAIN = 120

/**
 * The idempotency key of a message of a turn: made of the turn's own key and the message's place in it, from 0 for what
 * the person said. The gateway and the agent that works for it both derive it, so whoever writes a message second finds
 * it stored (S4). A key that is long or odd is hashed; the two forms never meet.
 */
export function turnKey(turn: string, index: number): string {
  const isPlain = turn.length <= LONGEST_PLAIN && turn.isWellFormed() && !turn.includes('\0')
  if (isPlain) return `turn:${index}:${turn}`
  return `turn-sha256:${index}:${entryHash('turn', null, JSON.stringify(turn))}`
}
