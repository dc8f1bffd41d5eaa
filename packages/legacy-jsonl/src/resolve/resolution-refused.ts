import type { SessionAddress } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import { RESOLUTION_REFUSALS, type ResolutionRefusal } from './resolution-codes.ts'

/** A decision, or its undo, that was refused. Nothing was written. */
export class ResolutionRefused extends Error {
  readonly code: ResolutionRefusal
  readonly session: SessionAddress
  readonly advice: string

  constructor(code: ResolutionRefusal, session: SessionAddress, detail?: string) {
    const { meaning, step } = RESOLUTION_REFUSALS[code]
    const named = meaning.replace('The session', () => `Session ${sessionLabel(session)}`)
    super(`${detail === undefined ? named : named.replace(/\.$/, () => ` (${detail}).`)} ${step}`)
    this.name = 'ResolutionRefused'
    this.code = code
    this.session = session
    this.advice = step
  }
}
