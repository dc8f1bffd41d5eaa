/**
 * What is known about the order of two histories. Judged in this order; `session_meta` aside.
 *
 * - `unreadable`: neither witness has an entry.
 * - `imported`: the canonical witness is empty, every legacy entry joins.
 * - `identical`: both tell the same entries in the same order.
 * - `kept`: the canonical witness tells everything the legacy one does, in that order.
 * - `extended`: the canonical witness is a prefix of the one shortest merge; the legacy tail joins.
 * - `merged`: any other single shortest merge.
 * - `ambiguous`: the order is not known; the canonical witness stands as it is, see {@link AmbiguousReason}.
 */
export type Verdict = 'identical' | 'imported' | 'kept' | 'extended' | 'merged' | 'ambiguous' | 'unreadable'

/**
 * Why an order is not known.
 *
 * - `several-orders`: more than one shortest merge.
 * - `no-evidence`: one shortest merge, but nothing distinctive that both witnesses tell.
 * - `too-different`: the search was given up at its budget.
 */
export type AmbiguousReason = 'several-orders' | 'no-evidence' | 'too-different'
