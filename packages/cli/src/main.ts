import { ExitCode } from './process/exit-code.ts'
import { Interrupted } from './process/interrupted.ts'
import { run } from './run.ts'

/**
 * Runs the command line of this process: the first SIGINT or SIGTERM has the command stop, let go of what it holds and
 * take away what it has begun; the second ends the process at once. Both end it by that very signal, as a shell and a
 * supervisor expect it: 130 and 143 to them.
 */
export async function main(): Promise<void> {
  // What the process ends with if its work never comes to an end of its own.
  process.exitCode = ExitCode.failed
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) endBy(new Interrupted(signal))
      controller.abort(new Interrupted(signal))
    })
  }
  process.exitCode = await run(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    signal: controller.signal,
  })
  if (controller.signal.aborted) endBy(controller.signal.reason as Interrupted)
}

/**
 * Ends the process by a signal, behind everything that is to be done at its exit: an exit would wait for a thread at work
 * in the database, which nothing can stop. Where the signal does not end it, as with the first process of a container,
 * the exit goes on.
 */
function endBy({ signal, exitCode }: Interrupted): never {
  process.removeAllListeners(signal)
  process.once('exit', () => process.kill(process.pid, signal))
  process.exit(exitCode)
}
