import { ExitCode } from './exit-code.ts'
import { Interrupted } from './interrupted.ts'
import { run } from './run.ts'

/**
 * Runs the command line of this process: the first SIGINT or SIGTERM lets the command finish or roll back what it is
 * at, the second ends the process at once.
 */
export async function main(): Promise<void> {
  // What the process ends with if its work never comes to an end of its own.
  process.exitCode = ExitCode.failed
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const interrupted = new Interrupted(signal)
      if (controller.signal.aborted) process.exit(interrupted.exitCode)
      controller.abort(interrupted)
    })
  }
  process.exitCode = await run(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    signal: controller.signal,
  })
}
