import type { JsonObject, OriginTarget, SessionRef } from '@faircopy/store-core'

/**
 * The session that received a delivery: named, or found inside the write's own transaction by where the person is
 * (S10): platform, account, chat, thread, and the user by either of their two ids. Never "the newest".
 */
export type DeliveryTarget = SessionRef | OriginTarget

/** What is known of a delivery besides its words. */
export interface DeliveryFacts {
  /** The sender's id of the delivery. The same delivery recorded again is stored once, in the whole store (S4). */
  readonly deliveryId: string
  /** Which part of a delivery that was sent as several messages. Defaults to 0. */
  readonly part?: number
  readonly target: DeliveryTarget
  /** Where it was sent from: a session, a scheduled job, another platform. */
  readonly deliveredFrom: string
  /** When it was delivered, epoch ms. */
  readonly at: number
  /**
   * The idempotency key that an assistant turn which says the same was or will be stored under. Where the session has
   * it, the delivery is linked to it and not told a second time.
   */
  readonly correlation?: string
}

/** One message that was delivered into a conversation by something other than its own agent turn: its text, or the whole record. */
export type Delivery = DeliveryFacts & ({ readonly text: string } | { readonly record: string | JsonObject })
