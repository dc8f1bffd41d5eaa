import type { Capability } from '@faircopy/store-core'
import { CAPABILITY_METHODS } from '@faircopy/store-core/backend'
import type { ProcessChannel } from './process-channel.ts'

/** What a backend's test set-up can do beside the store's own methods. Each may be declined, with a reason. */
export type Facility =
  /** What was written is there when the place is opened again. */
  | 'reopen'
  /** Several processes can use one place. */
  | 'processes'
  /** `open` takes the clock from its settings. */
  | 'clock'
  /** A place can be given what it tells: by the store's own `append`, or else by the set-up's `tell`. */
  | 'told'
  /** The store is a file, and `facts` tells its permissions. */
  | 'private-file'
  | `fault:${keyof StoreFaults}`

/** What a case may need: a capability of the store, or a facility of the set-up. */
export type Need = Capability | Facility

/** Ways to do harm to a store from outside. */
export interface StoreFaults {
  /** Holds the store's lock, as another writer would; call what it gives to let go. */
  readonly lock: (place: string) => Promise<() => Promise<void> | void>
  /** Puts another store's file in the place of the one that is open. */
  readonly replace: (place: string) => Promise<void> | void
  /** Damages the structure of a closed store's file, so that reading it must fail. */
  readonly damage: (place: string) => Promise<void> | void
  /** Changes the text of a record of a closed store behind its back, its structure being left whole. */
  readonly tamper: (place: string) => Promise<void> | void
  /** Damages what a closed store has of the session `s` (its row, its head), and nothing else. */
  readonly wound: (place: string) => Promise<void> | void
  /** Makes a closed store look as if a newer version had written it. */
  readonly newer: (place: string) => Promise<void> | void
  /** Leaves no room for what the open store writes; call what it gives to make room again. */
  readonly fill: (place: string) => Promise<() => Promise<void> | void>
}

/** Every fault, by name. */
export const FAULTS: readonly (keyof StoreFaults)[] = [
  'lock',
  'replace',
  'damage',
  'tamper',
  'wound',
  'newer',
  'fill',
]

/** Every facility, by name. */
export const FACILITIES: readonly Facility[] = [
  'reopen',
  'processes',
  'clock',
  'told',
  'private-file',
  ...FAULTS.map((fault) => `fault:${fault}` as const),
]

/** Everything that a case may need. */
export const NEEDS: readonly Need[] = [...(Object.keys(CAPABILITY_METHODS) as Capability[]), ...FACILITIES]

/** A process that serves the store of a place: see {@link serveConformance}. */
export interface ConformanceProcess extends ProcessChannel {
  /** Ends it as SIGKILL does; resolves once it is gone. */
  kill(): Promise<void>
}
