import type { SessionRef } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'

/**
 * What a gateway refuses by itself, beside the errors of the store's contract. Codes are stable.
 *
 * - `OTHER_ORIGIN`: the session belongs to another origin.
 * - `SESSION_ENDED`: the session has ended, or another took its place while the call was made.
 * - `TURN_DROPPED`: what the person said was undone, or the turn was dropped.
 * - `TURN_OVER`: the turn was committed or abandoned, or others came after it.
 */
export type GatewayErrorCode = 'OTHER_ORIGIN' | 'SESSION_ENDED' | 'TURN_DROPPED' | 'TURN_OVER'

const SAID: Record<GatewayErrorCode, readonly [what: string, advice: string]> = {
  OTHER_ORIGIN: ['belongs to another origin', 'Ask for it by fromElsewhere, if the person may have it.'],
  SESSION_ENDED: ['is not the one that lives there', 'Open the origin again.'],
  TURN_DROPPED: ['does not say this turn any more', 'Do not send its answer, or begin a turn for it.'],
  TURN_OVER: ['has this turn behind it', 'Begin another turn, or undo what came after.'],
}

const MARK = Symbol.for('@faircopy/gateway/GatewayError')

/** A call that a gateway refuses. Nothing of it is stored. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode
  /** What to do next, one sentence. */
  readonly advice: string

  constructor(code: GatewayErrorCode, session: SessionRef) {
    const [what, advice] = SAID[code]
    super(`Session ${sessionLabel(session)} ${what}. ${advice}`)
    this.name = 'GatewayError'
    this.code = code
    this.advice = advice
    Object.defineProperty(this, MARK, { value: true })
  }

  /** Whether `error` is one of these, also when it was thrown by another copy of this package. */
  static is(error: unknown): error is GatewayError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[MARK] === true
  }
}
