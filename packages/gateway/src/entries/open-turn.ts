import type { Origin, SessionAddress } from '@faircopy/store-core'

/** A turn that was begun and neither committed nor abandoned: it runs somewhere, or was cut off. */
export interface OpenTurn {
  readonly session: Required<SessionAddress>
  /** Where its session is, if that is known. */
  readonly origin: Origin | null
  /** The key of its first entry, by which it is resumed. */
  readonly firstKey: string
  /** The key that it was begun with, or null where that was too long to be kept as it is. */
  readonly key: string | null
  /** How many of its messages are stored, what the person said being the first. */
  readonly messages: number
  /** Epoch ms of the last of them, where known. */
  readonly lastAt: number | null
}
