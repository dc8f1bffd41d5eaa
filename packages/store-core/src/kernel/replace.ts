import type { CheckedEntry } from '../checked-entry.ts'
import { InvalidArgument, KeyConflict } from '../errors.ts'
import { countEntries, type EntryRange, placeOf, sliceRanges } from '../generation.ts'
import { chainHead } from '../hash.ts'
import { replaceDigest } from '../operation.ts'
import { carriedDeliveries, replacedRanges, saysTheSame } from '../rewrite.ts'
import type { RewriteOptions, RewriteReceipt } from '../rewriter.ts'
import { receiptOf, takenKeys } from './append.ts'
import type { Effect } from './effects.ts'
import {
  askDeliveries,
  askKeys,
  type Decided,
  decideKeys,
  type KnownKeys,
  keysOf,
  knownKeys,
} from './keys.ts'
import type { Address, ChainedEntry, KeyUse, Operation, Tip } from './look-ups.ts'
import { ask, type Context, type Decision, type Rule } from './rule.ts'
import { checkRevision, checkRoom, checkWritable, tipOf } from './session.ts'

/** A replacement with everything about it checked that needs no store. */
export interface ReplaceCall {
  readonly session: Address
  readonly from: number
  readonly entries: readonly CheckedEntry[]
  readonly dropDeliveries: readonly number[]
  readonly options: RewriteOptions
}

/** Says something else from a place on (S7): what was before it, the deliveries carried over, the call's entries. */
export function* replace(call: ReplaceCall, context: Context): Rule<RewriteReceipt> {
  const { session, from, entries, options } = call
  const { operationKey: key } = options
  const callKeys = keysOf(entries)
  const known = yield* ask({
    tips: [session],
    operations: key === undefined ? [] : [{ session, key }],
    keys: askKeys(session, callKeys),
    ...askDeliveries(callKeys, context),
  })
  const tip = checkWritable(session, known.tips[0])
  const done = replacedBefore(call, known.operations[0])
  if (done) return { effects: [], answer: { ...done, already: true } }
  checkFrom(call, tip)
  const keys = yield* knownKeys({ entries, keys: callKeys }, known, known.keys)
  const ids = [...new Set([...keys.used.values()].map(({ id }) => id))]
  const { lists, retained, deliveriesFrom, heads } = yield* ask({
    lists: [{ session, from: 1, to: tip.entryCount }],
    retained: ids.map((id) => ({ session, id })),
    deliveriesFrom: [{ session, from }],
    heads: [{ session, seq: from - 1 }],
  })
  const facts = {
    tip: tipOf(tip),
    keys,
    retained: new Set(ids.filter((_, i) => retained[i])),
    live: lists[0] ?? [],
    deliveries: deliveriesFrom[0] ?? [],
    head: heads[0] ?? '',
  }
  return decideReplace(call, facts, context)
}

/** What was answered under the call's operation key, or null. Another call under it is `KeyConflict` (S4). */
function replacedBefore(call: ReplaceCall, done: Operation | null | undefined): RewriteReceipt | null {
  if (!done) return null
  if (done.digest === digestOf(call) && 'carried' in done.answer) return done.answer
  throw new KeyConflict(call.session, call.options.operationKey ?? '', 'call')
}

function digestOf({ from, entries, dropDeliveries }: ReplaceCall): string {
  return replaceDigest(from, entries, dropDeliveries)
}

function checkFrom({ session, from, options }: ReplaceCall, tip: Tip): void {
  if (from <= tip.entryCount + 1) return
  checkRevision(session, tip, options)
  throw new InvalidArgument(`replacement.from: the session has ${tip.entryCount} entries`)
}

/** What a replacement is decided on. */
interface ReplaceFacts {
  readonly tip: Tip
  readonly keys: KnownKeys
  /** Ids that the session contains or contained and has still. */
  readonly retained: ReadonlySet<number>
  /** What the session contains. */
  readonly live: readonly EntryRange[]
  /** The deliveries of the replaced part. */
  readonly deliveries: readonly ChainedEntry[]
  /** The head before the replaced part. */
  readonly head: string
}

function decideReplace(
  call: ReplaceCall,
  { tip, keys, retained, live, deliveries, head }: ReplaceFacts,
  { now, lastEntryId }: Context,
): Decision<RewriteReceipt> {
  const { session, from, entries, dropDeliveries, options } = call
  const counts = ({ id }: KeyUse): boolean => retained.has(id)
  const decided = decideKeys(session, tip.nextId, entries, keys, { onConflict: 'refuse', counts })
  checkRoom(session, tip, decided.added.length, lastEntryId)
  const listed = listedFrom(decided, sliceRanges(live, 1, from - 1))
  checkDropped(dropDeliveries, deliveries)
  const except = new Set([...dropDeliveries, ...listed.map(({ id }) => id)])
  const carried = carriedDeliveries(deliveries.map(asDelivery), except)
  const ranges = replacedRanges(live, from, carried, listed)
  const changes = !saysTheSame(ranges, live)
  if (changes) checkRevision(session, tip, options)
  const after: Tip = changes
    ? {
        revision: tip.revision + 1,
        generation: tip.generation + 1,
        nextId: tip.nextId + decided.added.length,
        entryCount: countEntries(ranges),
        head: [...carried, ...listed].reduce((before, { hash }) => chainHead(before, hash), head),
        updatedAt: now,
      }
    : tip
  const answer: RewriteReceipt = {
    ...receiptOf(session, after, decided, ({ id }) => placeOf(ranges, id)),
    generation: after.generation,
    carried: carried.map(({ id }) => id),
    already: false,
  }
  const list = { generation: after.generation, at: now, reason: 'replace', ranges }
  const rewritten: Effect[] = changes
    ? [
        ...storedNew(session, tip, decided),
        ...takenKeys(session, decided),
        { effect: 'rewrite', session, list, shared: from - 1 },
        { effect: 'tip', session, tip: after, change: 'replaced' },
      ]
    : []
  return { effects: [...rewritten, ...remembered(call, answer)], answer }
}

/** What the call says from its place on, each entry once: new ones, and known ones that do not stand before it. */
function listedFrom({ entries }: Decided, before: readonly EntryRange[]): ChainedEntry[] {
  const listed = entries.flatMap(({ use, elsewhere }) =>
    elsewhere || placeOf(before, use.id) !== null ? [] : [[use.id, use] as const],
  )
  return [...new Map(listed).values()].map(({ owner, id, hash }) => ({ owner, id, hash }))
}

function asDelivery(entry: ChainedEntry): ChainedEntry & { readonly kind: string } {
  return { ...entry, kind: 'delivery' }
}

function checkDropped(ids: readonly number[], deliveries: readonly ChainedEntry[]): void {
  for (const id of ids) {
    if (!deliveries.some((one) => one.id === id)) {
      throw new InvalidArgument(`replacement.dropDeliveries: ${id} is no delivery of the replaced part`)
    }
  }
}

function storedNew(session: Address, { nextId: firstId }: Tip, { added: entries }: Decided): Effect[] {
  return entries.length === 0 ? [] : [{ effect: 'store', session, firstId, entries }]
}

function remembered(call: ReplaceCall, answer: RewriteReceipt): Effect[] {
  const { session, options } = call
  const { operationKey: key } = options
  if (key === undefined) return []
  return [{ effect: 'operation', session, key, operation: { digest: digestOf(call), answer } }]
}
