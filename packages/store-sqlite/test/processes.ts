import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A script of `processes/` as it was bundled before the tests, with the sources as they are. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(`../.cache/bundled/programs/${name.replace(/ts$/, 'js')}`, import.meta.url))
}

/** Runs a script of `processes/` to its end and gives what it printed. Throws if it failed. */
export function script(name: string, ...args: string[]): string {
  return runScript([], name, args)
}

/** The same where Node's permission model allows no thread. */
export function withoutThreads(name: string, ...args: string[]): string {
  const allowed = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons']
  return runScript(['--permission', ...allowed], name, args)
}

function runScript(flags: readonly string[], name: string, args: readonly string[]): string {
  const command = [...flags, pathOf(name), ...args]
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0 && signal !== 'SIGKILL') throw new Error(`${name} ended with ${status}: ${stderr}`)
  return stdout
}

/** A running script, and everything it printed once it has ended. */
export interface Running {
  readonly process: ChildProcess
  /** Resolves at the first complete line that holds `text`. */
  readonly saw: (text: string) => Promise<void>
  readonly ended: Promise<{
    readonly lines: readonly Told[]
    readonly status: number | null
    readonly stderr: string
  }>
}

/** One line of a script's account. */
export interface Told {
  readonly open?: true
  readonly asked?: string
  readonly acked?: string
  readonly seq?: number
  readonly failed?: string
  readonly code?: string
  readonly outcome?: string
  readonly closed?: true
  readonly [more: string]: unknown
}

/** Starts a script, under `prefix` (strace, prlimit, …) if given. */
export function start(name: string, args: readonly string[], prefix: readonly string[] = []): Running {
  const [command = '', ...rest] = [...prefix, process.execPath, pathOf(name), ...args]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const saw = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (linesOf(stdout).some((line) => line.includes(text))) {
          listeners.delete(look)
          resolve()
        }
      }
      listeners.add(look)
      child.once('close', () => reject(new Error(`${name} ended without "${text}": ${stderr}`)))
      look()
    })
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.once('close', (status) => {
      const lines = linesOf(stdout).map((line) => JSON.parse(line) as Told)
      resolve({ lines, status, stderr })
    })
  })
  return { process: child, saw, ended }
}

/** Complete lines only: a killed process may leave a torn one. */
function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}
