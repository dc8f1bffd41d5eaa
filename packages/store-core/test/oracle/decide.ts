import type { CheckedEntry, ReceiptEntry } from '../internals.ts'
import {
  type Address,
  findSession,
  KeyConflict,
  type KeyUse,
  liveRanges,
  type MemorySession,
  type MemoryState,
  placeOf,
  SessionDeleted,
} from '../internals.ts'
import { keyUse } from './extend.ts'
import { deliveredElsewhere, heldUnder, isSameRecord } from './keys.ts'

/** What the keys of a call's entries come to (S4). */
export interface Decided {
  /** One for each entry, in order. */
  readonly entries: readonly Omit<ReceiptEntry, 'seq'>[]
  /** Those that are to be stored, under the session's next ids. */
  readonly added: readonly CheckedEntry[]
  /** Keys that lead to an entry under another key from now on, because they say the same. */
  readonly linked: ReadonlyMap<string, KeyUse>
  /** The state without the held deliveries that are among them. */
  readonly state: MemoryState
}

/** How a key that was used before is taken. */
export interface KeyRules {
  readonly onConflict: 'refuse' | 'first'
  /** Whether the entry of a key counts as stored; one that does not is stored anew. */
  readonly counts: (use: KeyUse) => boolean
}

/**
 * Decides for each entry whether it is stored, or was before: in the session, elsewhere as a delivery, held, or under
 * the key that it correlates with.
 */
export function decide(
  state: MemoryState,
  session: MemorySession,
  said: readonly CheckedEntry[],
  { onConflict, counts }: KeyRules,
): Decided {
  const keys = new Map(session.keys)
  const added: CheckedEntry[] = []
  const linked = new Map<string, KeyUse>()
  let rest = state
  const differs = (first: Pick<KeyUse, 'kind' | 'at' | 'hash'>, entry: CheckedEntry): boolean => {
    const same = isSameRecord(first, entry)
    if (!same && onConflict !== 'first') throw new KeyConflict(session.address, entry.idempotencyKey ?? '')
    return !same
  }
  const isThere = (use: KeyUse) => use.id >= session.nextId || counts(use)
  const entries = said.map((entry) => {
    const known = entry.idempotencyKey === null ? undefined : keys.get(entry.idempotencyKey)
    const twin = entry.correlation === undefined ? undefined : keys.get(entry.correlation)
    const correlated = twin && isThere(twin) ? twin : undefined
    if (known) {
      const isLink = correlated?.id === known.id
      const mark = { id: known.id, already: true, differs: !isLink && differs(known, entry) }
      if (isThere(known)) return mark
    }
    const elsewhere = known ? null : deliveredElsewhere(state, session, entry)
    if (elsewhere) {
      const { address, state: is } = elsewhere.session
      if (is !== 'living') throw new SessionDeleted(address)
      return { id: elsewhere.use.id, already: true, differs: differs(elsewhere.use, entry), session: address }
    }
    if (correlated && !known) {
      if (entry.idempotencyKey !== null) {
        const link = { ...correlated, isDelivery: entry.kind === 'delivery' }
        linked.set(entry.idempotencyKey, link)
        keys.set(entry.idempotencyKey, link)
      }
      return { id: correlated.id, already: true, differs: false }
    }
    const held = known ? null : heldUnder(state, entry)
    const mark = {
      id: session.nextId + added.length,
      already: false,
      differs: held ? differs(held.entry, entry) : false,
    }
    if (held) rest = { ...rest, held: rest.held.filter((one) => one !== held) }
    const stored = held?.entry ?? entry
    added.push(stored)
    if (stored.idempotencyKey !== null) keys.set(stored.idempotencyKey, keyUse({ id: mark.id, ...stored }))
    return mark
  })
  return { entries, added, linked, state: rest }
}

/** The entries of a receipt: where each stands once the call is done. */
export function placed(state: MemoryState, session: Address, entries: Decided['entries']): ReceiptEntry[] {
  return entries.map((entry) => {
    const where = findSession(state, entry.session ?? session)
    return { ...entry, seq: where && placeOf(liveRanges(where), entry.id) }
  })
}
