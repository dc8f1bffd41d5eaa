import { spawnSync } from 'node:child_process'

const FOLLOWING = ['-f', '-qq']

/** Whether strace can attach here. */
export const hasStrace: boolean = tries([])

// Lets the kernel stop the program at the calls that are traced alone, which takes a third of the time.
const filtering = hasStrace && tries(['--seccomp-bpf']) ? ['--seccomp-bpf'] : []

/**
 * The beginning of a command line that runs a program under strace.
 *
 * @param calls the calls that are looked at, as strace names them
 * @param options what becomes of them, and of which files
 * @param log where they are written
 */
export function strace(calls: string, options: readonly string[], log = '/dev/null'): string[] {
  // Under the kernel's filter the signal of an injection is lost.
  const signals = options.some((option) => option.includes('signal='))
  return [
    'strace',
    ...FOLLOWING,
    ...(signals ? [] : filtering),
    '-o',
    log,
    '-e',
    `trace=${calls}`,
    ...options,
  ]
}

function tries(options: readonly string[]): boolean {
  const command = [...FOLLOWING, ...options, '-o', '/dev/null', '-e', 'trace=fsync', 'true']
  const { status, stderr } = spawnSync('strace', command)
  return status === 0 && stderr.length === 0
}
