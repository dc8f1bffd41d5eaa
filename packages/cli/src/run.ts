import { setImmediate as turn } from 'node:timers/promises'
import { CommanderError } from 'commander'
import type { GlobalOptions } from './context/context.ts'
import { databasePath } from './context/database-path.ts'
import { StreamSink } from './files/stream-sink.ts'
import { UsageError } from './process/cli-error.ts'
import { ExitCode } from './process/exit-code.ts'
import { Interrupted } from './process/interrupted.ts'
import type { Io } from './process/io.ts'
import { program } from './program.ts'
import type { Failure } from './reports/failure.ts'
import { inkFor } from './text/ink.ts'

/**
 * Runs one command line and resolves with the exit code; it never rejects and never ends the process.
 *
 * A failure is told on stderr in two lines, its code and what happened, then what to do; with `--json` also on stdout,
 * as the last line: `{"error":{"code","outcome","message","advice"}}`. Neither holds transcript text or a stack trace.
 *
 * @param argv the arguments without node and the script
 *
 * @example
 * ```ts
 * import { run } from 'faircopy'
 *
 * const exitCode = await run(['list', '--db', '/tmp/transcripts.db'], {
 *   stdout: process.stdout,
 *   stderr: process.stderr,
 *   env: process.env,
 *   signal: new AbortController().signal,
 * })
 * console.log(exitCode)
 * ```
 */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const out = new StreamSink(io.stdout)
  const err = new StreamSink(io.stderr)
  let exitCode: ExitCode = ExitCode.done
  const parser = program(io, { out, err, done: (code) => (exitCode = code) })
  try {
    await parser.parseAsync(argv, { from: 'user' })
    // A signal that came while the last of it was done is heard in a whole turn of the event loop: what is left of this
    // one, and the next.
    await turn()
    await turn()
    io.signal.throwIfAborted()
    await out.flush()
    await err.flush()
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return finish(ExitCode.done, out, err)
    const { failureOf } = await import('./reports/failure.ts')
    const { namingStore, storeToName } = await import('./context/next-command.ts')
    const isTold = error instanceof Interrupted || !io.signal.aborted
    const told = failureOf(isTold ? asUsage(error) : io.signal.reason)
    const { db } = parser.opts<GlobalOptions>()
    const store = storeToName({ databasePath: databasePath(db || undefined, io.env), io })
    const failure = { ...told, advice: namingStore(told.advice, store) }
    if (argv.includes('--json')) await out.write(`${out.isAtLineStart ? '' : '\n'}${jsonOf(failure)}\n`)
    const ink = inkFor(io.stderr)
    await err.write(`${ink.red(failure.code)}: ${ink.plain(failure.message)}\n${ink.plain(failure.advice)}\n`)
    return finish(failure.exitCode, out, err)
  }
}

/** What remains to be said is said if it still can be. */
async function finish(exitCode: ExitCode, out: StreamSink, err: StreamSink): Promise<ExitCode> {
  await out.flush().catch(() => {})
  await err.flush().catch(() => {})
  return exitCode
}

function asUsage(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.code === 'commander.help') return new UsageError('No command was given.')
  const sentence = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return new UsageError(/[.?!)]$/.test(sentence) ? sentence : `${sentence}.`)
}

function jsonOf({ code, outcome, message, advice }: Failure): string {
  return JSON.stringify({ error: { code, outcome, message, advice } })
}
