import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from './connection.ts'

/**
 * So long a process goes on writing where others want to as well; it then leaves the lock alone for longer than most naps
 * of those that wait. Shorter turns are fairer, and cost more: each begins with pages that another one wrote.
 */
const TURN_MS = 40
const GIVE_WAY_MS = 8
/** The same for a process that seems to be alone: 1 % of its time, so that one that waits is noticed. */
const ALONE_TURN_MS = 100
const LOOK_ROUND_MS = 1
/** Who was refused the lock within this, or saw another's commit, is not alone. */
const NOT_ALONE_MS = 1000
/** One transaction that took so long waited for a slow disk; after it even one that seems to be alone leaves time for any nap. */
const SLOW_MS = 100
const LONGEST_NAP_MS = 12

/**
 * Shares the lock among processes that write without a pause. SQLite's lock has no queue: whoever lets go of it takes it
 * again before a sleeping one looks, so that of eight saturated processes one would have all of it.
 */
export class Turns {
  #begun = Number.NEGATIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY
  #othersAt = Number.NEGATIVE_INFINITY
  #version: unknown

  /** The lock was somebody else's. */
  refused(): void {
    this.#othersAt = performance.now()
    this.#last = Number.NEGATIVE_INFINITY
  }

  /** A transaction that took so long is over and its calls are told. Waits for a moment where that ended a turn. */
  async taken(connection: Connection, durationMs: number): Promise<void> {
    const now = performance.now()
    if (now - this.#last > TURN_MS) this.#begun = now
    this.#last = now
    const turn = now - this.#othersAt < NOT_ALONE_MS ? TURN_MS : ALONE_TURN_MS
    if (now - this.#begun < turn) return
    const version = versionOf(connection)
    if (this.#version !== undefined && version !== this.#version) this.#othersAt = now
    this.#version = version
    const isAlone = now - this.#othersAt >= NOT_ALONE_MS
    await sleep(durationMs >= SLOW_MS ? LONGEST_NAP_MS : isAlone ? LOOK_ROUND_MS : GIVE_WAY_MS)
    this.#begun = this.#last = performance.now()
  }
}

/** Moves with every commit of another connection. */
function versionOf(connection: Connection): unknown {
  try {
    return connection.raw('PRAGMA data_version').get()?.[0]
  } catch {
    return undefined
  }
}
