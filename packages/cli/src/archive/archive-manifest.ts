import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { writeFileAtomically } from '../files/write-file-atomically.ts'
import { CliError } from '../process/cli-error.ts'

/** The shape of manifests that this version writes, and the newest it reads. */
const SCHEMA = 1

/** What a file's move rests on. */
export interface ArchiveProof {
  readonly namespace: string
  readonly session: string
  /** The import whose decision accounts for the file, and its key in the ledger. */
  readonly importId: string
  readonly key: string
  readonly verdict: string
}

/** One file that an archive moves. */
export interface ArchivedFile {
  /** Absolute: where it was, and where it comes back to. */
  readonly path: string
  /** Within the archive's folder. */
  readonly target: string
  /** In bytes. */
  readonly size: number
  /** Hex. */
  readonly sha256: string
  /** Nanoseconds since the epoch. */
  readonly mtimeNs: string
  /** The permission bits it had. */
  readonly mode: number
  /** One for each session that it tells; a transcript has one, a database many. */
  readonly proofs: readonly ArchiveProof[]
}

/** What an archive was about to move, written before the first file is. Holds no transcript text. */
export interface ArchiveManifest {
  readonly faircopyArchive: typeof SCHEMA
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  /** The source, as it was named, made absolute. */
  readonly source: string
  /** The store that every line was found in. */
  readonly store: string
  readonly files: readonly ArchivedFile[]
}

const NAME = /^manifest-[\w-]+\.json$/

/** Whether a file's name is that of a manifest that was not undone. */
export function isManifestName(name: string): boolean {
  return NAME.test(name)
}

/** Where a manifest is written: in the archive's own folder, named for its time and id. */
export function manifestPath(folder: string, { at, id }: ArchiveManifest): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
  return join(folder, `manifest-${time}-${id.slice(0, 8)}.json`)
}

/** Writes a manifest, whole and synced, before anything is moved. */
export async function writeManifest(path: string, manifest: ArchiveManifest): Promise<void> {
  await writeFileAtomically(path, { force: false }, (sink) =>
    sink.write(`${JSON.stringify({ ...manifest, faircopyArchive: SCHEMA }, null, 2)}\n`),
  )
}

/**
 * Reads a manifest. Fails with `NO_MANIFEST` or `NOT_A_MANIFEST`, also where it names a place outside its archive or its
 * source: what it names would be moved on its word.
 */
export async function readManifest(path: string): Promise<ArchiveManifest> {
  const manifest = parsed(await textOf(path))
  if (!manifest) throw notAManifest(path)
  const outside = manifest.files.find((file) => sourceRoot(manifest, file) === null)
  if (outside) {
    const { target, path: place } = outside
    throw new CliError(
      'NOT_A_MANIFEST',
      `${path} would have ${JSON.stringify(target)} put at ${place}: one of them is outside the archive, or the source.`,
      { advice: 'Nothing was moved. Undo only a manifest as faircopy archive wrote it.' },
    )
  }
  return manifest
}

/** The folder that a file's place in the archive is told from, as it was when it was archived; null where it is no such place. */
export function sourceRoot(
  { source }: Pick<ArchiveManifest, 'source'>,
  { path, target }: Pick<ArchivedFile, 'path' | 'target'>,
): string | null {
  if (isAbsolute(target) || target.split(/[/\\]/).includes('..')) return null
  const root = path === source ? dirname(source) : source
  return target !== '' && relative(root, path) === target && join(root, target) === path ? root : null
}

async function textOf(path: string): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EISDIR' || code === 'ELOOP') throw notAManifest(path)
    if (code !== 'ENOENT') throw error
    throw new CliError('NO_MANIFEST', `There is no manifest at ${path}.`, {
      advice: 'It is the file manifest-….json in the folder that the archive went to.',
    })
  }
}

function notAManifest(path: string): CliError {
  return new CliError('NOT_A_MANIFEST', `${path} is no manifest that this version reads.`, {
    advice: 'Name the file manifest-….json that faircopy archive wrote, or use a newer faircopy.',
  })
}

function parsed(text: string): ArchiveManifest | null {
  try {
    const value = JSON.parse(text) as Partial<ArchiveManifest>
    if (value.faircopyArchive !== SCHEMA || !Array.isArray(value.files)) return null
    if (typeof value.id !== 'string' || typeof value.source !== 'string' || !isAbsolute(value.source))
      return null
    return value.files.every(isSound) ? (value as ArchiveManifest) : null
  } catch {
    return null
  }
}

function isSound(file: Partial<ArchivedFile>): boolean {
  const { path, target, size, sha256, mtimeNs, mode, proofs } = file
  return (
    typeof path === 'string' &&
    isAbsolute(path) &&
    typeof target === 'string' &&
    Number.isSafeInteger(size) &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    typeof mtimeNs === 'string' &&
    /^\d+$/.test(mtimeNs) &&
    Number.isSafeInteger(mode) &&
    Array.isArray(proofs)
  )
}
