/**
 * For so long the event loop may be held before whoever asks next waits for its turn. A timer may wait for two of these:
 * what begins in a timer or a socket is interrupted before the next timers, and again behind them.
 */
const HELD_MS = 5

// As they are when this is loaded: a test that fakes timers has no turns to wait for.
const { setImmediate: atNextTurn } = globalThis
const now = performance.now.bind(performance)

/** Of those who are {@link isHeldLately} asked, so many are told what the last one was. */
const ASKED_EVERY = 16

/** So many steps of promises lie between whoever goes on and what it does then. */
const STEPS_BEFORE_NEXT = 8

/** Since when this thread's event loop is known to be held; null where it had its turn since. */
let heldSince: number | null = null
let isDue = false
let asked = 0
const waiting: (() => void)[] = []

/**
 * Whether the event loop has been held for some 5 ms, by whomever, since something here was first asked after its last
 * turn: then whoever works on should {@link giveWay} first (S20). Costs next to nothing.
 */
export function isHeld(): boolean {
  if (heldSince === null) {
    heldSince = now()
    atNextTurn(turned)
  } else isDue = now() - heldSince >= HELD_MS
  return isDue
}

/** {@link isHeld}, asked so often that a look at the clock is too much: for what takes a microsecond or less. */
export function isHeldLately(): boolean {
  return isDue || (++asked % ASKED_EVERY === 0 && isHeld())
}

/**
 * Gives the event loop a turn, and timers and sockets theirs, where it {@link isHeld}; else goes on at once. All that
 * works on this thread shares one measure, so a hundred readers at once hold it no longer than one does (S20).
 *
 * @example
 * ```ts
 * import { giveWay } from '@faircopy/store-core/backend'
 *
 * export async function lengths(records: readonly string[]): Promise<number[]> {
 *   const all: number[] = []
 *   for (const record of records) {
 *     await giveWay()
 *     all.push(JSON.parse(record).length)
 *   }
 *   return all
 * }
 * ```
 */
export function giveWay(): Promise<void> {
  return isHeld() ? new Promise((goOn) => waiting.push(goOn)) : Promise.resolve()
}

/** Does something with each of many values, one after the other, and gives the event loop its turns meanwhile (S20). */
export async function eachInTurn<T>(
  values: Iterable<T>,
  take: (value: T, at: number) => void,
): Promise<void> {
  let at = 0
  for (const value of values) {
    if (isHeldLately()) await giveWay()
    take(value, at++)
  }
}

/** What is made in steps, with a `yield` behind each. It can be made at once ({@link atOnce}) or {@link inTurns}. */
export type InSteps<T> = Generator<void, T, void>

/** Makes what is made in steps, without a turn of the event loop. */
export function atOnce<T>(making: InSteps<T>): T {
  for (;;) {
    const { done, value } = making.next()
    if (done) return value
  }
}

/** Makes what is made in steps, and gives the event loop its turns between them (S20). */
export async function inTurns<T>(making: InSteps<T>): Promise<T> {
  for (;;) {
    if (isHeldLately()) await giveWay()
    const { done, value } = making.next()
    if (done) return value
  }
}

/** Lets those that wait go on, one by one, until the loop is held again: the others wait for the next turn. */
async function turned(): Promise<void> {
  heldSince = null
  isDue = false
  while (waiting.length > 0 && !isHeld()) {
    waiting.shift()?.()
    // Whoever goes on works before the next one does.
    for (let step = 0; step < STEPS_BEFORE_NEXT; step++) await null
  }
}
