export { createMirror, MIRROR_CHANNEL, type Mirror, type MirrorEvent } from './create-mirror.ts'
export type { Delivery, DeliveryFacts, DeliveryTarget } from './delivery.ts'
export type { MirrorOptions } from './mirror-options.ts'
export type { MirrorOutcome, RefusalReason } from './mirror-outcome.ts'
