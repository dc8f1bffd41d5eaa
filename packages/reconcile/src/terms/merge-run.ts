/** A stretch of the merge that both witnesses tell: its n-th pair is `canonical + n` and `legacy + n`. */
export interface BothRun {
  readonly from: 'both'
  /** Index of the first entry in the canonical witness. */
  readonly canonical: number
  /** Index of the first entry in the legacy witness. */
  readonly legacy: number
  readonly length: number
  /**
   * Whether every equally short merge pairs these entries. Where it is false the pairing is one of several, so the
   * members of the two entries must not be combined.
   */
  readonly certain: boolean
  /**
   * Only of a `session_meta` (then `length` is 1): the side whose record stands. The other is absorbed, and its index
   * may lie elsewhere in its witness: it need not be read.
   */
  readonly stands?: 'canonical' | 'legacy'
}

/** A stretch of the merge that the canonical witness alone tells. */
export interface CanonicalRun {
  readonly from: 'canonical'
  /** Index of the first entry in the canonical witness. */
  readonly canonical: number
  readonly length: number
}

/** A stretch of the merge that the legacy witness alone tells: these entries join. */
export interface LegacyRun {
  readonly from: 'legacy'
  /** Index of the first entry in the legacy witness. */
  readonly legacy: number
  readonly length: number
}

/**
 * One stretch of a merge, over the indices of the witnesses as they were given. Followed in order, the runs read each
 * witness front to back once.
 */
export type MergeRun = BothRun | CanonicalRun | LegacyRun
