import { InvalidArgument, type JsonObject, StoreError } from '@faircopy/store-core'
import { argument, checkArgument, recordSchema } from '@faircopy/store-core/arguments'
import type { Delivery, DeliveryFacts, DeliveryTarget } from './delivery.ts'

interface GivenDelivery extends DeliveryFacts {
  readonly text?: string
  readonly record?: string | JsonObject
}

const deliverySchema = argument.members<GivenDelivery>({
  deliveryId: argument.text('A delivery id'),
  part: argument.count().exactOptional(),
  // The store checks it, and whatever is told of it.
  target: argument.any<DeliveryTarget>(),
  deliveredFrom: argument.string,
  at: argument.epochMs,
  correlation: argument.text('A key').exactOptional(),
  text: argument.string.exactOptional(),
  record: recordSchema.exactOptional(),
})

/**
 * A delivery as it was given, each member read once. Fails with `InvalidArgument` for one that is misspelt, missing or of
 * the wrong kind, or that cannot be read, and with nothing else.
 */
export function readDelivery(given: unknown): Delivery {
  try {
    return checkArgument(deliverySchema, given, 'delivery') as Delivery
  } catch (error) {
    throw StoreError.is(error) ? error : new InvalidArgument('delivery: it cannot be read')
  }
}

/** What a delivery is called, as far as it can be read. */
export function namesOf(given: unknown): {
  readonly deliveryId: string | null
  readonly part: number
  readonly target: DeliveryTarget | null
} {
  try {
    const { deliveryId, part = 0, target = null } = given as Partial<DeliveryFacts>
    return { deliveryId: typeof deliveryId === 'string' ? deliveryId : null, part, target }
  } catch {
    return { deliveryId: null, part: 0, target: null }
  }
}
