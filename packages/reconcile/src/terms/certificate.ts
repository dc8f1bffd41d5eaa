import type { MergeRun } from './merge-run.ts'
import type { AmbiguousReason, Verdict } from './verdict.ts'

/** A matched pair that two unrelated histories would not share by chance; a block is two such pairs side by side. */
export interface Anchor {
  /** `entry`: distinctive and told once by each witness. `block`: it and the next entry, told once as a block. */
  readonly kind: 'entry' | 'block'
  readonly canonical: number
  readonly legacy: number
}

/** The first place where two orders are possible, with both of them. */
export interface ContestedGap {
  /** Two equally short merges of the same stretch that say different things. */
  readonly orders: readonly [readonly MergeRun[], readonly MergeRun[]]
}

/** What became of a `session_meta`: alone, or paired with the one it is; `stands` names whose record remains. */
export interface CertifiedMeta {
  /** Null where the canonical witness has none that it is. */
  readonly canonical: number | null
  readonly legacy: number | null
  readonly stands: 'canonical' | 'legacy'
}

/**
 * What a verdict rests on, fit to be stored and to be checked without the search: `@faircopy/reconcile/check` does.
 * Indices are those of the witnesses as they were given; `runs` are over messages alone, `session_meta` is in `metas`.
 */
export interface Certificate {
  readonly version: 1
  readonly verdict: Verdict
  readonly reason?: AmbiguousReason
  /** The digests the witnesses came with. */
  readonly digests: { readonly canonical: string | null; readonly legacy: string | null }
  /**
   * The merge: what is matched, and who owns each gap between. Of `no-evidence` the one that there would be; otherwise
   * empty where the order is not known.
   */
  readonly runs: readonly MergeRun[]
  /** Length of the shortest merge, `null` where it was not found. */
  readonly length: number | null
  /** Legacy entries that matched canonical history, with the index in it. */
  readonly withdrawn: readonly { readonly legacy: number; readonly history: number }[]
  /** Canonical entries that a stutter repeated. */
  readonly repeats: readonly number[]
  /** Every `session_meta` of a merge, each of both witnesses once; empty where there is no merge. */
  readonly metas: readonly CertifiedMeta[]
  /** Legacy `session_meta` whose payload another one of the legacy witness tells already. */
  readonly absorbed: readonly number[]
  /** The first anchors in order, at most {@link ANCHORS_KEPT}; empty: there is none. */
  readonly anchors: readonly Anchor[]
  /** Only for `several-orders`. */
  readonly contested?: ContestedGap
}

/** How many anchors a certificate names; one is enough to be evidence. */
export const ANCHORS_KEPT: number = 16
