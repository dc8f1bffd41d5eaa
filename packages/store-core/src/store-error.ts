import { visibleText } from './visible-text.ts'

/**
 * What became of the write that failed (S3).
 *
 * - `not-stored`: nothing of the call is stored, and nothing of it will appear later.
 * - `unknown`: the write may or may not be stored (an I/O error at commit, a lost connection). Retrying with the
 *   same idempotency key is safe and tells.
 */
export type WriteOutcome = 'not-stored' | 'unknown'

/** Every code a store may fail with. Codes are stable: branch on them, never on a message. */
export type StoreErrorCode =
  | 'ACCESS_DENIED'
  | 'AMBIGUOUS_ORIGIN'
  | 'CLOCK_FAILED'
  | 'CURSOR_STALE'
  | 'GENERATION_GONE'
  | 'HOLD_FULL'
  | 'INVALID_ARGUMENT'
  | 'INVALID_RECORD'
  | 'KEY_CONFLICT'
  | 'KIND_REFUSED'
  | 'NO_SESSION'
  | 'NOT_A_STORE'
  | 'READ_ONLY'
  | 'RESTORE_REFUSED'
  | 'REVISION_CONFLICT'
  | 'SCHEMA_TOO_NEW'
  | 'SESSION_DELETED'
  | 'SESSION_EXISTS'
  | 'SESSION_FULL'
  | 'STORE_BUSY'
  | 'STORE_CLOSED'
  | 'STORE_CORRUPT'
  | 'STORE_FULL'
  | 'STORE_IO'
  | 'STORE_REPLACED'
  | 'STRANGE_LOG'
  | 'UNSAFE_LOCATION'
  | 'UNSUPPORTED_RUNTIME'

/** The facts of a failure. */
export interface StoreErrorDetails {
  /** Defaults to `not-stored`. */
  readonly outcome?: WriteOutcome
  /** Whether the same call may succeed later without anybody doing anything. Defaults to false. */
  readonly retryable?: boolean
  /** What to do next, one sentence. */
  readonly advice: string
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

  constructor(code: StoreErrorCode, message: string, details: StoreErrorDetails) {
    const advice = visibleText(details.advice)
    const cause = details.cause === undefined ? undefined : { cause: details.cause }
    super(`${visibleText(message)} ${advice}`, cause)
    this.name = new.target.name
    this.code = code
    this.outcome = details.outcome ?? 'not-stored'
    this.retryable = details.retryable ?? false
    this.advice = advice
    Object.defineProperty(this, MARK, { value: true })
  }

  /** Whether `error` is one of the contract's, also when it was thrown by another copy of this package. */
  static is(error: unknown): error is StoreError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[MARK] === true
  }
}
