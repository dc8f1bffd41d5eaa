import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readdir, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../files/sync-files.ts'
import { CliError } from '../process/cli-error.ts'
import { systemErrorName } from '../process/system-error-name.ts'
import {
  type ArchivedFile,
  type ArchiveManifest,
  isManifestName,
  manifestPath,
  readManifest,
  writeManifest,
} from './archive-manifest.ts'
import { moveExclusively, setMode } from './exclusive-move.ts'
import { pinFolder } from './pinned-folder.ts'
import { databaseBeside, type MovableFile, type StayingFile } from './plan-archive.ts'

/** What an archive did. */
export interface Archived {
  /** The manifests that name what was moved: a new one, and those of killed runs that were completed. */
  readonly manifests: readonly string[]
  readonly moved: readonly ArchivedFile[]
  readonly stays: readonly StayingFile[]
}

/** How an archive is run. */
export interface ArchiveOptions {
  readonly source: string
  readonly store: string
  /** The archive's folder. */
  readonly to: string
  readonly signal: AbortSignal
  readonly onProgress: (done: { readonly files: number; readonly of: number }) => void
}

/**
 * Moves files into an archive's folder, their manifest first. What a killed run of the same source had named already,
 * and what can still go, goes under that run's manifest; so running it again completes it.
 */
export async function runArchive(
  files: readonly MovableFile[],
  { source, store, to, signal, onProgress }: ArchiveOptions,
): Promise<Archived> {
  if (files.length > 0) await makeFolder(to)
  else if (!(await lstat(to).catch(() => null))?.isDirectory()) return { manifests: [], moved: [], stays: [] }
  const earlier = await openManifests(to, source)
  const named = new Map<MovableFile, string>()
  for (const file of files) {
    const own = earlier.find(({ manifest }) => manifest.files.some((one) => isSameMove(one, file)))
    if (own) named.set(file, own.path)
  }
  const unnamed = files.filter((file) => !named.has(file))
  if (unnamed.length > 0) {
    const manifest: ArchiveManifest = {
      faircopyArchive: 1,
      id: randomUUID(),
      at: Date.now(),
      source,
      store,
      files: unnamed.map(({ facts, lacks, ...file }) => file),
    }
    const path = manifestPath(to, manifest)
    await writeManifest(path, manifest)
    for (const file of unnamed) named.set(file, path)
  }
  await tightenModes(to, earlier)

  const moved: ArchivedFile[] = []
  const stays: StayingFile[] = []
  for (const file of files) {
    signal.throwIfAborted()
    const stay = await move(file, to, stays)
    if (stay) stays.push(stay)
    else moved.push(file)
    onProgress({ files: moved.length + stays.length, of: files.length })
  }
  return { manifests: [...new Set(named.values())], moved, stays }
}

/** Moves one file; gives why it stays, or null. */
async function move(
  { facts, lacks, ...file }: MovableFile,
  to: string,
  stays: readonly StayingFile[],
): Promise<StayingFile | null> {
  const { path } = file
  const database = stays.find((stay) => stay.path === databaseBeside(path))
  if (database) return { ...database, path, detail: 'it goes with its database, which stays' }
  try {
    // Looks again: whether somebody opened the database since it was planned.
    for (const name of lacks)
      if (await lstat(name).catch(() => null))
        return { path, code: 'in-use', detail: 'a process opened it meanwhile' }
    const outcome = await withTarget(to, file, true, (target) =>
      target === null ? 'taken' : moveExclusively(path, facts, target, 0o600),
    )
    if (outcome === 'moved') return null
    return outcome === 'taken'
      ? { path, code: 'target-taken', detail: `${join(to, file.target)} is there already` }
      : { path, code: 'changed', detail: 'it was written to or replaced' }
  } catch (error) {
    const name = systemErrorName(error)
    if (name === null) throw error
    return { path, code: 'move-failed', detail: `moving it failed with ${name}` }
  }
}

/** A file's place in the archive, with no link on the way to it; null where its folder is not there. */
async function withTarget<T>(
  to: string,
  { target }: ArchivedFile,
  make: boolean,
  work: (path: string | null) => T | Promise<T>,
): Promise<T> {
  const folder = await pinFolder(to, dirname(target), { make })
  try {
    return await work(folder && join(folder.path, basename(target)))
  } finally {
    await folder?.close()
  }
}

/** A folder for its owner only, with those above it, each synced into the one it lies in. */
async function makeFolder(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (stats?.isDirectory()) return
  if (stats) {
    throw new CliError('NOT_A_FOLDER', `${path} is there and is no folder.`, {
      advice: 'Name another folder with --to.',
    })
  }
  await makeFolder(dirname(path))
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await syncFolder(dirname(path))
}

interface OpenManifest {
  readonly path: string
  readonly manifest: ArchiveManifest
}

/** The manifests of a source in a folder; what a killed run left of one that it was writing is swept. */
async function openManifests(folder: string, source: string): Promise<readonly OpenManifest[]> {
  const found: OpenManifest[] = []
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name)
    if (/^\.manifest-.*\.tmp$/.test(name)) await unlink(path).catch(() => {})
    if (!isManifestName(name)) continue
    const manifest = await readManifest(path)
    if (manifest.source === source) found.push({ path, manifest })
  }
  return found
}

function isSameMove(named: ArchivedFile, file: ArchivedFile): boolean {
  const proof = (one: ArchivedFile): string => JSON.stringify(one.proofs)
  return (
    named.path === file.path &&
    named.target === file.target &&
    named.size === file.size &&
    named.sha256 === file.sha256 &&
    named.mtimeNs === file.mtimeNs &&
    proof(named) === proof(file)
  )
}

/** A run that was killed just after a move had not set the file's mode. */
async function tightenModes(folder: string, manifests: readonly OpenManifest[]): Promise<void> {
  for (const { manifest } of manifests) {
    for (const file of manifest.files) {
      if ((await lstat(file.path).catch(() => null)) !== null) continue
      await withTarget(folder, file, false, async (target) => {
        if (target === null) return
        const there = await lstat(target).catch(() => null)
        if (there?.isFile() && (there.mode & 0o077) !== 0) await setMode(target, 0o600).catch(() => {})
      })
    }
  }
}
