import type { LineCounts } from '../ledger/line-counts.ts'
import type { BesideCount } from '../source/source-problem.ts'
import type { SourceFinding } from './source-finding.ts'
import type { WitnessProof } from './witness-proof.ts'

/** What was proven of one session. */
export interface SessionVerification {
  readonly namespace: string
  readonly id: string
  /** Every line and row of it has its place in the store, and the ledger says what was done. */
  readonly proven: boolean
  /** The source has no line and no row of it, though an import read some: then nothing of it is proven. */
  readonly gone: boolean
  /**
   * What became of each line of its file; `imported` are those whose entry an import took from there and from nowhere
   * else. They sum to the total, less the lines that there is a finding about.
   */
  readonly lines: LineCounts
  /** Rows of its database, and those of them that stand in the store. */
  readonly rows: { readonly total: number; readonly stored: number }
  /** Lines and rows of which a text was redacted in the store: it has that text no more, which is no finding (S27). */
  readonly redacted: number
  /** Certificates of the ledger that were proven, and those made for something that can't be read any more. */
  readonly certificates: { readonly proven: number; readonly bygone: number }
  /** Where that was asked for: each of its witnesses, and whether the store could do without it. */
  readonly witnesses: readonly WitnessProof[]
  readonly findings: readonly SourceFinding[]
}

/** What was proven of a source. Holds no transcript text. */
export interface SourceVerification {
  readonly path: string
  readonly format: string
  readonly sessions: readonly SessionVerification[]
  /** Files beside its transcripts: nothing of them was read, and nothing is proven of them. */
  readonly beside: readonly BesideCount[]
  /** How many sessions the store knows of the source of which that tells nothing now: nothing of them is proven. */
  readonly missing: number
  /** Those of the sessions, and those of the source as a whole. None: all of it is proven. */
  readonly findings: readonly SourceFinding[]
}
