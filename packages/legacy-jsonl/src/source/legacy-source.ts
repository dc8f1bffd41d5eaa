import type { NewSession } from '@faircopy/store-core'
import type { METADATA_LINE, QuarantinedLine } from '@faircopy/store-core/operator'
import type { LegacyEntry } from './legacy-entry.ts'
import type { SourceProblem } from './source-problem.ts'

/** What a witness gives, one after the other, in its own order. */
export type WitnessItem =
  | { readonly as: 'entry'; readonly entry: LegacyEntry }
  /** A line that becomes no entry but tells of the session. It is kept with its bytes. */
  | {
      readonly as: 'metadata'
      readonly line: QuarantinedLine & { readonly reason: typeof METADATA_LINE }
      readonly about?: NewSession
    }
  | { readonly as: 'blank' }
  /** `torn-tail` is its own disposition; every other reason counts as quarantined. */
  | {
      readonly as: 'quarantined'
      readonly line: QuarantinedLine & { readonly reason: SourceProblem['code'] }
      /** For people, where there is more to say than the reason. Never transcript text. */
      readonly detail?: string
    }
  /**
   * No line of its own: something to know about the line that follows, or about the source. `unread`: ids of rows that are
   * there and could not be read, in ranges from and to, both included.
   */
  | {
      readonly as: 'remark'
      readonly problem: SourceProblem
      readonly unread?: readonly (readonly [from: number, to: number])[]
    }

/** One pass over a witness, from its first byte or row to its last. */
export interface WitnessReading extends AsyncIterable<WitnessItem> {
  /**
   * What exactly was read: SHA-256 of the file's bytes, or of the session's rows. Hex. Known once the iteration has
   * come to its end; reading it before throws. It does not depend on where the source lies.
   */
  readonly digest: string
  /** How many bytes of a file were read, known likewise. */
  readonly bytes?: number | undefined
}

/** A history of one session, told by a source. It is read twice: for the plan, and for its bodies. */
export interface LegacyWitness {
  readonly kind: 'file' | 'database'
  /** For people: the file's path, or the database's. */
  readonly path: string
  /** The codec that reads its records. */
  readonly codec: string
  /** The zone in which stamps that name none are read, where one was named. */
  readonly timeZone?: string
  /** Begins a pass. Fails with {@link SourceUnreadable}, or with `SourceChanged` where it changed while it was read. */
  read(): WitnessReading
  /** Whether the source is, by its size, times and identity, still what the last pass read. Cheap. */
  unchanged(): Promise<boolean>
  /**
   * SHA-256 of a file's first bytes, in hex; null where it has fewer. It tells a file that grew from one that was
   * edited. Without it, a file of another digest counts as edited.
   */
  prefixDigest?(bytes: number): Promise<string | null>
}

/** A session that a source knows of, from any of its witnesses or its index. */
export interface LegacySession {
  readonly namespace: string
  readonly id: string
  readonly about: NewSession
  /** The gateway's own database, where it has the session. On a first import it stands as canonical. */
  readonly database: LegacyWitness | null
  readonly file: LegacyWitness | null
  /** Other files that claim the session; which one tells it is settled when they are read. */
  readonly rivals?: readonly LegacyWitness[]
  /** Of what is there, may tell of it, and could not be read: what is told of it otherwise is a part. */
  readonly refused?: readonly SourceProblem[]
}

/**
 * Legacy transcripts that can be imported. It only ever reads: nothing in it is changed, moved or left behind.
 */
export interface LegacySource {
  /** For people. */
  readonly path: string
  /** `hermes`, or the name of the adapter; `jsonl` as long as no single one is known. */
  readonly format: string
  /**
   * Every session in a stable order, once each, or once for each file that claims it, that of its own name first. Bodies
   * are not read.
   */
  sessions(): AsyncIterable<LegacySession>
  /** What was found or passed over while looking; complete once `sessions()` has ended. */
  readonly problems: readonly SourceProblem[]
  /** Lets go of handles and private copies. */
  close(): Promise<void>
}
