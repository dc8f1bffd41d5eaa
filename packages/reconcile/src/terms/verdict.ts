/**
 * What is known about the order of two histories. Judged in this order; `session_meta` aside.
 *
 * - `unreadable`: neither witness has an entry.
 * - `imported`: the canonical witness is empty, every legacy entry joins.
 * - `identical`: both tell the same entries in the same order.
 * - `kept`: the canonical witness tells everything the legacy one does, in that order.
 * - `extended`: in the one shortest merge the legacy witness alone adds, or what it adds stands behind the canonical one.
 * - `merged`: in the one shortest merge each witness adds something, and not all that the legacy one adds is at its end.
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
