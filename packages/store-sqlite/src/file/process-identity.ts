import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { threadId } from 'node:worker_threads'

/** Which process, for good: a pid alone is used again, on another boot, host or container. */
export interface ProcessIdentity {
  readonly host: string
  readonly boot: string
  /** The pid namespace. */
  readonly pids: string
  readonly pid: number
  readonly thread: number
  /** When it started, in the kernel's own count; empty where that cannot be known. */
  readonly started: string
}

/** Something that a process has to itself until it is done with it. */
export interface OwnedWork extends ProcessIdentity {
  readonly token: string
  /** Epoch ms: when it was taken. */
  readonly at: number
}

/** What a process that we can't ask about may take before it counts as gone. */
const LONG_AGO_MS = 7 * 24 * 60 * 60 * 1000

let own: ProcessIdentity | undefined

/** This process and thread. */
export function ownIdentity(): ProcessIdentity {
  own ??= {
    host: hostname(),
    boot: textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    pids: textOf(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    thread: threadId,
    started: startOf(process.pid),
  }
  return own
}

/** What is known of another process. `unknown` where it lives on a machine that we can't ask. */
export function stateOf(other: ProcessIdentity): 'alive' | 'gone' | 'unknown' {
  const self = ownIdentity()
  if (other.host !== self.host) return 'unknown'
  if (other.boot !== self.boot) return other.boot && self.boot ? 'gone' : 'unknown'
  if (other.pids !== self.pids) return 'unknown'
  try {
    process.kill(other.pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'gone' : 'alive'
  }
  const started = startOf(other.pid)
  if (started === 'Z') return 'gone'
  return started === other.started || !started || !other.started ? 'alive' : 'gone'
}

/** The tokens of what this thread is at work on. */
const atWork = new Set<string>()

/** This thread is at work under a token: see {@link isAbandoned}. */
export function beginWork(token: string): void {
  atWork.add(token)
}

/** This thread is not at work under a token any more. */
export function endWork(token: string): void {
  atWork.delete(token)
}

/** Whether nobody is at work on it any more. */
export function isAbandoned(work: OwnedWork, now: number): boolean {
  const self = ownIdentity()
  const state = stateOf(work)
  if (state === 'gone') return true
  if (state === 'unknown') return now - work.at > LONG_AGO_MS
  return work.pid === self.pid && work.thread === self.thread && !atWork.has(work.token)
}

/** The 22nd field of /proc/PID/stat; `Z` for a process that is dead and not yet waited for. */
function startOf(pid: number): string {
  return textOf(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? 'Z' : (fields[19] ?? '')
  })
}

function textOf(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}
