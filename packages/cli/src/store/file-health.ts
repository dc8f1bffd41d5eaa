import { lstat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LogHolder } from '@faircopy/store-core'
import { bytesText } from '../text/bytes-text.ts'
import { shellWord } from '../text/shell-word.ts'
import { shortPath } from '../text/short-path.ts'
import type { HealthFinding } from './health-finding.ts'

const MIB = 1024 * 1024
/** A log is taken in at 8 MiB; one that is far beyond is kept from it by a reader that never ends. */
const LARGE_LOG = 256 * MIB
/** On a disk that the log may fill, one is large that has more than is left. */
const LOG_ON_SMALL_DISK = 10 * MIB
const LITTLE_ROOM = 256 * MIB

/**
 * What of a store's files and their place is not as it should be. Only names are looked at, nothing is opened.
 *
 * @param holders who reads the store at this moment, where that is known
 */
export async function fileFindings(path: string, holders: readonly LogHolder[]): Promise<HealthFinding[]> {
  const file = await lstat(path)
  const log = await lstat(`${path}-wal`).catch(() => null)
  const room = await freeBytes(dirname(path))
  const findings = process.platform === 'win32' ? [] : await modeFindings(path)
  if (file.nlink > 1) {
    findings.push({
      code: 'hard-links',
      detail: `The file has ${file.nlink} names: whoever uses another one writes past this one's log.`,
      mend: `find them: find / -xdev -samefile ${shellWord(path)}; stop whoever uses them, and remove all but one`,
    })
  }
  const fillsDisk = log !== null && room !== null && log.size > LOG_ON_SMALL_DISK && log.size > room
  if (log && (log.size > LARGE_LOG || fillsDisk)) {
    const named = holders.map(({ pid, command }) => `process ${pid}${command ? ` (${command})` : ''}`)
    findings.push({
      code: 'large-log',
      detail: `The write-ahead log has ${bytesText(log.size)}: ${
        named.length === 0
          ? 'some process kept reading an old state, or was killed'
          : `${named.join(', ')} reads it now, maybe an old state`
      }.`,
      mend:
        named.length === 0
          ? 'the next write takes the log in, which needs no room; until then keep it with the file'
          : `end ${named.length === 1 ? 'that process' : 'those processes'}, or wait until the reading is done; the next write takes the log in, which needs no room`,
    })
  }
  const wanted = LITTLE_ROOM + (log?.size ?? 0)
  if (room !== null && room < wanted) {
    findings.push({
      code: 'low-disk-space',
      detail: `Its disk has ${bytesText(room)} left.`,
      mend: 'free space on the disk; deleting from the store needs space itself',
    })
  }
  return findings
}

/** Bytes that are free for us on the disk of a folder; null where the system does not say. */
export async function freeBytes(folder: string): Promise<number | null> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  )
}

async function modeFindings(path: string): Promise<HealthFinding[]> {
  const findings: HealthFinding[] = []
  for (const name of [path, `${path}-wal`, `${path}-shm`, `${path}.search`, `${path}.search-wal`]) {
    const stats = await lstat(name).catch(() => null)
    if (!stats || (stats.mode & 0o077) === 0) continue
    findings.push({
      code: 'file-mode',
      detail: `${shortPath(name)} has mode ${octal(stats.mode)}: others than its owner may use it.`,
      mend: `chmod 600 ${shellWord(name)}`,
    })
  }
  const folder = dirname(path)
  const stats = await lstat(folder)
  // Who may write into the folder can put another file in the store's place; who may only look in can't read it.
  if ((stats.mode & 0o022) !== 0 && (stats.mode & 0o1000) === 0) {
    findings.push({
      code: 'folder-mode',
      detail: `${shortPath(folder)} has mode ${octal(stats.mode)}: others may put files in the store's place.`,
      mend: `chmod 700 ${shellWord(folder)}`,
    })
  }
  return findings
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
