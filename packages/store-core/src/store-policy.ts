/** What a store keeps for a while, and how long. A backend takes any part of it when it is opened. */
export interface StorePolicy {
  /** How many deliveries may be held for one origin; one more is `HoldFull` (S11). Default 1000. */
  readonly heldPerOrigin: number
  /** Ms that a delivery is held at most; then it is forgotten (S11). Default 30 days. */
  readonly heldForMs: number
  /** Ms in which a deleted session can be brought back (S27). Default 30 days. */
  readonly undeleteForMs: number
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The policy of a store that is told nothing else. */
export const DEFAULT_STORE_POLICY: StorePolicy = {
  heldPerOrigin: 1000,
  heldForMs: 30 * DAY_MS,
  undeleteForMs: 30 * DAY_MS,
}
