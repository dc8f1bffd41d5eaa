import {
  type CheckedEntry,
  carriedDeliveries,
  chainHead,
  type EntryAddress,
  type EntryRange,
  InvalidArgument,
  placeOf,
  type Replacement,
  RevisionConflict,
  type RewriteOptions,
  type RewriteReceipt,
  replaceDigest,
  replacedRanges,
  saysTheSame,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { closeGeneration, openGeneration } from '../rows/generation-row.ts'
import { forgetHeads, headAt, keepHead } from '../rows/head-chain.ts'
import { findOperation, insertOperation } from '../rows/operation-row.ts'
import { ownerOf, readRanges, readRangesBetween } from '../rows/ranges.ts'
import { type Address, writableSession } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { type Decided, decide, linkKeys } from './deciding.ts'
import { checkRoom, storeEntries } from './extending.ts'
import { removeHeld } from './holding.ts'
import { receiptOf } from './receipts.ts'
import { checkRevision } from './updating.ts'

/** A replacement with everything about it checked that needs no store. */
export interface PreparedReplacement {
  readonly address: Address
  readonly from: number
  readonly entries: readonly CheckedEntry[]
  readonly dropDeliveries: NonNullable<Replacement['dropDeliveries']>
  readonly options: RewriteOptions
}

/** An entry with what the head is chained from. */
interface ChainedEntry extends EntryAddress {
  readonly hash: string
}

interface Delivery extends ChainedEntry {
  readonly kind: 'delivery'
}

const DELIVERIES = `SELECT key, hash FROM entry WHERE key BETWEEN ? AND ? AND kind = 'delivery' ORDER BY key`
const HASH = 'SELECT hash FROM entry WHERE key = ?'

/**
 * The write of a replacement (S7): what stands before `from`, the deliveries carried over, the call's entries. Cost: one
 * commit; reads the replaced part, and chains the head on from the nearest place before `from` where it is kept.
 */
export function replaceWrite(prepared: PreparedReplacement): Write<RewriteReceipt> {
  const { address, from, entries, dropDeliveries, options } = prepared
  const digest = replaceDigest(from, entries, dropDeliveries)
  return (transaction) => {
    const { connection } = transaction
    const tip = transaction.tip(writableSession(connection, address))
    const done = findOperation<RewriteReceipt>(connection, address, tip.session, options.operationKey, digest)
    if (done) return { answer: { ...done, already: true } }
    if (from > tip.entryCount + 1) {
      checkRevision(address, tip, options)
      throw new InvalidArgument(`replacement.from: the session has ${tip.entryCount} entries`)
    }
    const decided = decide(
      transaction,
      {
        address,
        tip,
        held: [],
        onConflict: 'refuse',
        counts: ({ id }) => ownerOf(connection, tip, id) !== null,
      },
      entries,
    )
    checkRoom(address, tip, decided.stored.length)
    const said = saidHere(connection, tip, from, decided)
    const replaced = readDeliveries(connection, tip, from)
    checkDropped(dropDeliveries, replaced)
    const carried = carriedDeliveries(replaced, new Set([...dropDeliveries, ...said.map(({ id }) => id)]))
    const live = readRanges(connection, tip, tip.generation)
    const ranges = replacedRanges(live, from, carried, said)
    const changes = !saysTheSame(ranges, live)
    const { expectedRevision } = options
    if (changes && expectedRevision !== undefined && expectedRevision !== tip.revision) {
      throw new RevisionConflict(address, expectedRevision, tip.revision)
    }
    const answer = (after: Tip): RewriteReceipt => ({
      ...receiptOf(transaction, address, after, decided.places, tip.nextId),
      generation: after.generation,
      carried: carried.map(({ id }) => id),
      already: false,
    })
    if (!changes && options.operationKey === undefined) return { answer: answer(tip) }
    return {
      apply: () => {
        const after = changes
          ? rewrite(transaction, tip, from, decided, { ranges, behind: [...carried, ...said] })
          : tip
        const receipt = answer(after)
        insertOperation(connection, tip.session, options.operationKey, digest, receipt)
        return receipt
      },
    }
  }
}

/** Which entries the call says from `from` on, each once: new ones, and known ones that do not stand before it. */
function saidHere(
  connection: Connection,
  tip: Tip,
  from: number,
  { places, stored }: Decided,
): ChainedEntry[] {
  const kept = readRangesBetween(connection, tip, tip.generation, 1, from - 1)
  const said = new Map<number, ChainedEntry>()
  for (const place of places) {
    if ('elsewhere' in place) continue
    if ('index' in place) {
      const id = tip.nextId + place.index
      const hash = stored[place.index]?.hash ?? ''
      said.set(id, said.get(id) ?? { owner: tip.session, id, hash })
    } else {
      const { owner, id } = place.known
      if (placeOf(kept, id) !== null || said.has(id)) continue
      const hash = connection.get<{ hash: Buffer }>(HASH, entryKey(owner, id))?.hash.toString('hex') ?? ''
      said.set(id, { owner, id, hash })
    }
  }
  return [...said.values()]
}

/** The deliveries that stand from a place on. */
function readDeliveries(connection: Connection, tip: Tip, from: number): Delivery[] {
  return readRangesBetween(connection, tip, tip.generation, from, tip.entryCount).flatMap(
    ({ owner, first, last }) =>
      connection
        .all<{ key: number; hash: Buffer }>(DELIVERIES, entryKey(owner, first), entryKey(owner, last))
        .map(({ key, hash }) => ({ owner, id: entryId(key), kind: 'delivery', hash: hash.toString('hex') })),
  )
}

function checkDropped(ids: readonly number[], replaced: readonly Delivery[]): void {
  for (const id of ids) {
    if (!replaced.some((delivery) => delivery.id === id)) {
      throw new InvalidArgument(`replacement.dropDeliveries: ${id} is no delivery of the replaced part`)
    }
  }
}

function rewrite(
  transaction: Transaction,
  tip: Tip,
  from: number,
  { stored, linked, held }: Decided,
  next: { readonly ranges: readonly EntryRange[]; readonly behind: readonly ChainedEntry[] },
): Tip {
  const { connection, now } = transaction
  const head = next.behind.reduce(
    (before, { hash }) => chainHead(before, hash),
    headAt(connection, tip, from - 1, ({ seq, head }) => keepHead(connection, tip.session, seq, head)),
  )
  forgetHeads(connection, tip.session, from - 1)
  storeEntries(transaction, tip, stored)
  linkKeys(connection, tip, linked)
  removeHeld(connection, held)
  closeGeneration(connection, tip)
  return openGeneration(
    transaction,
    { ...tip, nextId: tip.nextId + stored.length },
    { at: now, reason: 'replace', ranges: next.ranges, head, revision: tip.revision + 1 },
    'replaced',
  )
}
