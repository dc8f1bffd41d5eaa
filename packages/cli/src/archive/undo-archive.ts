import { chmod, lstat, mkdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../files/sync-files.ts'
import { systemErrorName } from '../system-error-name.ts'
import { type ArchivedFile, readManifest } from './archive-manifest.ts'
import { fileFacts, moveExclusively } from './exclusive-move.ts'
import type { StayingFile } from './plan-archive.ts'

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
 */
export async function undoArchive(
  path: string,
  { dryRun, signal, onProgress }: RestoreOptions,
): Promise<Restored> {
  const done = join(dirname(path), `undone-${basename(path)}`)
  const isUndone = (await exists(done)) && !(await exists(path))
  const manifest = await readManifest(isUndone ? done : path)
  if (isUndone) return { source: manifest.source, restored: [], stays: [], manifest: done }
  const restored: ArchivedFile[] = []
  const stays: StayingFile[] = []
  // The other way round: a database comes back after its log.
  for (const file of manifest.files.toReversed()) {
    signal.throwIfAborted()
    const stay = await restore(file, dirname(path), dryRun).catch((error: unknown) => {
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

async function restore(
  { path, target, sha256, mode }: ArchivedFile,
  folder: string,
  dryRun: boolean,
): Promise<StayingFile | null> {
  const archived = join(folder, target)
  const facts = await fileFacts(archived)
  const there = facts === null || dryRun ? await fileFacts(path) : null
  if (there !== null && (typeof there === 'string' || there.sha256 !== sha256)) {
    return { path, code: 'target-taken', detail: 'what is there now is not what was archived' }
  }
  if (facts === null) {
    if (!there) return { path, code: 'archive-missing', detail: `${archived} is not there either` }
    if (!dryRun && there.mode !== mode) await chmod(path, mode)
    return null
  }
  if (typeof facts === 'string' || facts.sha256 !== sha256) {
    return { path, code: 'archive-damaged', detail: `${archived} is not what the manifest says` }
  }
  if (dryRun) return null
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const outcome = await moveExclusively(archived, facts, path, mode)
  if (outcome === 'moved') return null
  return outcome === 'taken'
    ? { path, code: 'target-taken', detail: 'something else is there now' }
    : { path, code: 'archive-damaged', detail: `${archived} was written to or replaced` }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null
}
