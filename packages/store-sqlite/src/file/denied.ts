import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { AccessDenied, type StoreError, UnsafeLocation, type WriteOutcome } from '@faircopy/store-core'
import { deniedByNode } from '@faircopy/store-core/backend'
import { SIDECARS, statOrNull } from './location.ts'

const ACCESS: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS'])
/** What the system says of a name under which it keeps no file. */
const NO_PLACE: ReadonlySet<unknown> = new Set([
  'EINVAL',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ENODEV',
  'ENOENT',
  'ENOTDIR',
  'ENXIO',
  'EOPNOTSUPP',
])
/** The calls that find or make a file or a folder, and make its name durable. */
const FINDING: ReadonlySet<unknown> = new Set([
  'fsync',
  'lstat',
  'mkdir',
  'open',
  'realpath',
  'scandir',
  'stat',
])
/** What the driver says where it may not read or write a file, or make one beside it. */
const DRIVER = /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/

/**
 * The error for a place that this process may not use, or that can hold no file; null where the cause is another. Neither
 * is mended by a retry, nor by looking at the disk.
 */
export function deniedPlace(error: unknown, path: string, outcome: WriteOutcome): StoreError | null {
  const byNode = deniedByNode(error, outcome)
  if (byNode) return byNode
  if (!(error instanceof Error) || !('code' in error)) return null
  const { code, syscall, path: at = path } = error as NodeJS.ErrnoException
  if (syscall !== undefined && ACCESS.has(code)) return bySystem(`${syscall} ${at}`, code, outcome, error)
  if (FINDING.has(syscall) && NO_PLACE.has(code)) {
    return new UnsafeLocation(
      path,
      `the system can keep no file of that name (${code})`,
      'Name a file in a folder on a local disk.',
      error,
    )
  }
  if (!DRIVER.test(String(code))) return null
  const refused = refusedAccess(path)
  return refused && bySystem(`write ${refused.path}`, refused.code, outcome, error)
}

function bySystem(
  what: string,
  code: string | undefined,
  outcome: WriteOutcome,
  cause: unknown,
): AccessDenied {
  return new AccessDenied(`The system does not let this process ${what} (${code})`, {
    advice:
      code === 'EROFS'
        ? 'Its file system is mounted for reading only, and even a reader needs files beside the store: use a copy elsewhere.'
        : "Give the process's user access to the file and its folder, or run it as their owner.",
    outcome,
    cause,
  })
}

/** What of a store's files and folder this process may not write, as the system says it. */
function refusedAccess(path: string): { readonly path: string; readonly code: string | undefined } | null {
  const { R_OK, W_OK, X_OK } = constants
  const files = [path, ...SIDECARS.map((suffix) => path + suffix)].filter((file) => isThere(file))
  for (const [place, mode] of [
    [dirname(path), W_OK | X_OK] as const,
    ...files.map((file) => [file, R_OK | W_OK] as const),
  ]) {
    try {
      accessSync(place, mode)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (ACCESS.has(code)) return { path: place, code }
    }
  }
  return null
}

function isThere(file: string): boolean {
  try {
    return statOrNull(file) !== null
  } catch {
    return false
  }
}
