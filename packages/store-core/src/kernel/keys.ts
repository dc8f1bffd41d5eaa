import type { CheckedEntry } from '../checked-entry.ts'
import { KeyConflict, SessionDeleted } from '../errors.ts'
import { entryHash } from '../hash.ts'
import type { Link } from './effects.ts'
import { heldSince } from './held.ts'
import {
  type Address,
  type HeldDelivery,
  type KeyUse,
  type LookUps,
  OWN,
  type StoredDelivery,
} from './look-ups.ts'
import { type Answers, ask, type Context, type Gathering } from './rule.ts'

/** What is known of the keys of a call's entries, by key. */
export interface KnownKeys {
  /** What a key was used for in the session. */
  readonly used: ReadonlyMap<string, KeyUse>
  readonly delivered: ReadonlyMap<string, readonly StoredDelivery[]>
  readonly held: ReadonlyMap<string, HeldDelivery>
  /** Those of the call's deliveries that are stored in another session, under the entry that they correlate with there. */
  readonly linked: ReadonlySet<CheckedEntry>
}

/** The look-ups of the keys that are taken in the whole store: of deliveries, stored and held (S4, S11). */
export interface DeliveryRound {
  readonly deliveries: readonly LookUps['deliveries']['asked'][]
  readonly heldUnder: readonly LookUps['heldUnder']['asked'][]
}

/** The keys of a call's entries, each once. */
export interface CallKeys {
  /** The entries' own, and those that they correlate with. */
  readonly all: readonly string[]
  readonly deliveries: readonly string[]
}

/** Of a call whose entries have none. */
const NO_KEYS: CallKeys = { all: [], deliveries: [] }

/** The keys of a call's entries. */
export function keysOf(entries: readonly CheckedEntry[]): CallKeys {
  if (entries.every(({ idempotencyKey: key, correlation }) => key === null && correlation === undefined))
    return NO_KEYS
  const all = new Set<string>()
  const deliveries = new Set<string>()
  for (const { kind, idempotencyKey, correlation } of entries) {
    if (idempotencyKey !== null) {
      all.add(idempotencyKey)
      if (kind === 'delivery') deliveries.add(idempotencyKey)
    }
    if (correlation !== undefined) all.add(correlation)
  }
  return { all: [...all], deliveries: [...deliveries] }
}

const NO_DELIVERIES: DeliveryRound = { deliveries: [], heldUnder: [] }

/** What to ask for the deliveries of a call. */
export function askDeliveries({ deliveries }: CallKeys, context: Context): DeliveryRound {
  if (deliveries.length === 0) return NO_DELIVERIES
  const since = heldSince(context)
  return { deliveries, heldUnder: deliveries.map((key) => ({ key, since })) }
}

/** What to ask for the keys of a call in a session. */
export function askKeys(session: Address, { all }: CallKeys): readonly LookUps['keys']['asked'][] {
  return all.map((key) => ({ session, key }))
}

const NOTHING_KNOWN: KnownKeys = {
  used: new Map(),
  delivered: new Map(),
  held: new Map(),
  linked: new Set(),
}

/** Gathers what is known of the keys of a call. `keys`: those of its entries. `used`: the answers to {@link askKeys}. */
export function* knownKeys(
  { entries, keys }: { readonly entries: readonly CheckedEntry[]; readonly keys: CallKeys },
  found: Answers<DeliveryRound>,
  used: readonly (KeyUse | null)[],
): Gathering<KnownKeys> {
  const { all, deliveries } = keys
  if (all.length === 0) return NOTHING_KNOWN
  const known = { used: byKey(all, used), delivered: byKey(deliveries, found.deliveries) }
  const linked = yield* linkedElsewhere(entries, known)
  return { ...known, held: byKey(deliveries, found.heldUnder), linked }
}

function* linkedElsewhere(
  entries: readonly CheckedEntry[],
  { used, delivered }: Pick<KnownKeys, 'used' | 'delivered'>,
): Gathering<KnownKeys['linked']> {
  const correlated = entries.flatMap((entry) => {
    const { idempotencyKey: name, correlation: key } = entry
    const [first] = (name !== null && !used.has(name) && delivered.get(name)) || []
    return first?.isLiving && key !== undefined ? [{ entry, key, ...first }] : []
  })
  if (correlated.length === 0) return NOTHING_KNOWN.linked
  const { keys } = yield* ask({ keys: correlated.map(({ session, key }) => ({ session, key })) })
  const linked = correlated.filter(({ use }, i) => keys[i]?.owner === use.owner && keys[i].id === use.id)
  return new Set(linked.map(({ entry }) => entry))
}

function byKey<T>(keys: readonly string[], found: readonly (T | null)[]): Map<string, T> {
  const known = new Map<string, T>()
  for (const [i, key] of keys.entries()) {
    const one = found[i] ?? null
    if (one !== null) known.set(key, one)
  }
  return known
}

/** The key under which an entry is taken in the whole store, or null (S4). */
export function deliveryKey({
  kind,
  idempotencyKey,
}: Pick<CheckedEntry, 'kind' | 'idempotencyKey'>): string | null {
  return kind === 'delivery' ? idempotencyKey : null
}

/** Whether an entry has the kind and the record that its key was first used for (S4). `at` and writer don't count. */
export function isSameRecord(
  first: Pick<CheckedEntry, 'kind' | 'at' | 'hash'>,
  entry: Pick<CheckedEntry, 'kind' | 'record'>,
): boolean {
  return first.kind === entry.kind && entryHash(first.kind, first.at, entry.record) === first.hash
}

/** What one entry of a call comes to. */
export interface DecidedEntry {
  /** The entry that it is from now on. Of one that the call stores: under its new id, and at no place yet. */
  readonly use: KeyUse
  readonly already: boolean
  readonly differs: boolean
  /** The other session that it is stored in. */
  readonly elsewhere?: Address
}

/** What the keys of a call's entries come to (S4). */
export interface Decided {
  /** One for each entry, in order. */
  readonly entries: readonly DecidedEntry[]
  /** Those that are to be stored, under the session's next ids. */
  readonly added: readonly CheckedEntry[]
  /** Keys that lead to an entry under another key from now on, because they say the same. */
  readonly links: readonly Link[]
  /** Held deliveries that are among those to be stored. */
  readonly placed: readonly HeldDelivery[]
}

/** How a key that was used before is taken. */
export interface KeyRules {
  readonly onConflict: 'refuse' | 'first'
  /** Whether the entry of a key counts as stored; one that does not is stored anew. */
  readonly counts: (use: KeyUse) => boolean
}

/**
 * Decides for each entry whether it is stored, or was before: in the session, elsewhere as a delivery, held, or under the
 * key that it correlates with.
 */
export function decideKeys(
  session: Address,
  nextId: number,
  entries: readonly CheckedEntry[],
  known: KnownKeys,
  { onConflict, counts }: KeyRules,
): Decided {
  const used = new Map(known.used)
  const added: CheckedEntry[] = []
  const links: Link[] = []
  const placed: HeldDelivery[] = []
  const differs = (
    first: Pick<CheckedEntry, 'kind' | 'at' | 'hash'>,
    entry: CheckedEntry,
    at: Address = session,
  ): boolean => {
    const same = isSameRecord(first, entry)
    if (!same && onConflict !== 'first') throw new KeyConflict(at, entry.idempotencyKey ?? '')
    return !same
  }
  const isThere = (use: KeyUse): boolean => use.id >= nextId || counts(use)
  const add = (entry: CheckedEntry, different: boolean): DecidedEntry => {
    const { kind, at, hash, idempotencyKey } = entry
    const use = { owner: OWN, id: nextId + added.length, kind, at, hash, seq: null }
    added.push(entry)
    if (idempotencyKey !== null) used.set(idempotencyKey, use)
    return { use, already: false, differs: different }
  }
  const decided = entries.map((entry): DecidedEntry => {
    const key = entry.idempotencyKey
    const twin = entry.correlation === undefined ? undefined : used.get(entry.correlation)
    const correlated = twin && isThere(twin) ? twin : undefined
    const first = key === null ? undefined : used.get(key)
    if (first) {
      const isLink = correlated?.owner === first.owner && correlated.id === first.id
      const different = !isLink && differs(first, entry)
      return isThere(first) ? { use: first, already: true, differs: different } : add(entry, false)
    }
    const name = deliveryKey(entry)
    // Not in the session itself, which would have used the key.
    const [elsewhere] = (name !== null && known.delivered.get(name)) || []
    if (elsewhere) {
      const { use, session: at, isLiving } = elsewhere
      if (!isLiving) throw new SessionDeleted(at)
      const different = !known.linked.has(entry) && differs(use, entry, at)
      return { use, already: true, differs: different, elsewhere: at }
    }
    if (correlated) {
      if (key !== null) {
        links.push({ key, isDelivery: entry.kind === 'delivery', use: correlated })
        used.set(key, correlated)
      }
      return { use: correlated, already: true, differs: false }
    }
    const held = name === null ? undefined : known.held.get(name)
    if (!held) return add(entry, false)
    placed.push(held)
    return add(held.entry, differs(held.entry, entry))
  })
  return { entries: decided, added, links, placed }
}
