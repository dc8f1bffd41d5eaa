import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Every name in a folder with its kind, mode, time of change and bytes' digest. */
export function folderState(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { mode, mtimeMs, ino } = lstatSync(path)
      const digest = entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return [relative(folder, path), mode.toString(8), entry.isFile() ? mtimeMs : '', ino, digest].join(' ')
    })
    .sort()
}
