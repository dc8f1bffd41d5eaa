import { basename } from 'node:path'
import type { SourceChanged, SourceUnreadable } from '@faircopy/legacy-jsonl'
import { StoreError, type StoreErrorCode, type WriteOutcome } from '@faircopy/store-core'
import { deniedByNode } from '@faircopy/store-core/backend'
import { visibleText } from '@faircopy/store-core/visible-text'
import { STORE_COMMANDS } from '../context/code-commands.ts'
import { nextCommand, withCommand } from '../context/next-command.ts'
import { CliError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { systemAdvice, systemErrorName } from '../process/system-error-name.ts'
import { isSessionDamage } from '../store/store-harm.ts'

/** A failure as it is told: in two lines on stderr, and with `--json` as the member `error` of a document. */
export interface Failure {
  /** Stable. Branch on it, never on the message. */
  readonly code: string
  readonly outcome: WriteOutcome
  /** One sentence, without any transcript text. */
  readonly message: string
  /** What to do next. */
  readonly advice: string
  readonly exitCode: ExitCode
}

const STORE_EXITS: { readonly [C in StoreErrorCode]?: ExitCode } = {
  ACCESS_DENIED: ExitCode.configuration,
  INVALID_ARGUMENT: ExitCode.usage,
  STORE_BUSY: ExitCode.busy,
  RESTORE_UNFINISHED: ExitCode.configuration,
  STORE_FULL: ExitCode.io,
  STORE_IO: ExitCode.io,
  UNSAFE_LOCATION: ExitCode.configuration,
  NOT_A_STORE: ExitCode.configuration,
  SCHEMA_TOO_NEW: ExitCode.configuration,
  UNSUPPORTED_RUNTIME: ExitCode.configuration,
}

type SourceError = SourceUnreadable | SourceChanged

const SOURCE_ADVICE: { readonly [C in SourceError['code']]: string } = {
  SOURCE_UNREADABLE: 'Check the path and its permissions.',
  SOURCE_CHANGED: 'Try again.',
}

/** What is told of an error, whatever it is. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) {
    const { code, message, advice, exitCode } = error
    return { code, outcome: 'not-stored', message, advice, exitCode }
  }
  if (StoreError.is(error)) {
    const { code, outcome, advice } = error
    const message = error.message.endsWith(` ${advice}`)
      ? error.message.slice(0, -advice.length - 1)
      : error.message
    const exitCode = isSessionDamage(error) ? ExitCode.findings : (STORE_EXITS[code] ?? ExitCode.failed)
    return { code, outcome, message, advice: storeAdvice(error), exitCode }
  }
  const denied = deniedByNode(error)
  if (denied) return failureOf(denied)
  if (isSourceError(error)) {
    const { code, message, cause } = error
    const advice = systemAdvice(systemErrorName(cause)) ?? SOURCE_ADVICE[code]
    return { code, outcome: 'not-stored', message, advice, exitCode: ExitCode.io }
  }
  if (isSystemError(error)) {
    const where = error.path === undefined ? '' : ` ${visibleText(error.path)}`
    return {
      code: error.code,
      outcome: 'not-stored',
      message: `The system refused ${error.syscall}${where}.`,
      advice: systemAdvice(error.code) ?? 'Check the path, its permissions and the room on its disk.',
      exitCode: ExitCode.io,
    }
  }
  return {
    code: 'UNEXPECTED',
    outcome: 'unknown',
    message: `${nameOf(error)}${placeOf(error)}.`,
    advice: 'This is a fault of faircopy; please report it with these two lines.',
    exitCode: ExitCode.failed,
  }
}

/** What to do about a failure of a store, with the command that does it. */
function storeAdvice(error: StoreError & { readonly manifest?: string }): string {
  return withCommand(error.advice, nextCommand(STORE_COMMANDS[error.code], error))
}

/** By its code, so that a command which reads no source needs nothing of theirs. */
function isSourceError(error: unknown): error is SourceError {
  return error instanceof Error && Object.hasOwn(SOURCE_ADVICE, (error as SourceError).code)
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string; syscall: string } {
  if (!(error instanceof Error)) return false
  const { code, syscall } = error as NodeJS.ErrnoException
  return typeof code === 'string' && typeof syscall === 'string'
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

/** File and line of the topmost frame. A message of an unknown error may quote what it choked on, so it is not told. */
function placeOf(error: unknown): string {
  const frame = /^\s+at .*?([^\s()]+):(\d+):\d+\)?$/m.exec((error as Error | null)?.stack ?? '')
  return frame?.[1] === undefined ? '' : ` at ${basename(frame[1])}:${frame[2]}`
}
