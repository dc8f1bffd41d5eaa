import { type SessionAddress, type SessionRef, sessionAddress } from './session-ref.ts'
import { STORE_CODES, type StoreErrorCode, type WriteOutcome } from './store-codes.ts'
import { visibleText } from './visible-text.ts'

/** The facts of a failure. */
export interface StoreErrorDetails {
  /** What became of the write. What {@link STORE_CODES} says of the code, or else `not-stored`. */
  readonly outcome?: WriteOutcome
  /** Whether the same call may succeed later without anybody doing anything. Defaults to what the code says. */
  readonly retryable?: boolean
  /** What to do next, one sentence. Defaults to the code's step. */
  readonly advice?: string | undefined
  /** The session at fault. */
  readonly session?: SessionRef | null | undefined
  /** The error underneath, kept as it was. */
  readonly cause?: unknown
}

const MARK = Symbol.for('@faircopy/store-core/StoreError')

/**
 * The base of every error of the contract. Messages name sessions, paths, limits and counts, and never a word of a
 * transcript; whatever of a name cannot be seen is spelled out in them.
 *
 * @example
 * ```ts
 * import { StoreError } from '@faircopy/store-core'
 *
 * export function worthRetrying(error: unknown): boolean {
 *   return StoreError.is(error) && (error.retryable || error.outcome === 'unknown')
 * }
 * ```
 */
export abstract class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly outcome: WriteOutcome
  readonly retryable: boolean
  readonly advice: string
  /** The session at fault; absent where it is no single one's failure. */
  declare readonly session?: Required<SessionAddress>

  constructor(code: StoreErrorCode, message: string, details: StoreErrorDetails = {}) {
    const { outcome, retryable, step } = STORE_CODES[code]
    const advice = visibleText(details.advice ?? step)
    const cause = details.cause === undefined ? undefined : { cause: details.cause }
    super(`${visibleText(message)} ${advice}`, cause)
    this.name = new.target.name
    this.code = code
    this.outcome = details.outcome ?? outcome ?? 'not-stored'
    this.retryable = details.retryable ?? retryable ?? false
    this.advice = advice
    if (details.session) this.session = sessionAddress(details.session)
    Object.defineProperty(this, MARK, { value: true })
  }

  /** Whether `error` is one of the contract's, also when it was thrown by another copy of this package. */
  static is(error: unknown): error is StoreError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[MARK] === true
  }
}
