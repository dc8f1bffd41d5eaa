import { setTimeout as sleep } from 'node:timers/promises'
import { StoreBusy } from '@faircopy/store-core'
import { isBusy } from './outcome.ts'

/** From here on a lock is taken to be wanted by many: looking for it all the time would slow its holder down. */
const MANY_ATTEMPTS = 3

/** A sleep with jitter: 1 to 2 ms at first, 3 to 12 later. The event loop goes on meanwhile (S20). */
export async function nap(attempt: number): Promise<void> {
  const times = Math.min(attempt, MANY_ATTEMPTS)
  await sleep(times + Math.random() * times * times)
}

/**
 * Tries until nobody else holds the lock, for at most `timeoutMs`; then `StoreBusy`. `attempt` must leave nothing
 * behind when it fails.
 */
export async function whileBusy<T>(
  path: string,
  timeoutMs: number,
  attempt: () => T | Promise<T>,
): Promise<T> {
  const begun = performance.now()
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error)) throw error
      const waited = performance.now() - begun
      if (waited >= timeoutMs) throw new StoreBusy(path, Math.round(waited), error)
    }
    await nap(attempts)
  }
}
