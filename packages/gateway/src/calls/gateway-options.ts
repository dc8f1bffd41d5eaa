import type { Codec, Session } from '@faircopy/store-core'
import type { KeyPolicy } from '../keys/key-policy.ts'
import type { ResetPolicy } from '../resets/reset-policy.ts'
import type { GatewayStore } from './gateway-store.ts'

/** What a gateway is made of. */
export interface GatewayOptions {
  /** Everything is in it: a gateway has no file and no memory of its own, so any number of processes may have one. */
  readonly store: GatewayStore
  /** The profile that its sessions belong to. Defaults to the default namespace. */
  readonly namespace?: string
  /** Which parts of an origin make a session of its own. */
  readonly keys?: KeyPolicy
  /** When a conversation is over. Defaults to never. */
  readonly reset?: ResetPolicy
  /** Whether work runs for a session: as long as it does, no rule resets it. Asked only where a rule would. */
  readonly isBusy?: (session: Session) => boolean | Promise<boolean>
  /** Epoch ms. Defaults to the system's clock. */
  readonly clock?: () => number
  /** Ids of new sessions. Defaults to random UUIDs. */
  readonly newId?: () => string
  /** Who the store is told has written. Defaults to `gateway`. */
  readonly writer?: string
  /** How records are read, for sessions whose codec is not built in; the first one's name is that of new sessions. */
  readonly codecs?: readonly Codec[]
}
