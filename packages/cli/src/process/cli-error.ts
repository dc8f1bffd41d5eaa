import { visibleText } from '@faircopy/store-core/visible-text'
import { ExitCode } from './exit-code.ts'

/** The facts of a failure of the command line itself. */
export interface CliErrorDetails {
  /** Defaults to `failed`. */
  readonly exitCode?: ExitCode
  /** What to do next, one sentence. */
  readonly advice: string
  readonly cause?: unknown
}

/** A failure that is the command line's own, not the store's. Messages never hold transcript text. */
export class CliError extends Error {
  readonly code: string
  readonly exitCode: ExitCode
  readonly advice: string
  constructor(code: string, message: string, details: CliErrorDetails) {
    super(visibleText(message), details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = code
    this.exitCode = details.exitCode ?? ExitCode.failed
    this.advice = visibleText(details.advice)
  }
}

/** The command was not called as it has to be. */
export class UsageError extends CliError {
  constructor(message: string, advice = 'See faircopy --help.') {
    super('USAGE', message, { exitCode: ExitCode.usage, advice })
  }
}
