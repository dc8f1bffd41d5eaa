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
import type { Address, ChainedEntry, KeyUse, Operation, Stand } from './look-ups.ts'
import { ask, type Context, type Decision, type Rule } from './rule.ts'
import { checkRevision, checkRoom, checkWritable, standOf } from './session.ts'

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
    standings: [session],
    operations: key === undefined ? [] : [{ session, key }],
    keys: askKeys(session, callKeys),
    ...askDeliveries(callKeys, context),
  })
  const stand = checkWritable(session, known.standings[0])
  const done = replacedBefore(call, known.operations[0])
  if (done) return { effects: [], answer: { ...done, already: true } }
  checkFrom(call, stand)
  const keys = yield* knownKeys({ entries, keys: callKeys }, known, known.keys)
  const ids = [...new Set([...keys.used.values()].map(({ id }) => id))]
  const { lists, kept, deliveriesFrom, heads } = yield* ask({
    lists: [{ session, from: 1, to: stand.entryCount }],
    kept: ids.map((id) => ({ session, id })),
    deliveriesFrom: [{ session, from }],
    heads: [{ session, seq: from - 1 }],
  })
  const facts = {
    stand: standOf(stand),
    keys,
    kept: new Set(ids.filter((_, i) => kept[i])),
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

function checkFrom({ session, from, options }: ReplaceCall, stand: Stand): void {
  if (from <= stand.entryCount + 1) return
  checkRevision(session, stand, options)
  throw new InvalidArgument(`replacement.from: the session has ${stand.entryCount} entries`)
}

/** What a replacement is decided on. */
interface ReplaceFacts {
  readonly stand: Stand
  readonly keys: KnownKeys
  /** Ids that the session says or said and has still. */
  readonly kept: ReadonlySet<number>
  /** What the session says. */
  readonly live: readonly EntryRange[]
  /** The deliveries of the replaced part. */
  readonly deliveries: readonly ChainedEntry[]
  /** The head before the replaced part. */
  readonly head: string
}

function decideReplace(
  call: ReplaceCall,
  { stand, keys, kept, live, deliveries, head }: ReplaceFacts,
  { now, lastEntryId }: Context,
): Decision<RewriteReceipt> {
  const { session, from, entries, dropDeliveries, options } = call
  const counts = ({ id }: KeyUse): boolean => kept.has(id)
  const decided = decideKeys(session, stand.nextId, entries, keys, { onConflict: 'refuse', counts })
  checkRoom(session, stand, decided.added.length, lastEntryId)
  const said = saidFrom(decided, sliceRanges(live, 1, from - 1))
  checkDropped(dropDeliveries, deliveries)
  const except = new Set([...dropDeliveries, ...said.map(({ id }) => id)])
  const carried = carriedDeliveries(deliveries.map(asDelivery), except)
  const ranges = replacedRanges(live, from, carried, said)
  const changes = !saysTheSame(ranges, live)
  if (changes) checkRevision(session, stand, options)
  const after: Stand = changes
    ? {
        revision: stand.revision + 1,
        generation: stand.generation + 1,
        nextId: stand.nextId + decided.added.length,
        entryCount: countEntries(ranges),
        head: [...carried, ...said].reduce((before, { hash }) => chainHead(before, hash), head),
        updatedAt: now,
      }
    : stand
  const answer: RewriteReceipt = {
    ...receiptOf(session, after, decided, ({ id }) => placeOf(ranges, id)),
    generation: after.generation,
    carried: carried.map(({ id }) => id),
    already: false,
  }
  const list = { generation: after.generation, at: now, reason: 'replace', ranges }
  const rewritten: Effect[] = changes
    ? [
        ...storedNew(session, stand, decided),
        ...takenKeys(session, decided),
        { effect: 'rewrite', session, list, shared: from - 1 },
        { effect: 'stand', session, stand: after, change: 'replaced' },
      ]
    : []
  return { effects: [...rewritten, ...remembered(call, answer)], answer }
}

/** What the call says from its place on, each entry once: new ones, and known ones that do not stand before it. */
function saidFrom({ entries }: Decided, before: readonly EntryRange[]): ChainedEntry[] {
  const said = entries.flatMap(({ use, elsewhere }) =>
    elsewhere || placeOf(before, use.id) !== null ? [] : [[use.id, use] as const],
  )
  return [...new Map(said).values()].map(({ owner, id, hash }) => ({ owner, id, hash }))
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

function storedNew(session: Address, { nextId: firstId }: Stand, { added: entries }: Decided): Effect[] {
  return entries.length === 0 ? [] : [{ effect: 'store', session, firstId, entries }]
}

function remembered(call: ReplaceCall, answer: RewriteReceipt): Effect[] {
  const { session, options } = call
  const { operationKey: key } = options
  if (key === undefined) return []
  return [{ effect: 'operation', session, key, operation: { digest: digestOf(call), answer } }]
}
