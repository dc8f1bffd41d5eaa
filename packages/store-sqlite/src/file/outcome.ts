import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  StoreBusy,
  StoreCorrupt,
  StoreError,
  StoreFull,
  StoreIo,
  StoreReplaced,
  type WriteOutcome,
} from '@faircopy/store-core'
import { deniedPlace } from './denied.ts'

/** What an error of the driver says, by the prefix of its code. */
export type Fault = 'busy' | 'full' | 'io' | 'damage' | 'moved' | 'refused' | 'unknown'

const BY_PREFIX: readonly (readonly [string, Fault])[] = [
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY_DBMOVED', 'moved'],
  // A transient read error that SQLite itself takes for damage: looked into like damage.
  ['SQLITE_IOERR_CORRUPTFS', 'damage'],
  ['SQLITE_IOERR', 'io'],
  ['SQLITE_PROTOCOL', 'io'],
  ['SQLITE_CANTOPEN', 'io'],
  ['SQLITE_CORRUPT', 'damage'],
  ['SQLITE_NOTADB', 'damage'],
  ['SQLITE_READONLY', 'refused'],
  ['SQLITE_PERM', 'refused'],
  ['SQLITE_AUTH', 'refused'],
  ['SQLITE_NOMEM', 'refused'],
  ['SQLITE_CONSTRAINT', 'refused'],
  ['SQLITE_TOOBIG', 'refused'],
  ['SQLITE_MISMATCH', 'refused'],
  ['SQLITE_RANGE', 'refused'],
  ['SQLITE_SCHEMA', 'refused'],
  ['SQLITE_ERROR', 'refused'],
]

const FULL_DISK: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** The fault that an error of the driver or of the file system tells of. */
export function faultOf(error: unknown): Fault {
  const code = codeOf(error)
  // What SQLite says of a damaged number in the file's header, without a code of its own.
  if (code === 'SQLITE_ERROR' && (error as Error).message === 'unsupported file format') return 'damage'
  // An error of the file system itself, met while a file is found, made or looked at.
  if (error instanceof Error && 'syscall' in error) return FULL_DISK.has(code) ? 'full' : 'io'
  return BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'unknown'
}

/** Whether an error means that somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  return faultOf(error) === 'busy'
}

/** The code of an error of the driver or of the file system; empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Where in a write an error came up. Before the commit nothing of it can be stored. */
export type Phase = 'before-commit' | 'commit'

/**
 * The contract's error for one of the driver's (S3). Only an error at commit leaves the outcome unknown, except for a
 * lock or a full disk, where SQLite has taken the transaction back. Codes not listed leave it unknown as well.
 */
export function contractError(error: unknown, path: string, phase: Phase): StoreError {
  if (StoreError.is(error)) return error
  const fault = faultOf(error)
  const outcome: WriteOutcome =
    fault === 'unknown' || (phase === 'commit' && fault !== 'busy' && fault !== 'full')
      ? 'unknown'
      : 'not-stored'
  const denied = deniedPlace(error, path, phase === 'commit' ? 'unknown' : 'not-stored')
  if (denied) return denied
  switch (fault) {
    case 'busy':
      return new StoreBusy(path, 0, error)
    case 'full':
      return new StoreFull(path, freeBytes(path), outcome, error)
    case 'moved':
      return new StoreReplaced(path, 'it was moved')
    case 'damage':
      return new StoreCorrupt(path, outcome, error)
    case 'io': {
      const free = WRITING.has(codeOf(error)) ? freeBytes(path) : null
      return free !== null && free < NEXT_TO_NOTHING
        ? new StoreFull(path, free, outcome, error)
        : new StoreIo(path, outcome, error)
    }
    default:
      return new StoreIo(path, outcome, error)
  }
}

/** Errors of a write, or of what needs room as well: the index of the log. */
const WRITING: ReadonlySet<string> = new Set([
  'SQLITE_IOERR_WRITE',
  'SQLITE_IOERR_SHMSIZE',
  'SQLITE_IOERR_SHMMAP',
])

/** A failed write with less room than this is a full disk, whatever the error number was. */
const NEXT_TO_NOTHING = 1024 * 1024

/** Bytes that are free for us on the disk of a file; null where the system does not say. */
export function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize
  } catch {
    return null
  }
}
