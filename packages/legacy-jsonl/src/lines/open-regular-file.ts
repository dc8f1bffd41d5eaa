import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'

/** Why a path is not read. */
export interface NotReadable {
  readonly code: 'unreadable-file' | 'not-a-regular-file' | 'symbolic-link'
  readonly what: string
  readonly cause?: unknown
}

/** A file that is open for reading, with what it is, or why it is not. */
export type OpenedFile =
  | { readonly file: FileHandle; readonly stats: BigIntStats; readonly not?: never }
  | { readonly file?: never; readonly stats?: never; readonly not: NotReadable }

// Windows has neither flag, and neither FIFOs nor such links to fear.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Opens a regular file for reading. Never follows a symbolic link, never waits for the other end of a FIFO, and never
 * opens a device: opening one may already do something.
 */
export async function openRegularFile(path: string | Buffer): Promise<OpenedFile> {
  let file: FileHandle | undefined
  try {
    const seen = await lstat(path)
    if (seen.isSymbolicLink()) return { not: { code: 'symbolic-link', what: 'it is a symbolic link' } }
    if (!seen.isFile()) return { not: NOT_REGULAR }
    file = await open(path, FLAGS)
    const stats = await file.stat({ bigint: true })
    if (stats.isFile()) return { file, stats }
    await file.close()
    return { not: NOT_REGULAR }
  } catch (cause) {
    await file?.close()
    const errno = errnoOf(cause)
    if (errno === 'ELOOP') return { not: { code: 'symbolic-link', what: 'it is a symbolic link', cause } }
    return { not: { code: 'unreadable-file', what: `opening it failed with ${errno}`, cause } }
  }
}

const NOT_REGULAR: NotReadable = { code: 'not-a-regular-file', what: 'it is no regular file' }

/** The name of a system error, such as `EACCES`. */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'an unknown error'
}
