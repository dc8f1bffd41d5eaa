import { type BigIntStats, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { statOrNull, syncFolder } from '../file/location.ts'
import { stateOf } from '../file/process-identity.ts'
import { isOpenHere } from '../file/registry.ts'
import { guardedBy } from '../file/restore-guard.ts'
import { digestOf } from './copy-file.ts'
import { openBy } from './open-files.ts'
import { type AsideFile, manifestOrNull, type RestoreManifest } from './restore-manifest.ts'
import { RestoreRefused } from './restore-refused.ts'
import { removeFiles, STORE_FILES } from './store-files.ts'
import { isSameFile } from './swap.ts'

/** A file that is part of the store at a path, or lies beside it as one. */
export interface PresentFile {
  readonly name: string
  readonly stat: BigIntStats
}

/** The files of the store at a path, the store itself first; none where there is none. Only their names are looked at. */
export function presentFiles(path: string): readonly PresentFile[] {
  return STORE_FILES.flatMap((suffix) => {
    const stat = statOrNull(path + suffix)
    if (stat && !stat.isFile()) throw new RestoreRefused('not-a-file', `${path}${suffix} is no regular file`)
    return stat ? [{ name: basename(path) + suffix, stat }] : []
  })
}

/** Their bytes, summed up; a disk that fails to give them keeps no store from going aside. Not while this process has the store open (S21); nothing is opened through SQLite. */
export async function summedUp(
  path: string,
  files: readonly PresentFile[],
  signal: AbortSignal | undefined,
): Promise<readonly AsideFile[]> {
  const summed: AsideFile[] = []
  for (const { name, stat } of files) {
    const digest = await digestOf(join(dirname(path), name), signal).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EIO') throw error
      return { bytes: Number(stat.size), sha256: null }
    })
    summed.push({ name, ...digest })
  }
  return summed
}

/**
 * Refuses while a process has the store open, or while that cannot be known and nobody said that none has. Looks at the
 * processes and not at locks: the store is not opened, so that its log is not folded.
 */
export async function refuseOpen(
  path: string,
  files: readonly PresentFile[],
  closed: boolean,
): Promise<void> {
  const stats = files.map(({ stat }) => stat)
  if (stats.some(isOpenHere)) throw new RestoreRefused('in-use', `This process has ${path} open`)
  const { holders, unseen } = await openBy(stats)
  const [holder, ...others] = holders
  if (holder) {
    const more = others.length > 0 ? ` and ${others.length} more` : ''
    throw new RestoreRefused('in-use', `Process ${holder.pid} (${holder.command})${more} has ${path} open`)
  }
  if (unseen !== null && files.length > 0 && !closed)
    throw new RestoreRefused('unseen', `Whether a process has ${path} open cannot be known: ${unseen}`)
}

/** Refuses where a file is not what it was when it was summed up. The main file has its second name by now. */
export function refuseWritten(path: string, aside: string, files: readonly PresentFile[]): void {
  for (const { name, stat } of files) {
    const now = statOrNull(join(name === basename(path) ? aside : dirname(path), name))
    if (now?.ino !== stat.ino || now.size !== stat.size || now.mtimeNs !== stat.mtimeNs)
      throw new RestoreRefused('in-use', `A process wrote to ${join(dirname(path), name)} meanwhile`)
  }
}

/**
 * Whether a restore has moved nothing: none of the store's files is aside, but for a second name of the one in its place.
 * One that was undone looks the same: nothing of it is aside any more.
 */
export function hasNothingAside(path: string, aside: string, { files }: RestoreManifest): boolean {
  const isHere = (name: string): boolean => {
    const there = join(aside, name)
    return statOrNull(there) !== null && !(name === basename(path) && isSameFile(there, path))
  }
  return files.length > 0 && guardedBy(path) !== basename(aside) && !files.some(({ name }) => isHere(name))
}

/** Sweeps what restores left that were killed before they had moved anything. */
export function sweepNotBegun(path: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.aside-`)) continue
    const aside = join(folder, name)
    const manifest = manifestOrNull(aside)
    if (!manifest || stateOf(manifest.by) !== 'gone' || !hasNothingAside(path, aside, manifest)) continue
    if (manifest.comes !== null) removeFiles(join(folder, manifest.comes))
    dropFolder(path, aside)
  }
}

/** Removes a folder in which nothing is aside; what is in it all the same keeps it. Never fails: it can be there. */
export function dropFolder(path: string, aside: string): void {
  try {
    const second = join(aside, basename(path))
    if (isSameFile(second, path)) rmSync(second)
    for (const name of ['guard', 'manifest.json']) rmSync(join(aside, name), { force: true })
    rmdirSync(aside)
    syncFolder(dirname(path))
  } catch {
    // Nothing of the store is in it.
  }
}
