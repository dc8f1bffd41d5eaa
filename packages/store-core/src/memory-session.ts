import type { Entry } from './entry.ts'
import { countEntries, type EntryRange, entryAt } from './generation.ts'
import { chainHead, EMPTY_HEAD } from './hash.ts'
import type { GenerationInfo } from './history.ts'
import type { QuarantinedLine } from './importer.ts'
import type { NewSession, Session } from './session.ts'
import { DEFAULT_NAMESPACE, type SessionAddress } from './session-ref.ts'

/** An entry without its place: what is stored, once and for good. */
export type StoredEntry = Omit<Entry, 'seq'>

/** One list of ranges that the session had. */
export interface MemoryGeneration extends GenerationInfo {
  readonly ranges: readonly EntryRange[]
}

/** A session in memory: entries by id, lists of ranges that say which of them stand where, and what is known of it. */
export interface MemorySession {
  readonly number: number
  readonly address: Required<SessionAddress>
  readonly about: NewSession
  /** The entry of id n stands at n - 1. */
  readonly entries: readonly StoredEntry[]
  /** Key to entry id; a key stays taken when its entry becomes history (S4). */
  readonly keys: ReadonlyMap<string, number>
  /** Oldest first; the last one is what the session says. */
  readonly generations: readonly MemoryGeneration[]
  readonly quarantined: readonly (QuarantinedLine & { readonly importId: string })[]
  readonly revision: number
  readonly updatedAt: number
}

/** The ranges that say what a session says now. */
export function liveRanges(session: MemorySession): readonly EntryRange[] {
  return session.generations.at(-1)?.ranges ?? []
}

/** The entry at a place, or null beyond the end. */
export function liveEntry(session: MemorySession, seq: number): Entry | null {
  const at = entryAt(liveRanges(session), seq)
  const stored = at && session.entries[at.id - 1]
  return stored ? { ...stored, seq } : null
}

/** The chain over the live entries' hashes (S25). */
export function headOf(session: MemorySession): string {
  let head = EMPTY_HEAD
  for (let seq = 1, entry = liveEntry(session, 1); entry; entry = liveEntry(session, ++seq))
    head = chainHead(head, entry.hash)
  return head
}

/** The session as the contract shows it. */
export function sessionOf(session: MemorySession): Session {
  const { about, address } = session
  const parent = about.parent
    ? {
        namespace: about.parent.namespace ?? DEFAULT_NAMESPACE,
        id: about.parent.id,
        entry: about.parent.entry ?? null,
        why: about.parent.why,
      }
    : null
  return {
    ...address,
    origin: about.origin ?? null,
    parent,
    title: about.title ?? null,
    meta: about.meta ?? {},
    codec: about.codec ?? 'openai-chat',
    startedAt: about.startedAt ?? null,
    endedAt: about.endedAt ?? null,
    endReason: about.endReason ?? null,
    revision: session.revision,
    generation: session.generations.at(-1)?.generation ?? 0,
    entryCount: countEntries(liveRanges(session)),
    head: headOf(session),
    updatedAt: session.updatedAt,
  }
}
