import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary.ts'

/** A file system of some MiB, or null where one cannot be mounted. */
export function smallDisk(mebibytes = 3): string | null {
  const folder = temporaryFolder()
  const options = `size=${mebibytes}m,mode=0700`
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) return null
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder])
  })
  return folder
}
