import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** SHA-256 over the names and bytes of all files in a folder: equal only if nothing in it changed, came or went. */
export async function folderDigest(folder: string): Promise<string> {
  const digest = createHash('sha256')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) {
    const bytes = await readFile(file)
    digest.update(`${relative(folder, file)}\0${bytes.length}\0`).update(bytes)
  }
  return digest.digest('hex')
}
