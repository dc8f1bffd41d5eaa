import { hostname } from 'node:os'

/** A process that claimed or staged something. */
export interface Owner {
  readonly host: string
  readonly pid: number
}

export const THIS_PROCESS: Owner = { host: hostname(), pid: process.pid }

/** Whether a process is provably gone (S9): one of another host never is. */
export function isGone({ host, pid }: Owner): boolean {
  if (host !== THIS_PROCESS.host) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
