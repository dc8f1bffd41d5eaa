import { chmodSync, mkdirSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { statOrNull, syncFolder } from '../file/location.ts'
import { ownIdentity, stateOf } from '../file/process-identity.ts'
import { guardedBy } from '../file/restore-guard.ts'
import {
  dropFolder,
  type PresentFile,
  presentFiles,
  refuseOpen,
  refuseWritten,
  summedUp,
  sweepNotBegun,
} from './present-store.ts'
import {
  type AsideFile,
  asideName,
  type RestoreManifest,
  readManifest,
  undoneName,
  writeManifest,
} from './restore-manifest.ts'
import { RestoreRefused } from './restore-refused.ts'
import { complete, guard, type Swap, takeBack } from './swap.ts'

/** What was put aside, and where that is told. */
export interface MovedAside {
  readonly manifest: string
  readonly files: readonly AsideFile[]
}

/** What comes in the place of a store, as its manifest has it. */
export type Coming = Pick<RestoreManifest, 'backup' | 'comes' | 'undoes'>

/** How sure it has to be that nobody has the store open. */
export interface Closedness {
  readonly closed: boolean
  readonly signal: AbortSignal | undefined
}

/**
 * Puts the store at a path aside with all that lies beside it, and another in its place. That no process has it open is
 * seen before, and once more when nothing can open it any longer; one that opened it in between has it back.
 */
export async function swapStore(
  path: string,
  coming: Coming,
  { closed, signal }: Closedness,
): Promise<MovedAside> {
  sweepNotBegun(path)
  const present = presentFiles(path)
  await refuseOpen(path, present, closed)
  const files = await summedUp(path, present, signal)
  signal?.throwIfAborted()
  const at = Date.now()
  const store = basename(path)
  const aside = join(dirname(path), asideName(store, at))
  mkdirSync(aside, { mode: 0o700 })
  chmodSync(aside, 0o700)
  syncFolder(dirname(path))
  let swap: Swap
  try {
    writeManifest(aside, { at, by: ownIdentity(), store, files, ...coming })
    swap = swapOf(path, aside, readManifest(aside))
    guard(swap, present.find(({ name }) => name === store)?.stat ?? null)
    await lookAgain(swap, present, closed)
  } catch (error) {
    if (guardedBy(path) !== basename(aside)) dropFolder(path, aside)
    throw error
  }
  complete(swap)
  return { manifest: join(aside, 'manifest.json'), files }
}

/** Once more when nothing can open the store any longer. Whoever opened it in between has it back. */
async function lookAgain(swap: Swap, present: readonly PresentFile[], closed: boolean): Promise<void> {
  const { path, aside } = swap
  try {
    // Looks again: whether somebody wrote to it since it was summed up.
    refuseWritten(path, aside, present)
    // Looks again: whether somebody opened it since nobody was seen to.
    await refuseOpen(path, present, closed)
  } catch (error) {
    takeBack(swap)
    throw error
  }
}

/** A swap that was stopped half-way. */
export interface Settled {
  /** Of its manifest. */
  readonly path: string
  readonly manifest: RestoreManifest
  /** Whether what was to come is in place; else the old store is back. */
  readonly isThere: boolean
}

/** Completes what the guard at a path tells of, as it was meant; null where there is none. */
export function settle(path: string): Settled | null {
  const name = guardedBy(path)
  if (name === null) return null
  const aside = join(dirname(path), name)
  const manifest = readManifest(aside)
  refuseAtWork(path, manifest)
  const isThere = manifest.comes === null || statOrNull(join(dirname(path), manifest.comes)) !== null
  const swap = swapOf(path, aside, manifest)
  if (isThere) complete(swap)
  else takeBack(swap)
  if (manifest.undoes !== null) nameUndone(join(dirname(path), manifest.undoes))
  return { path: join(aside, 'manifest.json'), manifest, isThere }
}

/** Refuses while the process that began a restore lives: it is at work on it. */
export function refuseAtWork(path: string, { by }: RestoreManifest): void {
  if (stateOf(by) !== 'alive' || by.pid === process.pid) return
  throw new RestoreRefused('in-use', `Process ${by.pid} is at work on a restore of ${path}`)
}

/** Says in a folder that its store is back. */
export function nameUndone(aside: string): void {
  const [from, to] = undoneName(aside)
  if (!statOrNull(from)) return
  renameSync(from, to)
  syncFolder(aside)
}

/** The files that a manifest is about, where they are. */
export function swapOf(path: string, aside: string, { store, files, comes, undoes }: RestoreManifest): Swap {
  const folder = dirname(path)
  const goes = files.map(({ name }) => name)
  if (undoes === null)
    return { path, aside, goes, comes: new Map(comes === null ? [] : [[store, join(folder, comes)]]) }
  const back = readUndone(join(folder, undoes))
  return { path, aside, goes, comes: new Map(back.map(({ name }) => [name, join(folder, undoes, name)])) }
}

function readUndone(aside: string): readonly AsideFile[] {
  const [open, undone] = undoneName(aside)
  return readManifest(aside, basename(statOrNull(open) ? open : undone)).files
}
