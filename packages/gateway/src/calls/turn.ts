import type { Entry, JsonObject, Receipt, SessionAddress } from '@faircopy/store-core'
import type { TurnEnd } from '../entries/marker.ts'

/** A record to be said: the exact text of one JSON object, or a value that `JSON.stringify` turns into one. */
export type TurnRecord = string | JsonObject

/** What a turn begins with. */
export interface NewTurn {
  /** What makes it this turn and no other: the platform's id of the message. */
  readonly idempotencyKey: string
  /** What the person said. */
  readonly record: TurnRecord
  /** Epoch ms. Defaults to the gateway's clock. */
  readonly at?: number | null
}

/** Where a turn stands. `dropped`: what the person said was undone. */
export type TurnState = 'open' | TurnEnd | 'dropped'

/**
 * What a person said and what comes of it. Every message is stored when it is there, under the {@link turnKey} of its
 * place, so an agent that writes the same messages itself stores nothing twice (S4), and after a crash the turn goes on
 * where it was.
 *
 * Calls are carried out one after the other. A turn whose session is compacted into another goes on there; one whose
 * session was reset meanwhile ends in the session in which it began. Every call fails with the store's errors as they
 * are, and may be repeated: what is stored is stored once.
 */
export interface Turn {
  /** The session that says it. */
  readonly session: Required<SessionAddress>
  /** Whether what the person said was stored before this call: it was delivered twice, or is being resumed. */
  readonly already: boolean
  /** Whether another record was stored then; that one stands (S4). */
  readonly differs: boolean
  readonly state: TurnState
  /** What was stored of it before this call, in order, what the person said being the first. */
  readonly stored: readonly Entry[]
  /**
   * Stores the next messages of the turn, all or none, and gives their receipt: `already` of what the agent stored
   * before. Fails with `GatewayError` `TURN_DROPPED` where the turn or its last message was undone, and `TURN_OVER` after a
   * commit or abandonment.
   */
  append(records: TurnRecord | readonly TurnRecord[]): Promise<Receipt>
  /** Says that the turn is complete, with its last messages if there are any, in one transaction. Again is a no-op. */
  commit(records?: TurnRecord | readonly TurnRecord[]): Promise<void>
  /**
   * Says that the turn will not be completed. What was said in it stays. With `drop` it leaves the session and becomes
   * history (S7); deliveries stay, and once a later turn has begun that is refused with `TURN_OVER`.
   */
  abandon(options?: { readonly drop?: boolean }): Promise<void>
}
