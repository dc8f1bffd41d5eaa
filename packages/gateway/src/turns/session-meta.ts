import type { Entry, NewEntry } from '@faircopy/store-core'

/** The `session_meta` among entries that are about to be replaced, to be said again: it is about the session, not the turn. */
export function metaOf(replaced: readonly Entry[]): NewEntry[] {
  return replaced
    .filter(({ kind }) => kind === 'session_meta')
    .toSorted((a, b) => a.seq - b.seq)
    .map(({ kind, record, at, idempotencyKey }) => ({
      kind,
      record,
      at,
      ...(idempotencyKey !== null && { idempotencyKey }),
    }))
}
