import type { Origin } from '@faircopy/store-core'

/** What a platform hands over. */
export interface Incoming {
  /** The platform's own id of it: delivered twice, it has the same. */
  readonly id: string
  readonly origin: Origin
  readonly text: string
}

/** Takes a message, and gives what the chat is to be sent, once all of that is stored. */
export type Receive = (incoming: Incoming) => Promise<string[]>

/** Sends to a chat what nobody waits for. */
export type Send = (origin: Origin, texts: readonly string[]) => void
