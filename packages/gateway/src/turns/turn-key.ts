import { entryHash } from '@faircopy/store-core'

/** Bytes of UTF-8: a key of the store has room for 255. */
const LONGEST_PLAIN = 200

/**
 * The idempotency key of a message of a turn: made of the turn's own key and the message's place in it, from 0 for what
 * the person said. The gateway and the agent that works for it both derive it, so whoever writes a message second finds
 * it stored (S4). A key that is long or odd is hashed; the two forms never meet.
 */
export function turnKey(turn: string, index: number): string {
  const bytes = new TextEncoder().encode(turn).length
  const isPlain = bytes > 0 && bytes <= LONGEST_PLAIN && turn.isWellFormed() && !turn.includes('\0')
  if (isPlain) return `turn:${index}:${turn}`
  return `turn-sha256:${index}:${entryHash('turn', null, JSON.stringify(turn))}`
}
