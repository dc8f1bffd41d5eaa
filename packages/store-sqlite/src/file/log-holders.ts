import { readFileSync } from 'node:fs'
import type { LogHolder } from '@faircopy/store-core'
import { statOrNull } from './location.ts'
import { programName } from './program-name.ts'

/** Where SQLite locks the `-shm` for those that read a state of the log. */
const FIRST_READER = 123
const LAST_READER = 127

/**
 * The processes that read the store at this moment, by the kernel's list of locks: one that stays in its transaction
 * keeps the log from being taken in. Null where there is no such list. One in another container may not be in it.
 */
export function logHolders(path: string): readonly LogHolder[] | null {
  const index = statOrNull(`${path}-shm`)
  let locks: string
  try {
    locks = readFileSync('/proc/locks', 'utf8')
  } catch {
    return null
  }
  if (!index) return []
  const place = `${hex(majorOf(index.dev))}:${hex(minorOf(index.dev))}:${index.ino}`
  return readersAt(locks, place).map((pid) => ({ pid, command: programName(pid) }))
}

/** The ids of the processes that hold a reader's lock on a file, out of the text of `/proc/locks`. */
function readersAt(locks: string, place: string): readonly number[] {
  const pids = locks.split('\n').flatMap((line) => {
    const [, pid, at, from, to] = /POSIX +ADVISORY +\w+ +(\d+) (\S+) (\d+) (\d+)$/.exec(line) ?? []
    const reads = at === place && Number(from) <= LAST_READER && Number(to) >= FIRST_READER
    return reads ? [Number(pid)] : []
  })
  return [...new Set(pids)]
}

function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & ~0xffn)
}

function hex(value: bigint): string {
  return value.toString(16).padStart(2, '0')
}
