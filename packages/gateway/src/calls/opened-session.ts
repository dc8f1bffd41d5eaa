import type { Origin, Session } from '@faircopy/store-core'
import type { OpenTurn } from '../entries/open-turn.ts'
import type { ResetReason } from '../resets/reset-policy.ts'

/** What an opened session tells whatever happened. */
export interface OpenedFacts {
  readonly session: Session
  /** The origin that leads to it: a mirror that names it reaches this session, and the one that takes its place. */
  readonly route: Origin
  /** Its last turn, if that was neither committed nor abandoned: it runs somewhere, or was cut off. */
  readonly interrupted: OpenTurn | null
}

/** A session and how the messages of an origin came to it. */
export type OpenedSession = OpenedFacts &
  (
    | { readonly what: 'created' | 'continued' }
    /** A new session stands in place of one that is over. */
    | {
        readonly what: 'reset'
        readonly reason: ResetReason
        /** The session that ended. */
        readonly previous: Session
        /** Whether anything was ever said in that one but deliveries. */
        readonly hadActivity: boolean
      }
    /** An earlier session lives again; `previous` ended for it, if one lived. */
    | { readonly what: 'resumed'; readonly previous: Session | null }
  )
