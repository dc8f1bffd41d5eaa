import type { Certificate } from './terms/certificate.ts'
import type { MergeRun } from './terms/merge-run.ts'
import type { AmbiguousReason, Verdict } from './terms/verdict.ts'

/** Entries, `session_meta` aside. Unless `ambiguous`, `legacy = added + matched`. */
export interface ReconciliationCounts {
  readonly canonical: number
  readonly legacy: number
  /** Length of the merge, `null` for `ambiguous` and `unreadable`. */
  readonly merged: number | null
  /** Legacy entries that join. */
  readonly added: number
  /** Legacy entries that were there already, live or withdrawn. */
  readonly matched: number
}

/** What {@link reconcile} found out. */
export interface Reconciliation {
  readonly verdict: Verdict
  /** Only, and always, for `ambiguous`. */
  readonly reason?: AmbiguousReason
  /** The merge, `session_meta` included; `null` for `ambiguous` and `unreadable`: the canonical witness stands. */
  readonly merge: readonly MergeRun[] | null
  readonly counts: ReconciliationCounts
  /**
   * Indices of legacy entries that matched canonical history and stay there; not part of the merge. Empty where the
   * order is not known.
   */
  readonly withdrawn: readonly number[]
  /** How many blocks of the canonical witness are a stutter. Only with verdict `kept`. */
  readonly stutter?: number
  /** Indices of canonical entries that a stutter repeated and that become history; not part of the merge. */
  readonly repeats: readonly number[]
  /** Indices of legacy `session_meta` whose payload another one tells already; not part of the merge. */
  readonly absorbed: readonly number[]
  /** What `session_meta` and members of matched entries would change; all zero: nothing but the merge. */
  readonly gains: ReconciliationGains
  /** Whether a matched pair vouches that these are two tellings of one conversation; `archive` demands it. */
  readonly anchored: boolean
  readonly certificate: Certificate
}

/** What matched pairs would give the canonical witness. Only certain pairs count. */
export interface ReconciliationGains {
  /** Pairs whose legacy entry has a member that the canonical one lacks. */
  readonly fields: number
  /** Pairs that disagree on a member, or bear one id and say different things. */
  readonly conflicts: number
  /** `session_meta` payloads that only the legacy witness has. */
  readonly payloads: number
}
