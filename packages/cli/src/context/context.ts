import type { TextSink } from '../files/text-sink.ts'
import type { ExitCode } from '../process/exit-code.ts'
import type { Io } from '../process/io.ts'
import type { Ink } from '../text/ink.ts'

/** Options that every command takes. */
export interface GlobalOptions {
  readonly db?: string
  readonly json?: boolean
  readonly namespace?: string
}

/** What a command works with. */
export interface Context {
  readonly io: Io
  /** Of this package. */
  readonly version: string
  /** stdout: data. */
  readonly out: TextSink
  /** stderr: for people. */
  readonly err: TextSink
  /** For `out`. */
  readonly ink: Ink
  readonly json: boolean
  /** Absolute path of the store's file, whether it exists or not. */
  readonly databasePath: string
  /** The namespace that was asked for, if one was. */
  readonly namespace: string | undefined
  readonly signal: AbortSignal
}

/** What a command does, with its own options and the global ones together. */
export type Work<O extends object> = (
  context: Context,
  args: readonly string[],
  options: O,
) => Promise<ExitCode>

/**
 * Makes a command's work an action of the parser. It is loaded when it is to be done: help, completions and mistakes
 * wait for no store, and a command for none of what the others need.
 */
export type Action = <O extends object>(
  load: () => Promise<Work<O>>,
) => (...given: unknown[]) => Promise<void>
