import { randomBytes } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { statOrNull, syncFolder } from '../file/location.ts'
import type { ProcessIdentity } from '../file/process-identity.ts'
import { RestoreRefused } from './restore-refused.ts'
import { STORE_FILES } from './store-files.ts'

const VERSION = 1
const NAME = 'manifest.json'
/** What a manifest is called once its store is back. */
const UNDONE = 'undone.json'

/** A file that a restore puts aside. */
export interface AsideFile {
  /** What it was called beside the store, and is in the folder of the manifest. */
  readonly name: string
  readonly bytes: number
  /** Hex; null where it could not be read. */
  readonly sha256: string | null
}

/** What a restore, or its undo, was about to do, written and synced before anything is moved. Every name is one beside the store. */
export interface RestoreManifest {
  readonly faircopyRestore: typeof VERSION
  /** Epoch ms. */
  readonly at: number
  /** The process at work on it. */
  readonly by: ProcessIdentity
  /** The store's own name. */
  readonly store: string
  /** What was there, the store itself first where there was one. */
  readonly files: readonly AsideFile[]
  /** Of a restore: where the backup was, and its bytes. */
  readonly backup: { readonly path: string; readonly bytes: number; readonly sha256: string } | null
  /** Of a restore: the checked copy that comes in its place. */
  readonly comes: string | null
  /** Of an undo: the folder whose files come back. */
  readonly undoes: string | null
}

/** A name for a folder beside a store that nothing else has. */
export function asideName(store: string, at: number): string {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${store}.aside-${time}-${randomBytes(4).toString('hex')}`
}

/** Writes a manifest into its folder, whole and synced. */
export function writeManifest(folder: string, manifest: Omit<RestoreManifest, 'faircopyRestore'>): void {
  const path = join(folder, NAME)
  const handle = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(handle, `${JSON.stringify({ faircopyRestore: VERSION, ...manifest }, null, 2)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  syncFolder(folder)
}

/** A manifest that was named: the folder it is in, what it says, and whether it was undone. Fails with `RestoreRefused`. */
export function namedManifest(path: string): {
  readonly aside: string
  readonly manifest: RestoreManifest
  readonly isUndone: boolean
} {
  const named = resolve(path)
  const name = basename(named)
  const aside = dirname(named)
  if (name !== NAME && name !== UNDONE) throw notAManifest(path)
  if (!statOrNull(aside)?.isDirectory()) throw notAManifest(path)
  const isUndone = statOrNull(join(aside, NAME)) === null && statOrNull(join(aside, UNDONE)) !== null
  return { aside, manifest: readManifest(aside, isUndone ? UNDONE : NAME), isUndone }
}

/** The manifest in a folder. Fails with `RestoreRefused`: what it names would be moved on its word. */
export function readManifest(aside: string, name: string = NAME): RestoreManifest {
  const path = join(aside, name)
  try {
    const handle = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const value = JSON.parse(readFileSync(handle, 'utf8')) as Partial<RestoreManifest>
      if (isSound(value) && basename(aside).startsWith(`${value.store}.aside-`)) return value
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw notAManifest(path, error)
  }
  throw notAManifest(path)
}

/** The manifest in a folder; null where there is none that can be read. */
export function manifestOrNull(aside: string): RestoreManifest | null {
  try {
    return readManifest(aside)
  } catch {
    return null
  }
}

/** What a manifest is called, and what once its store is back. */
export function undoneName(aside: string): readonly [from: string, to: string] {
  return [join(aside, NAME), join(aside, UNDONE)]
}

function notAManifest(path: string, cause?: unknown): RestoreRefused {
  return new RestoreRefused(
    'not-a-manifest',
    `${path} is no manifest of a restore that this version reads`,
    cause,
  )
}

function isSound(value: Partial<RestoreManifest>): value is RestoreManifest {
  const { faircopyRestore, at, by, store, files, backup, comes, undoes } = value
  if (typeof by?.host !== 'string' || !Number.isSafeInteger(by.pid)) return false
  if (faircopyRestore !== VERSION || !Number.isSafeInteger(at) || !isName(store)) return false
  if (!Array.isArray(files) || !(files as readonly Partial<AsideFile>[]).every((file) => isFile(file, store)))
    return false
  if (comes !== null && !(isName(comes) && comes.startsWith(`${store}.`) && comes.endsWith('.restoring')))
    return false
  if (undoes !== null && !(isName(undoes) && undoes.startsWith(`${store}.aside-`))) return false
  if ((comes === null) === (undoes === null)) return false
  return backup === null || (typeof backup?.path === 'string' && typeof backup.sha256 === 'string')
}

function isFile({ name, bytes, sha256 }: Partial<AsideFile>, store: string): boolean {
  return (
    STORE_FILES.some((suffix) => name === store + suffix) &&
    Number.isSafeInteger(bytes) &&
    (sha256 === null || (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)))
  )
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)
}
