import { execFile } from 'node:child_process'

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
const paths = process.argv.slice(1)
try {
  for (let i = 0; i < paths.length; i += 2) {
    try {
      copyFileSync(paths[i], paths[i + 1], constants.COPYFILE_FICLONE)
      chmodSync(paths[i + 1], 0o600)
    } catch (error) {
      if (error.code !== 'ENOENT' || i === 0) throw error
    }
  }
} catch (error) {
  process.stdout.write(String(error.code))
  process.exitCode = 1
}`

/**
 * Copies files in a child process, readable by their owner only. In this one, closing the handles would drop every
 * POSIX lock that a connection of ours holds on them. Clones blocks where the file system can. Fails with
 * {@link CopyFailed}.
 */
export function copyFiles(pairs: readonly (readonly [from: string, to: string])[]): Promise<void> {
  const env = { ...process.env, NODE_OPTIONS: '' }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', PROGRAM, '--', ...pairs.flat()], { env }, (error, stdout) => {
      if (error) reject(new CopyFailed(/^E[A-Z0-9]+$/.test(stdout) ? stdout : String(error.code), error))
      else resolve()
    })
  })
}
