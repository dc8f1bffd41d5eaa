export type { Delivery, DeliveryTarget } from './delivery.ts'
export type { MirrorOptions } from './mirror-options.ts'
export type { MirrorOutcome } from './mirror-outcome.ts'
