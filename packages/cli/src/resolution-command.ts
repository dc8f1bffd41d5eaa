import type { SessionAddress } from '@faircopy/store-core'
import { sessionArguments } from './session-name.ts'

/** The command that shows an undecided session, and with a choice decides it. */
export function resolutionCommand(session: Required<SessionAddress>): string {
  return `faircopy resolve ${sessionArguments(session)}`
}
