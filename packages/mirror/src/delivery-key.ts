import { entryHash } from '@faircopy/store-core'

/** Bytes of UTF-8: a key of the store has room for 255. */
const LONGEST_PLAIN = 200

/**
 * The idempotency key of a part of a delivery: made of its id and part alone, before any formatting or redaction, so
 * that sending the same delivery again in other words is the same delivery. An id that is long or odd is hashed; the
 * two forms never meet.
 */
export function deliveryKey(deliveryId: string, part: number): string {
  const bytes = new TextEncoder().encode(deliveryId).length
  const isPlain = bytes <= LONGEST_PLAIN && deliveryId.isWellFormed() && !deliveryId.includes('\0')
  if (isPlain) return `delivery:${part}:${deliveryId}`
  return `delivery-sha256:${part}:${entryHash('delivery-id', null, JSON.stringify(deliveryId))}`
}
