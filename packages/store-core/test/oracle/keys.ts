import type { CheckedEntry, HeldDelivery, KeyUse, MemorySession, MemoryState } from '../internals.ts'
import { entryHash } from '../internals.ts'

/** Whether an entry has the kind and the record that its key was first used for (S4). `at` and writer don't count. */
export function isSameRecord(use: Pick<KeyUse, 'kind' | 'at' | 'hash'>, entry: CheckedEntry): boolean {
  return use.kind === entry.kind && entryHash(use.kind, use.at, entry.record) === use.hash
}

/** Where a delivery is stored in a session other than `session`: its key is unique in the whole store (S4). */
export function deliveredElsewhere(
  state: MemoryState,
  session: MemorySession | null,
  { kind, idempotencyKey }: CheckedEntry,
): { readonly session: MemorySession; readonly use: KeyUse } | null {
  if (kind !== 'delivery' || idempotencyKey === null) return null
  const found = state.sessions.flatMap((other) => {
    const use = other.keys.get(idempotencyKey)
    return other.number !== session?.number && use?.isDelivery ? [{ session: other, use }] : []
  })
  return found.find((one) => one.session.state === 'living') ?? found[0] ?? null
}

/** The held delivery of this key, if any. */
export function heldUnder(state: MemoryState, { kind, idempotencyKey }: CheckedEntry): HeldDelivery | null {
  if (kind !== 'delivery' || idempotencyKey === null) return null
  return state.held.find(({ entry }) => entry.idempotencyKey === idempotencyKey) ?? null
}
