import { setTimeout as after } from 'node:timers/promises'

const TICK_MS = 1
/** Long enough for what a call leaves behind (a timer, a watch) to come to rest. */
const REST_MS = 30

/** How long a call took, and for how long it held the event loop at most; both in ms. */
export interface Held {
  readonly name: string
  readonly took: number
  readonly held: number
}

/** Makes a call while a timer ticks: what lies between two ticks beyond their interval is what the loop was held for. */
export async function longestHold(name: string, call: () => Promise<unknown>): Promise<Held> {
  await after(REST_MS)
  let held = 0
  let last = performance.now()
  const tick = (): void => {
    const now = performance.now()
    held = Math.max(held, now - last - TICK_MS)
    last = now
  }
  const ticking = setInterval(tick, TICK_MS)
  const begun = performance.now()
  await call()
  const took = performance.now() - begun
  await after(REST_MS)
  clearInterval(ticking)
  return { name, took, held }
}
