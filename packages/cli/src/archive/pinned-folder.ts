import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { syncFolder } from '../files/sync-files.ts'
import { CliError } from '../process/cli-error.ts'

/** A folder that names can be used in; on Linux it stays this one, whatever becomes of the way to it. */
export interface PinnedFolder {
  /** To be joined with a name; not for people. */
  readonly path: string
  readonly close: () => Promise<void>
}

const FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0)

/** Where a folder that is held open has a name of its own, so that each step is taken from the one before. */
const HELD = '/proc/self/fd'
const canHold = process.platform === 'linux' && existsSync(HELD)

/**
 * Finds a folder within another without following a link on the way; null where there is none, unless it is to be made,
 * for its owner only. The way to `root` itself is its namer's own. Fails with `LINK_REFUSED`.
 *
 * @param within relative to `root`; `.` is the root
 */
export async function pinFolder(
  root: string,
  within: string,
  { make }: { readonly make: boolean },
): Promise<PinnedFolder | null> {
  const names = within.split(sep).filter((name) => name !== '' && name !== '.')
  if (make) await mkdir(root, { recursive: true, mode: 0o700 })
  try {
    return canHold ? await hold(root, names, make) : await look(root, names, make)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function hold(root: string, names: readonly string[], make: boolean): Promise<PinnedFolder> {
  let folder: FileHandle = await open(root, FOLDER)
  try {
    for (const [i, name] of names.entries()) {
      const here = `${HELD}/${folder.fd}`
      if (make) await makeIn(here, name)
      const next = await open(join(here, name), FOLDER | constants.O_NOFOLLOW).catch((error) => {
        if (error.code !== 'ELOOP' && error.code !== 'ENOTDIR') throw error
        throw linkRefused(join(root, ...names.slice(0, i + 1)))
      })
      await folder.close()
      folder = next
    }
  } catch (error) {
    await folder.close()
    throw error
  }
  const held = folder
  return { path: `${HELD}/${held.fd}`, close: () => held.close() }
}

async function look(root: string, names: readonly string[], make: boolean): Promise<PinnedFolder> {
  let path = await realpath(root)
  for (const name of names) {
    if (make) await makeIn(path, name)
    path = join(path, name)
    if (!(await lstat(path)).isDirectory()) throw linkRefused(path)
  }
  return { path, close: async () => {} }
}

async function makeIn(folder: string, name: string): Promise<void> {
  try {
    await mkdir(join(folder, name), { mode: 0o700 })
    await syncFolder(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** What stands in the way is named, and nothing beyond it was touched. */
export function linkRefused(path: string): CliError {
  return new CliError(
    'LINK_REFUSED',
    `${path} is a link, or no folder or file of its own; it was not followed.`,
    {
      advice: 'Nothing beyond it was touched. Put what it leads to in its place, and run the command again.',
    },
  )
}
