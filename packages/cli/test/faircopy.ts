import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const isDist = process.env['TEST_AGAINST'] === 'dist'

/** Node's arguments for the program. What is bundled was made before the tests, from the sources as they are. */
export const PROGRAM: readonly string[] = [
  fileURLToPath(new URL(isDist ? '../dist/cli.js' : '../.cache/bundled/programs/cli.js', import.meta.url)),
]

/** The same where each module is a file of its own. */
export const PROGRAM_IN_FILES: readonly string[] = isDist
  ? PROGRAM
  : ['--conditions=@faircopy/source', fileURLToPath(new URL('../src/cli.ts', import.meta.url))]

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A module that runs before the program. */
  readonly preload?: URL
  /** What stands on its stdin. Without it there is none. */
  readonly input?: string
  readonly program?: readonly string[]
  readonly onStart?: (child: ChildProcess) => void
}

/** Runs the program in a process of its own and waits for its end. */
export function faircopy(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const preload = options.preload ? [`--import=${options.preload.href}`] : []
  const child = spawn(process.execPath, [...preload, ...(options.program ?? PROGRAM), ...args], {
    env: { ...environment(), ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(options.input)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  options.onStart?.(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      })
    })
  })
}

/** What a shell makes of a process's end: a signal's number and 128. */
export function shellCode({ code, signal }: Pick<Ran, 'code' | 'signal'>): number | null {
  return signal === null ? code : 128 + constants.signals[signal]
}

/** Nothing of the tester's own settings. */
export function environment(): NodeJS.ProcessEnv {
  const { FAIRCOPY_DB, NO_COLOR, FORCE_COLOR, NODE_ENV, CI, ...rest } = process.env
  return rest
}
