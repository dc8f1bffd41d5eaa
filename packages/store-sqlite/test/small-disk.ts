import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary.ts'

/** How a small disk is made: in memory, or an ext4 in a file, which keeps some room for its own lists. */
type Disk = 'tmpfs' | 'ext4'

/** A file system of so many MiB, or null where one cannot be mounted. */
export function smallDisk(mebibytes = 3, kind: Disk = 'tmpfs'): string | null {
  const folder = temporaryFolder()
  const run = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0
  const image = join(temporaryFolder(), 'disk')
  const isMounted =
    kind === 'tmpfs'
      ? run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', folder)
      : run('truncate', '-s', `${mebibytes}M`, image) &&
        run('mkfs.ext4', '-q', '-m', '0', image) &&
        run('mount', '-o', 'loop', image, folder)
  if (!isMounted) {
    console.warn(`SKIPPED: no ${kind} can be mounted here; a small disk is not tried on it`)
    return null
  }
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder])
  })
  chmodSync(folder, 0o700)
  return folder
}
