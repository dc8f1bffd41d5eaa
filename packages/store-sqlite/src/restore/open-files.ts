import { type BigIntStats, existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { programName } from '../file/program-name.ts'

/** A process that has a file open. */
export interface Holder {
  readonly pid: number
  /** The name of its program, without arguments. */
  readonly command: string
}

/** Who has files open, and what could not be seen. */
export interface Holders {
  readonly holders: readonly Holder[]
  /** Why that may not be all, as a clause; null where every process of this system was looked at. */
  readonly unseen: string | null
}

/** A thread of the kernel, in the flags of its `stat`: it opens no files. */
const KERNEL_THREAD = 0x0020_0000

/**
 * The processes that have any of these files open, this one among them. Opens none of them, so no lock is dropped and no
 * log is folded. Linux alone tells; a process in another container, or on another machine, is never seen.
 */
export async function openBy(files: readonly BigIntStats[]): Promise<Holders> {
  if (process.platform !== 'linux' || !existsSync('/proc/self/fd')) {
    return { holders: [], unseen: 'this system does not tell which files a process has open' }
  }
  const wanted = new Set(files.map(nameOf))
  const holders: Holder[] = []
  let closed = 0
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const found = await hasOpen(pid, wanted)
    if (found === 'unseen') closed++
    else if (found) holders.push({ pid: Number(pid), command: programName(Number(pid)) ?? '?' })
  }
  return { holders, unseen: unseen(closed) }
}

function unseen(closed: number): string | null {
  if (closed > 0)
    return `${closed} ${closed === 1 ? 'process' : 'processes'} may not be looked into by this user`
  return existsSync('/proc/1') ? null : 'the processes of other users are hidden from this one'
}

async function hasOpen(pid: string, wanted: ReadonlySet<string>): Promise<boolean | 'unseen'> {
  const folder = `/proc/${pid}/fd`
  let descriptors: string[]
  try {
    descriptors = await readdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isGone = code === 'ENOENT' || code === 'ESRCH'
    return isGone || (await isKernelThread(pid)) ? false : 'unseen'
  }
  for (const descriptor of descriptors) {
    const stats = await stat(`${folder}/${descriptor}`, { bigint: true }).catch(() => null)
    if (stats && wanted.has(nameOf(stats))) return true
  }
  return false
}

async function isKernelThread(pid: string): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
  if (text === null) return true
  const flags = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[6])
  return (flags & KERNEL_THREAD) !== 0
}

function nameOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}
