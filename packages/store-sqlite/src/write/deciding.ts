import { type CheckedEntry, KeyConflict, SessionDeleted } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { findDelivery, findKey, isSameRecord, type KeyUse, linkKey, sameAs } from '../rows/key-row.ts'
import type { Address } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction } from '../rows/transaction.ts'
import { findHeld, type HeldDelivery, heldSince } from './holding.ts'

/** What one entry of a call comes to. */
export type Place =
  /** It is the one at this index of {@link Decided.stored}; already: another one of the call was it before. */
  | { readonly index: number; readonly already: boolean; readonly differs: boolean }
  /** It is stored in the session. */
  | { readonly known: KeyUse; readonly differs: boolean }
  /** It is a delivery that is stored in another session. */
  | {
      readonly known: KeyUse
      readonly differs: boolean
      readonly elsewhere: { readonly number: number; readonly address: Address }
    }

/** What a key leads to: an entry that was stored before, or the one at this index of {@link Decided.stored}. */
type Standing = KeyUse | number

/** An entry that is not stored, and the one that says the same. */
export interface Link {
  readonly entry: CheckedEntry
  readonly twin: Standing
}

/** What the keys of a call's entries come to (S4). */
export interface Decided {
  /** One for each entry, in order. */
  readonly places: readonly Place[]
  /** Those to be stored under the session's next ids: what was held for it first, then the call's new ones. */
  readonly stored: readonly CheckedEntry[]
  /** Entries that are not stored, because they say what stands under another key: theirs leads there from then on. */
  readonly linked: readonly Link[]
  /** Held deliveries that are among them. */
  readonly held: readonly number[]
}

/** What a call's entries are decided against. */
export interface DecisionBase {
  readonly address: Address
  /** Null for a session that the call creates. */
  readonly tip: Tip | null
  /** What was held for a session that the call creates. */
  readonly held: readonly HeldDelivery[]
  readonly onConflict: 'refuse' | 'first'
  /** Whether a key's entry counts as stored; one that does not is stored anew. */
  readonly counts: (use: KeyUse) => boolean
}

/**
 * Decides for each entry whether it is stored, or was before: in the session, elsewhere as a delivery, held, or under
 * the key that it correlates with.
 */
export function decide(
  transaction: Transaction,
  { address, tip, held, onConflict, counts }: DecisionBase,
  entries: readonly CheckedEntry[],
): Decided {
  const { connection } = transaction
  const stored: CheckedEntry[] = [...held]
  const taken = held.map(({ number }) => number)
  const linked: Link[] = []
  const inCall = new Map<string, Standing>()
  for (const [i, { idempotencyKey }] of held.entries())
    if (idempotencyKey !== null) inCall.set(idempotencyKey, i)
  const useOf = (key: string): Standing | null =>
    inCall.get(key) ?? (tip && findKey(connection, tip.session, key))
  const isThere = (use: Standing): boolean => typeof use === 'number' || counts(use)
  const already = (use: Standing, different: boolean): Place =>
    typeof use === 'number'
      ? { index: use, already: true, differs: different }
      : { known: use, differs: different }
  const differs = (same: boolean, key: string): boolean => {
    if (!same && onConflict !== 'first') throw new KeyConflict(address, key)
    return !same
  }
  const saysWhat = (use: Standing, entry: CheckedEntry): boolean =>
    typeof use === 'number'
      ? sameAs(stored[use] as CheckedEntry, entry)
      : isSameRecord(connection, use, entry)
  const add = (entry: CheckedEntry, different: boolean): Place => {
    const index = stored.push(entry) - 1
    if (entry.idempotencyKey !== null) inCall.set(entry.idempotencyKey, index)
    return { index, already: false, differs: different }
  }
  const twinOf = ({ correlation }: CheckedEntry): Standing | null => {
    const twin = correlation === undefined ? null : useOf(correlation)
    return twin !== null && isThere(twin) ? twin : null
  }
  const places = entries.map((entry): Place => {
    const key = entry.idempotencyKey
    const twin = twinOf(entry)
    if (key === null) return twin === null ? add(entry, false) : already(twin, false)
    const known = useOf(key)
    if (known !== null) {
      const different = differs((twin !== null && isOne(twin, known)) || saysWhat(known, entry), key)
      return isThere(known) ? already(known, different) : add(entry, false)
    }
    const elsewhere = findDelivery(connection, tip?.session ?? null, entry)
    if (elsewhere) {
      const at = { namespace: elsewhere.namespace, id: elsewhere.name }
      if (elsewhere.state !== 'live') throw new SessionDeleted(at)
      return {
        known: elsewhere,
        differs: differs(isSameRecord(connection, elsewhere, entry), key),
        elsewhere: { number: elsewhere.number, address: at },
      }
    }
    if (twin !== null) {
      linked.push({ entry, twin })
      inCall.set(key, twin)
      return already(twin, false)
    }
    const waiting = entry.kind === 'delivery' ? findHeld(connection, key, heldSince(transaction)) : null
    if (!waiting) return add(entry, false)
    taken.push(waiting.number)
    return add(waiting, differs(sameAs(waiting, entry), key))
  })
  return { places, stored, linked, held: taken }
}

function isOne(first: Standing, second: Standing): boolean {
  if (typeof first === 'number' || typeof second === 'number') return first === second
  return first.owner === second.owner && first.id === second.id
}

/** Takes the keys of the linked entries, once those that they are linked to are stored from `nextId` on. */
export function linkKeys(
  connection: Connection,
  { session, nextId }: Pick<Tip, 'session' | 'nextId'>,
  linked: readonly Link[],
): void {
  for (const { entry, twin } of linked) {
    const use = typeof twin === 'number' ? { owner: session, id: nextId + twin } : twin
    linkKey(connection, session, use, entry)
  }
}
