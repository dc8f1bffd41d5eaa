import { ClockFailed } from './errors.ts'

/** The farthest from 1970 that a `Date` reaches, in ms. */
const FARTHEST_MS = 8.64e15

/** A clock of somebody else's that gives whole epoch ms or fails with `ClockFailed`, whatever it does. */
export function trustedClock(now: () => unknown): () => number {
  return () => {
    let time: unknown
    try {
      time = now()
    } catch (error) {
      throw new ClockFailed('it threw', error)
    }
    if (typeof time === 'number' && Math.abs(time) <= FARTHEST_MS) return Math.floor(time)
    throw new ClockFailed(
      typeof time === 'number'
        ? `it gave ${time}`
        : `it gave no number (${time === null ? null : typeof time})`,
    )
  }
}
