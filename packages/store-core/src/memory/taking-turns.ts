import { giveWay, isHeld, isHeldLately } from '../give-way.ts'

/** Gives what a pure reader reads, and the event loop its turns meanwhile (S20). */
export async function* takingTurns<T>(values: Iterable<T>): AsyncGenerator<T, void, undefined> {
  for (const value of values) {
    if (isHeldLately()) await giveWay()
    yield value
  }
}

/** Gives what was read, behind a turn of the event loop where one is due: a loop of such reads doesn't hold it either (S20). */
export async function inTurn<T>(value: T): Promise<T> {
  if (isHeld()) await giveWay()
  return value
}
