import { lstat, rename } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { syncFolder } from '../files/sync-files.ts'
import { systemErrorName } from '../process/system-error-name.ts'
import { type ArchivedFile, type ArchiveManifest, readManifest, sourceRoot } from './archive-manifest.ts'
import { fileFacts, moveExclusively, setMode } from './exclusive-move.ts'
import { linkRefused, pinFolder } from './pinned-folder.ts'
import { databaseBeside, logsOf, type StayingFile } from './plan-archive.ts'

/** What undoing an archive did. */
export interface Restored {
  readonly source: string
  /** Files that are where they were again; those that a killed run had put back are among them. */
  readonly restored: readonly ArchivedFile[]
  /** Files that are not, and why: nothing is overwritten. */
  readonly stays: readonly StayingFile[]
  /** What the manifest is called now: once all is back it is `undone-…`, and no later archive goes on with it. */
  readonly manifest: string
}

/** How an archive is undone. */
export interface RestoreOptions {
  readonly dryRun: boolean
  readonly signal: AbortSignal
  readonly onProgress: (done: { readonly files: number; readonly of: number }) => void
}

/**
 * Puts back every file of a manifest, byte for byte, with its time and mode. A file that the archive never came to, or
 * that was put back before, is left as it is. Killed anywhere, running it again completes it.
 *
 * Nothing but the archive's folder and the source is touched: the way to every file is looked at before the first is
 * moved, and once more from folder to folder when its turn comes; a link on it is refused by name (`LINK_REFUSED`). The
 * folder of the archive, and that of the source, may themselves be links: both were named by a person.
 */
export async function undoArchive(
  path: string,
  { dryRun, signal, onProgress }: RestoreOptions,
): Promise<Restored> {
  const done = join(dirname(path), `undone-${basename(path)}`)
  const isUndone = (await exists(done)) && !(await exists(path))
  const manifest = await readManifest(isUndone ? done : path)
  if (isUndone) return { source: manifest.source, restored: [], stays: [], manifest: done }
  const folder = dirname(path)
  for (const file of manifest.files) await refuseLinks(manifest, file, folder)
  const restored: ArchivedFile[] = []
  const stays: StayingFile[] = []
  // The other way round: a database comes back after its log.
  for (const file of manifest.files.toReversed()) {
    signal.throwIfAborted()
    const stay = await restore(manifest, file, folder, dryRun).catch((error: unknown) => {
      const name = systemErrorName(error)
      if (name === null) throw error
      return { path: file.path, code: 'move-failed', detail: `moving it failed with ${name}` } as const
    })
    if (stay) stays.push(stay)
    else restored.push(file)
    onProgress({ files: restored.length + stays.length, of: manifest.files.length })
  }
  const isDone = !dryRun && stays.length === 0
  if (isDone) {
    await rename(path, done)
    await syncFolder(dirname(path))
  }
  return { source: manifest.source, restored, stays, manifest: isDone ? done : path }
}

/** Both ends of a file's way back: the folders, and on the archive's side the file itself. */
async function refuseLinks(manifest: ArchiveManifest, file: ArchivedFile, folder: string): Promise<void> {
  await withEnds(manifest, file, folder, false, async ({ archived }) => {
    if (archived === null) return
    const stats = await lstat(archived).catch(() => null)
    if (stats && !stats.isFile()) throw linkRefused(join(folder, file.target))
  })
}

/** Where a file is and where it comes back to, as paths that stay what they are; null where a folder is not there. */
interface Ends {
  readonly archived: string | null
  readonly place: string | null
}

async function withEnds<T>(
  manifest: ArchiveManifest,
  file: ArchivedFile,
  folder: string,
  make: boolean,
  work: (ends: Ends) => Promise<T>,
): Promise<T> {
  const root = sourceRoot(manifest, file) ?? dirname(file.path)
  const from = await pinFolder(folder, dirname(file.target), { make: false })
  try {
    const to = await pinFolder(root, relative(root, dirname(file.path)), { make })
    try {
      return await work({
        archived: from && join(from.path, basename(file.target)),
        place: to && join(to.path, basename(file.path)),
      })
    } finally {
      await to?.close()
    }
  } finally {
    await from?.close()
  }
}

async function restore(
  manifest: ArchiveManifest,
  file: ArchivedFile,
  folder: string,
  dryRun: boolean,
): Promise<StayingFile | null> {
  return (
    (await partedFrom(manifest, file, folder)) ??
    withEnds(manifest, file, folder, !dryRun, (ends) => putBack(file, ends, folder, dryRun))
  )
}

/** A database and its log come back together, or not at all: either would be taken for part of what has the other's name. */
async function partedFrom(
  manifest: ArchiveManifest,
  { path }: ArchivedFile,
  folder: string,
): Promise<StayingFile | null> {
  const { files } = manifest
  // Looks again: whether something came that a database, or its log, would be taken for part of.
  for (const log of logsOf(path))
    if (!files.some((one) => one.path === log) && (await exists(log)))
      return { path, code: 'target-taken', detail: `${log} is there, which is none of it` }
  for (const other of files) {
    if (other.path !== databaseBeside(path) && databaseBeside(other.path) !== path) continue
    const lack = await withEnds(manifest, other, folder, false, (ends) => putBack(other, ends, folder, true))
    if (lack) return { ...lack, path, detail: `it comes back with ${other.path}, which stays` }
  }
  return null
}

async function putBack(
  { path, target, sha256, mode }: ArchivedFile,
  { archived, place }: Ends,
  folder: string,
  dryRun: boolean,
): Promise<StayingFile | null> {
  const name = join(folder, target)
  const facts = archived && (await fileFacts(archived))
  const there = place && (facts === null || dryRun) ? await fileFacts(place) : null
  if (there !== null && (typeof there === 'string' || there.sha256 !== sha256)) {
    return { path, code: 'target-taken', detail: 'what is there now is not what was archived' }
  }
  if (archived === null || facts === null) {
    if (!place || !there) return { path, code: 'archive-missing', detail: `${name} is not there either` }
    if (!dryRun && there.mode !== mode) await setMode(place, mode)
    return null
  }
  if (typeof facts === 'string' || facts.sha256 !== sha256) {
    return { path, code: 'archive-damaged', detail: `${name} is not what the manifest says` }
  }
  if (dryRun || place === null) return null
  const outcome = await moveExclusively(archived, facts, place, mode)
  if (outcome === 'moved') return null
  return outcome === 'taken'
    ? { path, code: 'target-taken', detail: 'something else is there now' }
    : { path, code: 'archive-damaged', detail: `${name} was written to or replaced` }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}
