import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** The name of what a process was started as, without its arguments; null where the system does not tell. */
export function programName(pid: number): string | null {
  try {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return basename(program) || null
  } catch {
    return null
  }
}
