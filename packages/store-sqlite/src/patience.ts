import { setTimeout as sleep } from 'node:timers/promises'
import { StoreBusy } from '@faircopy/store-core'
import { isBusy } from './outcome.ts'

const LONGEST_NAP_MS = 10

/** A short sleep with jitter, longer the more often it was in vain. The event loop goes on meanwhile (S20). */
export async function nap(attempt: number): Promise<void> {
  await sleep(1 + Math.random() * Math.min(attempt, LONGEST_NAP_MS))
}

/**
 * Tries until nobody else holds the lock, for at most `timeoutMs`; then `StoreBusy`. `attempt` must leave nothing
 * behind when it fails.
 */
export async function whileBusy<T>(path: string, timeoutMs: number, attempt: () => T): Promise<T> {
  const begun = performance.now()
  for (let attempts = 1; ; attempts++) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error)) throw error
      const waited = performance.now() - begun
      if (waited >= timeoutMs) throw new StoreBusy(path, Math.round(waited), error)
    }
    await nap(attempts)
  }
}
