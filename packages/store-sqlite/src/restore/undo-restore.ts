import { basename, dirname, join } from 'node:path'
import { locate, statOrNull } from '../file/location.ts'
import { contractError } from '../file/outcome.ts'
import { guardedBy } from '../file/restore-guard.ts'
import { digestOf } from './copy-file.ts'
import { nameUndone, refuseAtWork, settle, swapOf, swapStore } from './moving-aside.ts'
import { hasNothingAside, presentFiles, refuseOpen, sweepNotBegun } from './present-store.ts'
import { namedManifest, type RestoreManifest } from './restore-manifest.ts'
import { RestoreRefused } from './restore-refused.ts'
import type { RestoreOptions } from './restore-store.ts'
import { isMadeAnew, removeFiles } from './store-files.ts'
import { takeBack } from './swap.ts'

/** Which restore is taken back, and how. */
export interface UndoRestoreOptions extends Omit<RestoreOptions, 'path' | 'onProgress'> {
  /** What the restore told: `manifest.json` in the folder beside the store. */
  readonly manifest: string
}

/** What taking a restore back did. */
export interface UndoRestoreReport {
  readonly path: string
  readonly dryRun: boolean
  /**
   * The files that are in their places again, or would be: the store itself first. Empty where nothing is aside: it was
   * undone before, or never got so far.
   */
  readonly back: readonly string[]
  /** What was put aside in their stead, or would be. */
  readonly aside: readonly string[]
  /** Where that is told, for taking it back in turn; null where nothing was put aside. */
  readonly manifest: string | null
}

/**
 * Puts back the store that a restore put aside, byte for byte with its log, and puts aside what is in its place now, in
 * the same way. What comes back is not opened; that somebody read it where it was aside is no hindrance. A restore that was stopped half-way is taken back the same.
 *
 * Fails with `RestoreRefused`, `UnsafeLocation`, `StoreFull`, `StoreIo`.
 */
export async function undoRestore(options: UndoRestoreOptions): Promise<UndoRestoreReport> {
  const { aside, manifest, isUndone } = namedManifest(options.manifest)
  const { allowUnsafeFileSystem = false, dryRun = false, signal } = options
  const wanted = join(dirname(aside), manifest.store)
  try {
    const { path } = locate(wanted, { create: false, allowUnsafeFileSystem, halfRestored: true })
    const nothing = { path, dryRun, back: [], aside: [], manifest: null }
    return isUndone ? nothing : await undo(path, join(dirname(path), basename(aside)), manifest, options)
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error
    throw contractError(error, wanted, 'before-commit')
  }
}

async function undo(
  path: string,
  aside: string,
  manifest: RestoreManifest,
  { dryRun = false, closed = false, signal }: UndoRestoreOptions,
): Promise<UndoRestoreReport> {
  const back = manifest.files.map(({ name }) => name)
  const done = { path, dryRun, back, aside: [], manifest: null }
  if (guardedBy(path) === basename(aside) && manifest.undoes === null) {
    if (dryRun) return done
    refuseAtWork(path, manifest)
    takeBack(swapOf(path, aside, manifest))
    if (manifest.comes !== null) removeFiles(join(dirname(path), manifest.comes))
    nameUndone(aside)
    return done
  }
  if (dryRun) {
    if (hasNothingAside(path, aside, manifest)) return { ...done, back: [] }
    const isHalf = guardedBy(path) !== null
    const present = isHalf ? [] : presentFiles(path)
    await refuseOpen(path, present, closed)
    if (!isHalf) await refuseDiffering(aside, manifest, signal)
    return { ...done, aside: present.map(({ name }) => name) }
  }
  const settled = settle(path)
  if (settled?.manifest.undoes === basename(aside)) {
    return { ...done, aside: settled.manifest.files.map(({ name }) => name), manifest: settled.path }
  }
  if (hasNothingAside(path, aside, manifest)) {
    sweepNotBegun(path)
    return { ...done, back: [] }
  }
  await refuseDiffering(aside, manifest, signal)
  const coming = { backup: null, comes: null, undoes: basename(aside) }
  const moved = await swapStore(path, coming, { closed, signal })
  nameUndone(aside)
  return { ...done, aside: moved.files.map(({ name }) => name), manifest: moved.manifest }
}

/** Whoever reads the store where it is aside writes to what is made anew, and to nothing else. */
async function refuseDiffering(
  aside: string,
  { store, files }: RestoreManifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { name, bytes, sha256 } of files) {
    const path = join(aside, name)
    const stat = statOrNull(path)
    const madeAnew = isMadeAnew(name.slice(store.length))
    if (madeAnew && (!stat || stat.isFile())) continue
    if (!stat?.isFile()) throw new RestoreRefused('aside-differs', `${path} is not there, or no regular file`)
    const found =
      sha256 === null ? { bytes: Number(statOrNull(path)?.size), sha256 } : await digestOf(path, signal)
    if (found.bytes !== bytes || found.sha256 !== sha256)
      throw new RestoreRefused('aside-differs', `${path} is not what was put aside`)
  }
}
