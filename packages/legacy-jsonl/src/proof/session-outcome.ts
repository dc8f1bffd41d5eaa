import { NO_LINES } from '../ledger/line-counts.ts'
import type { Note } from '../ledger/note.ts'
import type { Decided } from './decided-before.ts'
import type { ProvenSession } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'
import type { SessionVerification } from './source-verification.ts'

/** The witnesses of a session, as they were read. */
export interface Sides {
  readonly database: ProvenWitness | null
  readonly file: ProvenWitness | null
}

/** What a proof of a session's witnesses came to. */
export interface Outcome extends Pick<SessionVerification, 'lines' | 'rows' | 'redacted' | 'certificates'> {
  readonly basis?: Basis
}

/** What its witnesses rest on. */
export interface Basis {
  readonly known: ProvenSession
  readonly note: Note
  readonly decided: Decided | null
  /** Lines that stand nowhere. */
  readonly withheld: number
}

/** The outcome where nothing could be looked for. */
export const NOTHING: Outcome = {
  lines: NO_LINES,
  rows: { total: 0, stored: 0 },
  redacted: 0,
  certificates: { proven: 0, bygone: 0 },
}
