import { entryHash } from '@faircopy/store-core'

const LONGEST_PLAIN = 120

/**
 * The idempotency key of a part of a delivery: made of its id and part alone, before any formatting or redaction, so
 * that sending the same delivery again in other words is the same delivery. An id that is long or odd is hashed; the
 * two forms never meet.
 */
export function deliveryKey(deliveryId: string, part: number): string {
  const isPlain =
    deliveryId.length <= LONGEST_PLAIN && deliveryId.isWellFormed() && !deliveryId.includes('\0')
  if (isPlain) return `delivery:${part}:${deliveryId}`
  return `delivery-sha256:${part}:${entryHash('delivery-id', null, JSON.stringify(deliveryId))}`
}
