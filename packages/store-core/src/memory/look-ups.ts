import type { CheckedEntry } from '../checked-entry.ts'
import {
  countEntries,
  type EntryAddress,
  type EntryRange,
  placeOf,
  seqOf,
  sliceRanges,
} from '../generation.ts'
import type { LedgerRecord } from '../importer.ts'
import type { LookUpsNow } from '../kernel/drive.ts'
import {
  type Address,
  type Containing,
  type EntriesOf,
  type KeyUse,
  type KnownSession,
  OWN,
  type StoredDelivery,
  type StoredText,
  type UnlistedAsked,
} from '../kernel/look-ups.ts'
import { factsOf } from '../kernel/session.ts'
import { isSameOrigin, matchesOrigin } from '../origin-match.ts'
import { isSameAddress } from '../session-ref.ts'
import {
  findSession,
  type HeldDelivery,
  type KeyUse as MemoryKeyUse,
  type MemorySession,
  type MemoryState,
} from './state.ts'
import { listedIn, nameOf, withoutLists } from './unlisted.ts'
import { addressesIn, currentGeneration, entryOf, headOf, knownAddresses, liveRanges } from './view.ts'
import { waysIn } from './ways.ts'

/** What the rules ask, answered from one state: the plainest way that there is, by looking at everything. */
export function lookUpsIn(state: MemoryState): LookUpsNow {
  const at = (address: Address): MemorySession | null => findSession(state, address)
  const known = (address: Address): KnownSession | null => {
    const session = at(address)
    return session && knownSession(state, session)
  }
  const found = <T>(found: T) => ({ found, version: state })
  const ofNotes = <T>(found: T) => ({ found, version: state.ledger })
  const notesOn = (address: Address): LedgerRecord[] =>
    state.ledger.filter(({ session }) => isSameAddress(session, address))
  return {
    tips: (asked) => asked.map(known),
    sessions: (asked) => asked.map(known),
    firstGenerations: (asked) => asked.map((address) => firstGeneration(state, address)),
    keys: (asked) =>
      asked.map(({ session: address, key }) => {
        const session = at(address)
        const use = session?.keys.get(key)
        return session && use ? keyUse(session, use) : null
      }),
    deliveries: (asked) => asked.map((key) => deliveriesOf(state, key)),
    retained: (asked) =>
      asked.map(({ session: address, id }) => {
        const session = at(address)
        return session !== null && knownAddresses(state, session).has(id)
      }),
    heldUnder: (asked) =>
      asked.map(({ key, since }) => {
        const held = state.held.find(({ entry, heldAt }) => entry.idempotencyKey === key && heldAt >= since)
        return held ? heldDelivery(held) : null
      }),
    heldFor: (asked) =>
      asked.map(({ namespace, origin, since }) =>
        found(
          state.held
            .filter(
              (one) =>
                one.namespace === namespace && one.heldAt >= since && matchesOrigin(one.origin, origin),
            )
            .map(heldDelivery),
        ),
      ),
    heldCounts: (asked) =>
      asked.map(({ namespace, origin, since }) =>
        found(
          state.held.filter(
            (one) => one.namespace === namespace && one.heldAt >= since && isSameOrigin(one.origin, origin),
          ).length,
        ),
      ),
    originWays: (asked) => asked.map(({ namespace }) => found(waysIn(state, namespace))),
    openingWays: (asked) => asked.map(({ namespace }) => found(waysIn(state, namespace))),
    routes: (asked) =>
      asked.map(({ namespace, origin }) => {
        const route = state.routes.find(
          (one) => one.session.namespace === namespace && isSameOrigin(one.origin, origin),
        )
        const session = route && at(route.session)
        const isOpen = session?.state === 'living' && (session.about.endedAt ?? null) === null
        return found(route ? { session: route.session, isOpen } : null)
      }),
    operations: (asked) => asked.map(({ session: address, key }) => at(address)?.operations.get(key) ?? null),
    lists: (asked) =>
      asked.map(({ session: address, from, to }) => {
        const session = at(address)
        return session ? sliceRanges(liveRanges(session), from, to).map((one) => seenFrom(session, one)) : []
      }),
    heads: (asked) =>
      asked.map(({ session: address, seq }) => {
        const session = at(address)
        return headOf(state, session ? sliceRanges(liveRanges(session), 1, seq) : [])
      }),
    deliveriesFrom: (asked) =>
      asked.map(({ session: address, from }) => {
        const session = at(address)
        const ranges = session ? liveRanges(session) : []
        return addressesIn(sliceRanges(ranges, from, countEntries(ranges))).flatMap(({ owner, id }) => {
          const entry = entryOf(state, { owner, id })
          if (entry?.kind !== 'delivery') return []
          return [{ owner: owner === session?.number ? OWN : owner, id, hash: entry.hash }]
        })
      }),
    entriesHolding: (asked) =>
      asked.map(({ session: address, id }) => {
        const session = at(address)
        return session ? textsOf(state, session, id) : []
      }),
    linesHolding: (asked) =>
      asked.map(({ session }) =>
        (at(session)?.quarantined ?? []).flatMap((line) =>
          line.bytes ? [{ number: line, bytes: line.bytes }] : [],
        ),
      ),
    containing: (asked) => asked.map((entries) => containingOf(state, entries)),
    generations: (asked) =>
      asked.map((address) => (at(address)?.generations ?? []).map(({ ranges: _, ...list }) => list)),
    pastLists: (asked) =>
      asked.map(({ session: address, generation }) => {
        const session = at(address)
        const list = session?.generations.find((one) => one.generation === generation)
        return session && list ? list.ranges.map((range) => seenFrom(session, range)) : null
      }),
    chains: (asked) =>
      asked.map(({ session, behind, ranges }) => headOf(state, ownedIn(state, session, ranges), behind)),
    unlisted: (asked) => asked.map((one) => countUnlisted(state, one)),
    imported: (asked) => asked.map((address) => at(address)?.imports ?? []),
    lineCounts: (asked) =>
      asked.map(
        ({ session, importId }) =>
          (at(session)?.quarantined ?? []).filter((line) => line.importId === importId).length,
      ),
    notes: (asked) =>
      asked.map(({ session, key }) => ofNotes(notesOn(session).find((note) => note.key === key) ?? null)),
    notesOfRun: (asked) =>
      asked.map(({ session, importId }) =>
        ofNotes(notesOn(session).filter((note) => note.importId === importId)),
      ),
    staged: (asked) =>
      asked.map(({ token, owner }) => {
        const count = state.staged.find((one) => one.token === token)?.entries.length ?? 0
        return { nextId: owner === null ? count + 1 : (state.sessions[owner - 1]?.nextId ?? 1), count }
      }),
    claims: (asked) =>
      asked.map((address) => {
        const claim = state.claims.find(({ session }) => isSameAddress(session, address))
        return claim ? { ...claim, owner: { ...OWNER, since: claim.since }, isAbandoned: false } : null
      }),
    lastNotes: (asked) => asked.map((session) => ofNotes(notesOn(session).at(-1) ?? null)),
  }
}

function knownSession(state: MemoryState, session: MemorySession): KnownSession {
  const { number, about, nextId, revision, updatedAt } = session
  const { generation, ranges } = currentGeneration(session)
  return {
    revision,
    generation,
    nextId,
    entryCount: countEntries(ranges),
    head: headOf(state, ranges),
    updatedAt,
    isLiving: session.state === 'living',
    owner: number,
    version: session,
    facts: factsOf(about),
    deletedAt: session.state === 'deleted' ? session.deletedAt : null,
  }
}

/** Where a store in memory is: in no process that could be named. */
const OWNER = { host: 'memory', pid: 0 } as const

/** Lists count on behind those of a session of this name that an undo took away: its cursors are stale (S13). */
function firstGeneration({ sessions }: MemoryState, address: Address): number {
  const undone = sessions.filter((one) => one.state === 'undone' && isSameAddress(one.address, address))
  return Math.max(0, ...undone.map((one) => currentGeneration(one).generation)) + 1
}

/** Ranges as they are named in a session, by the owner's number. */
function ownedIn(state: MemoryState, address: Address, ranges: readonly EntryRange[]): EntryRange[] {
  const number = findSession(state, address)?.number ?? 0
  return ranges.map((range) => (range.owner === OWN ? { ...range, owner: number } : range))
}

function countUnlisted(state: MemoryState, { session, ranges, without }: UnlistedAsked): number {
  const left = withoutLists(state, { session, generations: without })
  const listed = listedIn(left)
  return addressesIn(ownedIn(state, session, ranges)).filter(
    (one) => entryOf(state, one) !== null && !listed.has(nameOf(one)),
  ).length
}

/** A session's history, and the entry of an id. */
function textsOf(state: MemoryState, session: MemorySession, id: number): StoredText[] {
  const live = liveRanges(session)
  return [...knownAddresses(state, session).values()].flatMap((address): StoredText[] => {
    const entry = address.id === id || placeOf(live, address.id) === null ? entryOf(state, address) : null
    if (!entry) return []
    const { kind, at, record } = entry
    return [{ ...named(session, address), kind, at, record }]
  })
}

function containingOf(state: MemoryState, { session: address, entries }: EntriesOf): Containing[] {
  const ranges = entries.map(({ owner, id }) => ({ owner, first: id, last: id }))
  const owned = addressesIn(ownedIn(state, address, ranges))
  return state.sessions
    .filter((one) => one.state === 'living' && owned.some((entry) => seqOf(liveRanges(one), entry) !== null))
    .map((one) => ({ session: one.address, tip: knownSession(state, one) }))
}

/** An entry as it is named in a session. */
function named({ number }: MemorySession, { owner, id }: EntryAddress): EntryAddress {
  return { owner: owner === number ? OWN : owner, id }
}

function deliveriesOf({ sessions }: MemoryState, key: string): StoredDelivery[] {
  return sessions
    .flatMap((session): StoredDelivery[] => {
      const use = session.keys.get(key)
      if (!use?.isDelivery) return []
      const { address, state: is } = session
      return [{ session: address, isLiving: is === 'living', version: session, use: keyUse(session, use) }]
    })
    .sort((a, b) => Number(b.isLiving) - Number(a.isLiving))
}

function keyUse(session: MemorySession, { id, kind, at, hash }: MemoryKeyUse): KeyUse {
  const lists = session.generations.flatMap(({ ranges }) => ranges)
  const owner = lists.find(({ first, last }) => first <= id && id <= last)?.owner ?? session.number
  return {
    owner: owner === session.number ? OWN : owner,
    id,
    kind,
    at,
    hash,
    seq: placeOf(liveRanges(session), id),
  }
}

function seenFrom({ number }: MemorySession, { owner, first, last }: EntryRange): EntryRange {
  return { owner: owner === number ? OWN : owner, first, last }
}

function heldDelivery(held: HeldDelivery): { readonly number: HeldDelivery; readonly entry: CheckedEntry } {
  return { number: held, entry: held.entry }
}
