import { setTimeout as after } from 'node:timers/promises'

const TICK_MS = 1
/** Long enough for what a call leaves behind (a timer, a watch) to come to rest. */
const REST_MS = 30

/** How long a call took, and for how long it held the event loop at most; in ms. */
export interface Held {
  readonly name: string
  readonly took: number
  /** As a timer sees it: with what the disk took, and with what a busy machine gave to others meanwhile. */
  readonly held: number
  /** What this thread computed between two turns at most, by the processor's own time: the same on a busy machine. */
  readonly computed: number
}

/** Makes a call while a timer ticks: what lies between two ticks beyond their interval is what the loop was held for. */
export async function longestHold(name: string, call: () => Promise<unknown>): Promise<Held> {
  await after(REST_MS)
  let held = 0
  let computed = 0
  let last = performance.now()
  let lastComputed = threadMs()
  const tick = (): void => {
    const now = performance.now()
    held = Math.max(held, now - last - TICK_MS)
    last = now
    const sum = threadMs()
    computed = Math.max(computed, sum - lastComputed)
    lastComputed = sum
  }
  const ticking = setInterval(tick, TICK_MS)
  const begun = performance.now()
  await call()
  const took = performance.now() - begun
  await after(REST_MS)
  clearInterval(ticking)
  return { name, took, held, computed }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
