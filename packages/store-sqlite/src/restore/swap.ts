import { type BigIntStats, linkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StoreReplaced } from '@faircopy/store-core'
import { statOrNull, syncFolder } from '../file/location.ts'
import { guardedBy, guardFor } from '../file/restore-guard.ts'

/**
 * One store's files that go aside, and others that come in their place.
 *
 * Two names cannot change at once, and a main file beside another one's log is the worst that can happen to a store. So
 * the main file's name is first made a link that leads nowhere, which no program can open, in one step and with the file
 * already safe under its second name; then the others are moved; then the link is replaced, in one step. Killed at any
 * moment, the old store is untouched, or the link tells which manifest completes it, or the new one is whole.
 */
export interface Swap {
  /** The store's file. */
  readonly path: string
  /** The folder of the manifest, in the same folder as the store. */
  readonly aside: string
  /** The names that go aside, of those that are there. */
  readonly goes: readonly string[]
  /** The files that come, by the names they get. */
  readonly comes: ReadonlyMap<string, string>
}

/**
 * Has nothing stand under the store's name but a link that leads nowhere; until the very end the old store can be used.
 *
 * @param seen the main file, where there is one
 */
export function guard({ path, aside, goes }: Swap, seen: BigIntStats | null): void {
  const target = guardFor(basename(aside))
  if (!goes.includes(basename(path))) symlinkSync(target, path)
  else {
    const second = join(aside, basename(path))
    linkSync(path, second)
    symlinkSync(target, join(aside, 'guard'))
    syncFolder(aside)
    // Looks again: whether another file got the name since it was summed up.
    if (statOrNull(second)?.ino !== seen?.ino || !isSameFile(path, second))
      throw new StoreReplaced(path, 'another file got its name')
    renameSync(join(aside, 'guard'), path)
  }
  syncFolder(dirname(path))
}

/** Moves what goes and what comes, and puts the new main file in the guard's place. Goes on where it was stopped. */
export function complete({ path, aside, goes, comes }: Swap): void {
  const folder = dirname(path)
  const main = basename(path)
  for (const name of goes) {
    const [from, to] = [join(folder, name), join(aside, name)]
    // Where it is aside already, what has its name now is what came.
    if (name !== main && (!statOrNull(to) || isSameFile(from, to))) move(from, to)
  }
  for (const [name, from] of comes) if (name !== main) move(from, join(folder, name))
  syncFolder(folder)
  takeGuardAway(path, aside, comes.get(main) ?? null)
}

/** Takes a swap back that was stopped before anything came: the old files are in their places again. */
export function takeBack({ path, aside, goes }: Swap): void {
  const main = basename(path)
  for (const name of goes) if (name !== main) move(join(aside, name), join(dirname(path), name))
  syncFolder(dirname(path))
  takeGuardAway(path, aside, goes.includes(main) ? join(aside, main) : null)
}

function takeGuardAway(path: string, aside: string, replacement: string | null): void {
  // Looks again: whether something took the guard’s place since.
  if (guardedBy(path) !== basename(aside)) throw new StoreReplaced(path, 'something else got its name')
  if (replacement === null) unlinkSync(path)
  else renameSync(replacement, path)
  syncFolder(dirname(path))
  if (replacement !== null) syncFolder(dirname(replacement))
}

/** By a second name first, so that nothing is ever overwritten. Nothing to do where it was moved before. */
function move(from: string, to: string): void {
  if (!statOrNull(from)) return
  if (!isSameFile(from, to)) linkSync(from, to)
  syncFolder(dirname(to))
  unlinkSync(from)
}

/** Whether two names are of one file. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statOrNull(one), statOrNull(other)]
  return a !== null && b !== null && a.ino === b.ino && a.dev === b.dev
}
