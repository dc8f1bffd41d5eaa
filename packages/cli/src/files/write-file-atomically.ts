import { randomUUID } from 'node:crypto'
import { link, lstat, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError } from '../process/cli-error.ts'
import { FileSink } from './file-sink.ts'
import { syncFolder } from './sync-files.ts'
import type { TextSink } from './text-sink.ts'

/**
 * Writes a file that is there whole or not at all: owner-only, under another name in the same folder first, synced, then
 * put in its place, and the folder synced. Without `force` an existing file is refused (`FILE_EXISTS`), before anything
 * is written and again when it is put in place. What is not a regular file is never replaced.
 */
export async function writeFileAtomically(
  path: string,
  options: { readonly force: boolean },
  write: (sink: TextSink) => Promise<void>,
): Promise<void> {
  await refuseExisting(path, options.force)
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`)
  const file = await open(temporary, 'wx', 0o600)
  try {
    try {
      const sink = new FileSink(file)
      await write(sink)
      await sink.flush()
      await file.sync()
    } finally {
      await file.close()
    }
    if (options.force) await rename(temporary, path)
    else await linkInto(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

async function refuseExisting(path: string, force: boolean): Promise<void> {
  const existing = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!existing) return
  if (!existing.isFile()) {
    throw new CliError('NOT_A_FILE', `${path} is there and is not a regular file.`, {
      advice: 'Name another file.',
    })
  }
  if (!force) throw exists(path)
}

/** A hard link fails where the name is taken by now, which a rename would not. */
async function linkInto(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw exists(path)
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    await refuseExisting(path, false)
    return rename(temporary, path)
  }
  await unlink(temporary)
}

function exists(path: string): CliError {
  return new CliError('FILE_EXISTS', `${path} exists already.`, {
    advice: 'Name another file, or replace it with --force.',
  })
}
