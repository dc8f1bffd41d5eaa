import type { CodeMeaning } from '@faircopy/store-core/backend'

/**
 * How what a store says of a session differs from what its source tells. Stable codes.
 *
 * - `not-in-store`: the store does not have the session.
 * - `deleted`: the store had it, and it was deleted or pruned.
 * - `source-only`, `store-only`: messages that one side has and the other has not.
 * - `withdrawn`: messages that the source still tells and that the store knows as undone or compacted away.
 * - `redacted`: messages of which a text was redacted in the store.
 * - `order`: messages that both have, in another order.
 * - `fields`: the same messages in the same order, some with members that the store lacks or has otherwise.
 * - `undecided`: the source's own witnesses can't be merged, so only its database was compared.
 * - `unreadable`: a side could not be read.
 */
export type DifferenceCode =
  | 'not-in-store'
  | 'deleted'
  | 'source-only'
  | 'store-only'
  | 'withdrawn'
  | 'redacted'
  | 'order'
  | 'fields'
  | 'undecided'
  | 'unreadable'

function remark(meaning: string, step: string): CodeMeaning {
  return { severity: 'remark', meaning, step }
}

/** What each difference between a store and a source means, as `audit` and a shadow compare them. */
export const DIFFERENCE_CODES: { readonly [C in DifferenceCode]: CodeMeaning } = {
  'not-in-store': remark('The store does not have the session: it was not imported.', 'Import the source.'),
  deleted: remark(
    'The store had the session, which was deleted or pruned: no import brings it back.',
    'If that was not meant, undelete it within 30 days of its deletion.',
  ),
  'source-only': remark(
    'Messages that only the source has.',
    'Import the source, which brings what was neither pruned from the store nor withheld.',
  ),
  'store-only': remark(
    'Messages that only the store has: written since, or found by an import elsewhere.',
    'Nothing to do.',
  ),
  withdrawn: remark(
    'Messages that the source tells and that were undone or compacted away.',
    'Nothing to do.',
  ),
  redacted: remark('Messages of which a text was redacted in the store.', 'Nothing to do.'),
  order: remark('Messages that both have, in another order.', 'See which side is right.'),
  fields: remark('Messages with members that the store lacks or has otherwise.', 'Import the source.'),
  undecided: remark(
    "The source's file and database can't be merged; its database was compared.",
    'Look at both sides and decide.',
  ),
  unreadable: remark('A side could not be read.', 'See the problems of the source.'),
}
