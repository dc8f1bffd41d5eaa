import { giveWay, isHeld, isHeldLately } from '../give-way.ts'
import type { Pages } from '../stream.ts'
import { copyOf } from './copy.ts'

const PAGE = 256

/** Gives copies of what a pure reader reads in pages, begun with the first one, and the event loop its turns between them (S20). */
export async function* inPages<T>(begin: () => Iterable<T>): Pages<T> {
  let page: T[] = []
  for (const value of begin()) {
    page.push(copyOf(value))
    if (page.length < PAGE && !isHeldLately()) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** Gives a copy of what was read, behind a turn of the event loop where one is due: a loop of such reads doesn't hold it either (S20). */
export async function inTurn<T>(value: T): Promise<T> {
  const copy = copyOf(value)
  if (isHeld()) await giveWay()
  return copy
}
