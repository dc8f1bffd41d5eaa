import type { SessionReport } from '../ledger/session-report.ts'

/** How far a lazy migration is. */
export interface LegacyProgress {
  /** Whether it is known which sessions the source has. */
  readonly isListed: boolean
  /** Whether all of them were made known to the store. */
  readonly isReady: boolean
  /** Sessions of the source. */
  readonly sessions: number
  /** Those that the store knows, at least without what they say. */
  readonly known: number
  /** Those that were looked at: all that they tell is in the store, or a person has to decide. */
  readonly imported: number
  /** Those that were not yet. */
  readonly waiting: number
}

/**
 * What happens in a lazy migration. Published on the {@link LEGACY_CHANNEL} as well. Codes are stable; there is never
 * any transcript text.
 */
export type LegacyEvent =
  /** The sessions of the source are known. */
  | { readonly type: 'listed'; readonly sessions: number; readonly problems: number }
  /** Every session is known to the store, with its origin, title and times. */
  | { readonly type: 'ready'; readonly sessions: number }
  /** A session was brought in. `wrote`: by this process, and not known before. */
  | { readonly type: 'imported'; readonly report: SessionReport; readonly wrote: boolean }
  /**
   * A session wants a person: it is `ambiguous`, `unreadable`, or `failed`. It works on with what the store has. Told
   * once: of an ambiguous one, by the process that found it out.
   */
  | { readonly type: 'undecided'; readonly report: SessionReport }
  /** A live append came first: where the source ended then is on record, and the import will put it before. */
  | {
      readonly type: 'boundary'
      readonly namespace: string
      readonly id: string
      /** Another process was importing it, or its import failed. */
      readonly why: 'held' | 'failed'
    }
  /** The source can't be read, so nothing proves that it comes before what was appended since. */
  | {
      readonly type: 'no-boundary'
      readonly namespace: string
      readonly id: string
      readonly code: string
      readonly detail: string
    }
  /** The store could not be told of a session; it is tried again with the next call. */
  | {
      readonly type: 'not-known'
      readonly namespace: string
      readonly id: string
      readonly code: string
      readonly detail: string
    }
  /**
   * A call went on before it was known which sessions the source has. What it appended may turn out to be of one whose
   * order can't be proven any more. Told once.
   */
  | { readonly type: 'source-slow' }
  /** The source could not be opened or listed: the store works on without it. */
  | { readonly type: 'source-failed'; readonly code: string; readonly detail: string }

/** The `diagnostics_channel` of lazy migrations: each {@link LegacyEvent} is a message. */
export const LEGACY_CHANNEL = '@faircopy/legacy'
