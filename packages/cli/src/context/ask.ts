import { createInterface } from 'node:readline/promises'
import type { Io } from '../process/io.ts'
import type { Context } from './context.ts'

/** Asks a person a question and resolves with the trimmed answer; null where none is coming any more. */
export type Ask = (question: string) => Promise<string | null>

/** Whether somebody sits at a terminal who can be asked. */
export function isInteractive({ stdin, stdout, stderr }: Io): boolean {
  return stdin?.isTTY === true && stdout.isTTY === true && stderr.isTTY === true
}

/**
 * Lets a person be asked on stderr, and answer on stdin. Whatever was written before a question is shown before it. Fails
 * with the signal's reason when it is aborted.
 */
export async function asking<T>(
  { io, out, err }: Pick<Context, 'io' | 'out' | 'err'>,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  if (!io.stdin) throw new Error('nobody can be asked without a stdin')
  const ended = new AbortController()
  // The terminal edits the line itself and turns Ctrl-C into the signal that `io.signal` stands for.
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: false })
  lines.once('close', () => ended.abort())
  const signal = AbortSignal.any([io.signal, ended.signal])
  try {
    return await work(async (question) => {
      await out.flush()
      await err.flush()
      try {
        return (await lines.question(question, { signal })).trim()
      } catch (error) {
        await err.write('\n')
        io.signal.throwIfAborted()
        if (ended.signal.aborted) return null
        throw error
      }
    })
  } finally {
    lines.close()
  }
}
