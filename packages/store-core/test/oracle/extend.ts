import type { CheckedEntry, KeyUse, MemorySession, StoredEntry } from '../internals.ts'
import { currentGeneration, type EntryRange, pushRange } from '../internals.ts'

/** Stores entries under the next ids, and takes their keys. They are not said yet. */
export function withStored(session: MemorySession, said: readonly CheckedEntry[]): MemorySession {
  const entries = new Map(session.entries)
  const keys = new Map(session.keys)
  said.forEach(({ correlation: _, provenance, ...entry }, i) => {
    const found: StoredEntry['provenance'] = provenance === null ? null : JSON.parse(provenance)
    const stored: StoredEntry = { id: session.nextId + i, ...entry, provenance: found }
    entries.set(stored.id, stored)
    if (stored.idempotencyKey !== null) keys.set(stored.idempotencyKey, keyUse(stored))
  })
  return { ...session, entries, keys, nextId: session.nextId + said.length }
}

/** What is remembered under an entry's key. */
export function keyUse({ id, kind, at, hash }: Pick<StoredEntry, 'id' | 'kind' | 'at' | 'hash'>): KeyUse {
  return { id, kind, at, hash, isDelivery: kind === 'delivery' }
}

/** Says entries at the end: stores them and lengthens the current list. No new generation (S13). */
export function withAppended(
  session: MemorySession,
  said: readonly CheckedEntry[],
  now: number,
): MemorySession {
  if (said.length === 0) return session
  const current = currentGeneration(session)
  const ranges = [...current.ranges]
  pushRange(ranges, { owner: session.number, first: session.nextId, last: session.nextId + said.length - 1 })
  return {
    ...withStored(session, said),
    generations: [...session.generations.slice(0, -1), { ...current, ranges }],
    revision: session.revision + (said.some(({ kind }) => kind !== 'delivery') ? 1 : 0),
    updatedAt: now,
  }
}

/** Says something else from now on: a new generation (S7). The revision moves. */
export function withGeneration(
  session: MemorySession,
  ranges: readonly EntryRange[],
  reason: string,
  now: number,
): MemorySession {
  const generation = currentGeneration(session).generation + 1
  return {
    ...session,
    generations: [...session.generations, { generation, at: now, reason, ranges }],
    revision: session.revision + 1,
    updatedAt: now,
  }
}
