import type { RecordLimits } from '@faircopy/store-core'

/** How a Hermes home is read. */
export interface HermesHomeOptions {
  /**
   * The namespace of the home's own sessions; profiles are then `<namespace>/<name>`. Without it the home is `default`
   * and a profile's namespace is its name.
   */
  readonly namespace?: string
  /** IANA name of the zone that the host kept its clock in. Without it, stamps that name no zone are no times. */
  readonly timeZone?: string
  /** What a record may measure; a line or row over it is quarantined. Default: what a store takes. */
  readonly limits?: RecordLimits
}
