import type { CheckedEntry } from '../checked-entry.ts'
import type { KeyUse, MemorySession, MemoryState } from './state.ts'

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
