import type { JsonObject, Origin, SessionRef } from '@faircopy/store-core'

/** The session that received a delivery: named, or found by its origin inside the write's own transaction (S10). */
export type DeliveryTarget = SessionRef | { readonly namespace?: string; readonly origin: Origin }

/** One message that was delivered into a conversation by something other than its own agent turn. */
export interface Delivery {
  /** The sender's id of the delivery. The same delivery recorded again is stored once (S4). */
  readonly deliveryId: string
  /** Which part of a delivery that was sent as several messages, from 0. */
  readonly part?: number
  readonly target: DeliveryTarget
  /** What the person was shown: its text, or the whole record. */
  readonly content: { readonly text: string } | { readonly record: string | JsonObject }
  /** Where it was sent from: a session, a scheduled job, another platform. */
  readonly deliveredFrom: string
  /** When it was delivered, epoch ms. */
  readonly at: number
  /** The id that an assistant turn of the same text was stored under, so that it is linked and not doubled. */
  readonly correlation?: string
}
