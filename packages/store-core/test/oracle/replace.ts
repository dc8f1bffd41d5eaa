import type { CheckedEntry, Replacement, RewriteOptions, RewriteReceipt } from '../internals.ts'
import {
  type Address,
  addressesIn,
  carriedDeliveries,
  countEntries,
  currentGeneration,
  type EntryRange,
  entryOf,
  InvalidArgument,
  KeyConflict,
  knownAddresses,
  liveRanges,
  type MemorySession,
  type MemoryState,
  placeOf,
  replaceDigest,
  replacedRanges,
  type StoredEntry,
  saysTheSame,
  sliceRanges,
  type Written,
} from '../internals.ts'
import { receiptOf } from './append.ts'
import { decide } from './decide.ts'
import { withGeneration, withStored } from './extend.ts'
import { doneBefore, withOperation } from './operations.ts'
import { withSession, writableSession } from './state.ts'
import { checkRevision } from './update.ts'

/** Says something else from a place on (S7): what was before it, the deliveries carried over, the call's entries. */
export function replace(
  state: MemoryState,
  address: Address,
  { from, dropDeliveries = [] }: Omit<Replacement, 'entries'>,
  said: readonly CheckedEntry[],
  { operationKey, expectedRevision }: RewriteOptions,
  now: number,
): Written<RewriteReceipt> {
  const before = writableSession(state, address)
  const digest = replaceDigest(from, said, dropDeliveries)
  const done = doneBefore(before, operationKey, digest)
  if (done) {
    if (!('carried' in done)) throw new KeyConflict(address, operationKey ?? '', 'call')
    return { state, result: { ...done, already: true } }
  }
  const live = liveRanges(before)
  const count = countEntries(live)
  if (from > count + 1) {
    checkRevision(before, expectedRevision)
    throw new InvalidArgument(`replacement.from: the session has ${count} entries`)
  }

  const known = knownAddresses(state, before)
  const decided = decide(state, before, said, { onConflict: 'refuse', counts: ({ id }) => known.has(id) })
  const linked = { ...before, keys: new Map([...before.keys, ...decided.linked]) }
  const stored = withStored(linked, decided.added)
  const kept = sliceRanges(live, 1, from - 1)
  const here = decided.entries.filter(
    ({ id, session }) => session === undefined && placeOf(kept, id) === null,
  )
  const sayAgain = [...new Set(here.map(({ id }) => id))].map(
    (id) => known.get(id) ?? { owner: before.number, id },
  )
  const replaced = entriesIn(state, sliceRanges(live, from, count))
  checkDropped(dropDeliveries, replaced)
  const carried = carriedDeliveries(replaced, new Set([...dropDeliveries, ...here.map(({ id }) => id)]))
  const carriedAddresses = carried.map(({ id }) => known.get(id) ?? { owner: before.number, id })
  const ranges = replacedRanges(live, from, carriedAddresses, sayAgain)

  const changes = !saysTheSame(ranges, live)
  if (changes) checkRevision(before, expectedRevision)
  const after: MemorySession = changes ? withGeneration(stored, ranges, 'replace', now) : before
  const written = changes ? withSession(decided.state, after, 'replaced') : state
  const result: RewriteReceipt = {
    ...receiptOf(written, after, decided.entries),
    generation: currentGeneration(after).generation,
    carried: carried.map(({ id }) => id),
    already: false,
  }
  return { state: withOperation(written, address, operationKey, { digest, answer: result }), result }
}

function entriesIn(state: MemoryState, ranges: readonly EntryRange[]): StoredEntry[] {
  return addressesIn(ranges).flatMap((address) => entryOf(state, address) ?? [])
}

function checkDropped(ids: readonly number[], replaced: readonly StoredEntry[]): void {
  for (const id of ids) {
    if (!replaced.some((entry) => entry.id === id && entry.kind === 'delivery')) {
      throw new InvalidArgument(`replacement.dropDeliveries: ${id} is no delivery of the replaced part`)
    }
  }
}
