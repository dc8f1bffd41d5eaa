import type { RedactReceipt } from '../internals.ts'
import {
  type Address,
  entryHash,
  entryOf,
  holdsText,
  InvalidArgument,
  knownAddresses,
  liveRanges,
  type MemorySession,
  type MemoryState,
  placeOf,
  redactRecord,
  type StoredEntry,
  type Written,
} from '../internals.ts'
import { withGeneration } from './extend.ts'
import { withSession, writableSession } from './state.ts'

/** Removes a text from an entry and from the session's history (S27). */
export function redact(
  state: MemoryState,
  address: Address,
  { entryId, text, maxBytes }: { readonly entryId: number; readonly text: string; readonly maxBytes: number },
  now: number,
): Written<RedactReceipt> {
  const session = writableSession(state, address)
  const known = knownAddresses(state, session)
  if (!known.has(entryId)) throw new InvalidArgument(`entryId: the session has no entry ${entryId}`)

  const live = liveRanges(session)
  const hit = [...known.values()].flatMap((one) => {
    const entry = one.id === entryId || placeOf(live, one.id) === null ? entryOf(state, one) : null
    const record = entry && redactRecord(entry.record, text, maxBytes)
    return entry && record !== null ? [{ owner: one.owner, entry: redacted(entry, record, now) }] : []
  })
  const lines = session.quarantined.map((line) =>
    line.bytes && holdsText(new TextDecoder().decode(line.bytes), text) ? { ...line, bytes: null } : line,
  )
  const lost = lines.filter((line, i) => line !== session.quarantined[i]).length
  const result: RedactReceipt = { entries: hit.map(({ entry }) => entry.id), quarantined: lost }
  if (hit.length === 0 && lost === 0) return { state, result }

  let next: MemoryState = {
    ...state,
    sessions: state.sessions.map((one) => ({
      ...one,
      entries: withEntries(
        one,
        hit.filter(({ owner }) => owner === one.number).map(({ entry }) => entry),
      ),
      quarantined: one.number === session.number ? lines : one.quarantined,
    })),
  }
  let said = false
  for (const one of next.sessions) {
    const says = hit.some(({ owner, entry }) =>
      liveRanges(one).some(
        (range) => range.owner === owner && entry.id >= range.first && entry.id <= range.last,
      ),
    )
    if (says && one.state === 'living') {
      next = withSession(next, withGeneration(one, liveRanges(one), 'redact', now), 'replaced')
      said ||= one.number === session.number
    }
  }
  // The kernel tells of the session last, as the file always did.
  const own = next.sessions[session.number - 1] ?? session
  return { state: said ? next : withSession(next, { ...own, updatedAt: now }, 'updated'), result }
}

/** The entry says less, keeps its hash, and says so. */
function redacted(entry: StoredEntry, record: string, now: number): StoredEntry {
  return { ...entry, record, redaction: { at: now, hash: entryHash(entry.kind, entry.at, record) } }
}

function withEntries({ entries }: MemorySession, changed: readonly StoredEntry[]): MemorySession['entries'] {
  return changed.length === 0
    ? entries
    : new Map([...entries, ...changed.map((one) => [one.id, one] as const)])
}
