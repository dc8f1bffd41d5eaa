import { open } from 'node:fs/promises'

const AT_ONCE = 16

/** Syncs files to their disk, many at once: a file system makes one journal entry of them. */
export async function syncFiles(paths: readonly string[]): Promise<void> {
  for (let i = 0; i < paths.length; i += AT_ONCE) {
    await Promise.all(paths.slice(i, i + AT_ONCE).map((path) => sync(path, 'r+')))
  }
}

/** Syncs the names in a folder, where the system lets a folder be opened. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await sync(path, 'r')
}

async function sync(path: string, flags: string): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
