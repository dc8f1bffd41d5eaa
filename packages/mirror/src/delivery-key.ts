import { partKey } from '@faircopy/store-core'

/**
 * The idempotency key of a part of a delivery: made of its id and part alone, before any formatting or redaction, so
 * that sending the same delivery again in other words is the same delivery.
 */
export function deliveryKey(deliveryId: string, part: number): string {
  return partKey('delivery', part, deliveryId)
}
