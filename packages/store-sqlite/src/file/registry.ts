import type { BigIntStats } from 'node:fs'
import { UnsafeLocation } from '@faircopy/store-core'

/** The stores that are open in this process, by the file's device and inode. */
type Registry = Map<string, { readonly driver: string; stores: number }>

/** On the global object, so that duplicate copies of this package share it. */
const NAME = Symbol.for('faircopy/store-sqlite/registry@1')

function registry(): Registry {
  const holder = globalThis as { [NAME]?: Registry }
  holder[NAME] ??= new Map()
  return holder[NAME]
}

/** What a file is known by, whatever its name. */
export function nameOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}`
}

/** Whether a store on this file is open in this process. */
export function isOpenHere(stat: BigIntStats): boolean {
  return registry().has(nameOf(stat))
}

/**
 * Notes that a store on this file is open. Two copies of the driver on one file in one process drop each other's locks
 * and destroy data without any crash, so a second copy is refused; more stores with the same copy are fine.
 *
 * @returns A function that takes the note back, once.
 */
export function register(path: string, stat: BigIntStats, driver: string): () => void {
  const open = registry()
  const name = nameOf(stat)
  const known = open.get(name)
  if (known && known.driver !== driver) {
    throw new UnsafeLocation(
      path,
      'this process has it open with a second copy of better-sqlite3',
      'Install one copy only (dedupe your dependencies): two on one file destroy data.',
    )
  }
  const entry = known ?? { driver, stores: 0 }
  entry.stores++
  open.set(name, entry)
  let released = false
  return () => {
    if (released) return
    released = true
    if (--entry.stores === 0) open.delete(name)
  }
}
