import {
  accessSync,
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { InvalidArgument, NotAStore, UnsafeLocation } from '@faircopy/store-core'
import { unsafeFileSystem } from './file-system.ts'
import { guardedBy, RestoreUnfinished } from './restore-guard.ts'

/** The files that SQLite keeps beside a database. */
export const SIDECARS = ['-wal', '-shm', '-journal'] as const

/** Where a store lies, checked. */
export interface Location {
  /** The file itself, with no link on the way. */
  readonly path: string
  /** Whether its file system forbids a WAL and the caller said to go on anyway. */
  readonly unsafeFileSystem: boolean
}

/** The stat of a file, or null where there is none. Never opens it: closing a handle would drop the process's locks (S21). */
export function statOrNull(path: string): BigIntStats | null {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null
}

/** Refuses what SQLite would take for something other than the file of this name. */
export function checkPath(path: string): void {
  if (typeof path !== 'string' || path.trim() === '')
    throw new InvalidArgument('path: expected the name of a file')
  if (path.includes('\0')) throw new InvalidArgument('path: contains NUL')
  if (path.trim() !== path) throw new InvalidArgument('path: begins or ends with white space')
  if (!path.isWellFormed()) throw new InvalidArgument('path: has an unpaired surrogate')
  if (path === ':memory:' || path.startsWith('file:'))
    throw new InvalidArgument('path: names no file; a store is a file')
}

/**
 * Finds the place of a store and refuses an unsafe one before anything is opened (S24). With `create`, a missing
 * folder is made, for the owner only.
 */
export function locate(
  path: string,
  options: {
    readonly create: boolean
    readonly allowUnsafeFileSystem: boolean
    /** A store whose restore was stopped half-way is no error. */
    readonly halfRestored?: boolean
  },
): Location {
  checkPath(path)
  const wanted = resolve(path)
  const folder = dirname(wanted)
  if (!statOrNull(folder)) {
    if (!options.create) throw new NotAStore(wanted, 'there is no such file')
    makeFolder(folder)
  }
  const realFolder = realpathSync(folder)
  checkFolder(realFolder)
  const fileSystem = unsafeFileSystem(realFolder)
  if (fileSystem && !options.allowUnsafeFileSystem) {
    throw new UnsafeLocation(
      wanted,
      `it lies on ${fileSystem}, where processes cannot share a write-ahead log`,
      'Put it on a local disk, or pass allowUnsafeFileSystem to use a rollback journal there.',
    )
  }
  const real = join(realFolder, basename(wanted))
  if (!(options.halfRestored && guardedBy(real))) checkFile(real)
  for (const suffix of SIDECARS) checkFile(real + suffix)
  return { path: real, unsafeFileSystem: fileSystem !== null }
}

/** Creates the file, empty and for the owner only, unless it is there. SQLite gives its other files the same mode. */
export function createFile(path: string): void {
  // Before there is a file: one whose name could not be made durable is not made.
  syncFolder(dirname(path))
  let handle: number
  try {
    handle = openSync(
      path,
      constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_RDWR,
      0o600,
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    throw error
  }
  closeSync(handle)
  chmodSync(path, 0o600)
  syncFolder(dirname(path))
}

/** Fails as the system or Node does where a file may not be written. */
export function checkAccess(path: string): void {
  // The driver is native code, and would write all the same.
  if (process.permission?.has('fs.write', path) === false) {
    const denied = { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemWrite', resource: path }
    throw Object.assign(new Error('fs.write is not allowed'), denied)
  }
  if (statOrNull(path)) accessSync(path, constants.R_OK | constants.W_OK)
}

/** Takes from others what they should never have had. By path: opening a live file would drop our locks (S21). */
export function tighten(path: string): void {
  for (const file of [path, ...SIDECARS.map((suffix) => path + suffix)]) {
    const stat = statOrNull(file)
    if (stat && (stat.mode & 0o177n) !== 0n) chmodSync(file, 0o600)
  }
}

function makeFolder(folder: string): void {
  const missing: string[] = []
  for (let at = folder; !statOrNull(at); at = dirname(at)) missing.push(at)
  for (const at of missing.reverse()) {
    try {
      mkdirSync(at, { mode: 0o700 })
      chmodSync(at, 0o700)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    syncFolder(dirname(at))
  }
}

/** Makes a new name in a folder durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function checkFolder(folder: string): void {
  const stat = lstatSync(folder)
  if (!stat.isDirectory()) throw new UnsafeLocation(folder, 'it is not a folder', 'Name a file in a folder.')
  const me = process.geteuid?.()
  if (me !== undefined && stat.uid !== me && stat.uid !== 0) {
    throw new UnsafeLocation(folder, 'the folder belongs to another user', 'Use a folder of your own.')
  }
  if ((stat.mode & 0o022) !== 0 && (stat.mode & 0o1000) === 0) {
    throw new UnsafeLocation(
      folder,
      'others may write in the folder and could replace the store',
      'Take that from them (chmod go-w), or use another folder.',
    )
  }
}

function checkFile(path: string): void {
  const stat = statOrNull(path)
  if (!stat) return
  if (stat.isSymbolicLink()) {
    const aside = guardedBy(path)
    if (aside !== null) throw new RestoreUnfinished(path, join(dirname(path), aside, 'manifest.json'))
    throw new UnsafeLocation(path, 'it is a symbolic link', 'Name the file that it points to.')
  }
  if (!stat.isFile()) throw new UnsafeLocation(path, 'it is not a regular file', 'Name another file.')
  const me = process.geteuid?.()
  if (me !== undefined && me !== 0 && Number(stat.uid) !== me) {
    throw new UnsafeLocation(path, 'it belongs to another user', 'Use a store of your own.')
  }
}
