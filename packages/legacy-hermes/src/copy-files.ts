import { type ChildProcess, spawn } from 'node:child_process'
import { resolve as absolute } from 'node:path'

/** A copy that failed: the system's error code, and where known which file it was about. */
export class CopyFailed extends Error {
  readonly code: string
  constructor(code: string, cause?: unknown) {
    super(`copying failed with ${code}`, { cause })
    this.name = 'CopyFailed'
    this.code = code
  }
}

/** A file vanishing between being seen and being copied is a change like any other: the stamps tell. */
const PROGRAM = `
const { chmodSync, constants, copyFileSync } = require('node:fs')
process.umask(0o077)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
process.on('message', (paths) => {
  try {
    for (let i = 0; i < paths.length; i += 2) {
      try {
        copyFileSync(paths[i], paths[i + 1], constants.COPYFILE_FICLONE)
        chmodSync(paths[i + 1], 0o600)
      } catch (error) {
        if (error.code !== 'ENOENT' || i === 0) throw error
      }
    }
    process.send(null)
  } catch (error) {
    process.send(String(error.code))
  }
})`

/** For so long the child of one copy is there for the next. */
const IDLE_MS = 2000

/** Copies one after the other in one child process, which ends with this one, or once nothing was copied for a while. */
class Copier {
  readonly #child: ChildProcess
  readonly #waiting: ((failed: CopyFailed | null) => void)[] = []
  #idle: NodeJS.Timeout | undefined

  constructor() {
    const env = { ...process.env, NODE_OPTIONS: '' }
    this.#child = spawn(process.execPath, ['-e', PROGRAM], {
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (code: string | null) =>
      this.#answer(code === null ? null : new CopyFailed(code)),
    )
    this.#child.on('error', (error: NodeJS.ErrnoException) =>
      this.#end(new CopyFailed(String(error.code), error)),
    )
    this.#child.on('exit', (code, signal) => this.#end(new CopyFailed(signal ?? `exit status ${code}`)))
  }

  copy(paths: readonly string[]): Promise<void> {
    clearTimeout(this.#idle)
    this.#child.ref()
    this.#child.channel?.ref()
    return new Promise((resolve, reject) => {
      this.#waiting.push((failed) => (failed ? reject(failed) : resolve()))
      this.#child.send(paths, (error) => error && this.#end(new CopyFailed('EPIPE', error)))
    })
  }

  #answer(failed: CopyFailed | null): void {
    this.#waiting.shift()?.(failed)
    if (this.#waiting.length > 0) return
    this.#child.unref()
    this.#child.channel?.unref()
    this.#idle = setTimeout(() => this.#end(null), IDLE_MS).unref()
  }

  #end(failed: CopyFailed | null): void {
    if (copier === this) copier = null
    clearTimeout(this.#idle)
    if (this.#child.connected) this.#child.disconnect()
    for (const answer of this.#waiting.splice(0)) answer(failed)
  }
}

let copier: Copier | null = null

/**
 * Copies files in a child process, readable by their owner only. In this one, closing the handles would drop every
 * POSIX lock that a connection of ours holds on them. Clones blocks where the file system can. Fails with
 * {@link CopyFailed}.
 */
export function copyFiles(pairs: readonly (readonly [from: string, to: string])[]): Promise<void> {
  copier ??= new Copier()
  // The child has the folder in which this process was when it began.
  return copier.copy(pairs.flat().map((path) => absolute(path)))
}
