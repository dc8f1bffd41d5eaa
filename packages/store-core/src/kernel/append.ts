import type { AppendOptions, HeldReceipt, OriginTarget } from '../appender.ts'
import type { CheckedEntry } from '../checked-entry.ts'
import { NoSession } from '../errors.ts'
import { sessionsOfOrigin } from '../origin-match.ts'
import type { Receipt } from '../receipt.ts'
import type { NewSession } from '../session.ts'
import { DEFAULT_NAMESPACE, isSameAddress } from '../session-ref.ts'
import { type Beginning, beginningOf, beginningRound, created } from './create.ts'
import type { Effect } from './effects.ts'
import { hold } from './hold.ts'
import {
  askDeliveries,
  askKeys,
  type CallKeys,
  type Decided,
  type DeliveryRound,
  decideKeys,
  deliveryKey,
  type KnownKeys,
  keysOf,
  knownKeys,
} from './keys.ts'
import { type Address, type KeyUse, OWN, type StoredDelivery, type Tip } from './look-ups.ts'
import { theOne } from './resolve.ts'
import { type Answers, ask, type Context, type Decision, type Rule } from './rule.ts'
import { appended, checkRevision, checkRoom, checkWritable, factsOf } from './session.ts'

/** An append, to a session or to the live session of an origin. */
export interface Append {
  readonly target: Address | OriginTarget
  readonly entries: readonly CheckedEntry[]
  readonly options: AppendOptions
}

/** An append with the keys of its entries. */
interface KeyedAppend extends Append {
  readonly keys: CallKeys
}

/** Appends, all or none (S2, S4, S5, S6, S10, S11). */
export function* append(given: Append, context: Context): Rule<Receipt | HeldReceipt> {
  const { target } = given
  const call = { ...given, keys: keysOf(given.entries) }
  if ('origin' in target) return yield* appendToOrigin(target, call, context)
  return yield* appendAt(target, call, context)
}

function* appendAt(session: Address, call: KeyedAppend, context: Context): Rule<Receipt> {
  const { entries, keys, options } = call
  const known = yield* ask({
    tips: [session],
    keys: askKeys(session, keys),
    ...askDeliveries(keys, context),
  })
  const repeated = repeatedIn(entries, known.deliveries)
  if (repeated && !isSameAddress(repeated, session)) return yield* appendTo(repeated, call, known, context)
  const [tip] = known.tips
  if (!tip && options.create) {
    return yield* appendToNew(session, options.create, call, known, context)
  }
  const to = { session, tip: checkWritable(session, tip), created: null }
  return decideAppend(call, { ...to, keys: yield* knownKeys(call, known, known.keys) }, context)
}

function* appendToOrigin(
  { origin, namespace = DEFAULT_NAMESPACE, whenAbsent = 'refuse' }: OriginTarget,
  call: KeyedAppend,
  context: Context,
): Rule<Receipt | HeldReceipt> {
  const known = yield* ask({ originWays: [{ namespace, origin }], ...askDeliveries(call.keys, context) })
  const repeated = repeatedIn(call.entries, known.deliveries)
  if (repeated) return yield* appendTo(repeated, call, known, context)
  const found = theOne(namespace, sessionsOfOrigin(origin, known.originWays[0]?.found ?? []))
  if (found) return yield* appendTo(found, call, known, context)
  if (whenAbsent === 'refuse') throw new NoSession(null, 'has this origin')
  if (whenAbsent === 'hold') return yield* hold({ namespace, origin }, call, known, context)
  const { id, ...about } = whenAbsent.create
  return yield* appendToNew({ namespace, id }, { origin, ...about }, call, known, context)
}

function* appendTo(
  session: Address,
  call: KeyedAppend,
  deliveries: Answers<DeliveryRound>,
  context: Context,
): Rule<Receipt> {
  const { tips, keys: used } = yield* ask({
    tips: [session],
    keys: askKeys(session, call.keys),
  })
  const tip = checkWritable(session, tips[0])
  const keys = yield* knownKeys(call, deliveries, used)
  return decideAppend(call, { session, tip, created: null, keys }, context)
}

function* appendToNew(
  session: Address,
  about: NewSession,
  call: KeyedAppend,
  deliveries: Answers<DeliveryRound>,
  context: Context,
): Rule<Receipt> {
  const facts = factsOf(about)
  const beginning = beginningOf(session, yield* ask(beginningRound(session, facts, context)))
  const { tip, effects } = created(session, facts, beginning, context)
  const keys = { ...(yield* knownKeys(call, deliveries, [])), used: keysOfHeld(beginning) }
  return decideAppend(call, { session, tip, created: effects, keys }, context)
}

/** Keys of what is placed in a session that a call makes are used in it before the call's own. */
function keysOfHeld({ held }: Beginning): KnownKeys['used'] {
  return new Map(
    held.flatMap(({ entry: { idempotencyKey, kind, at, hash } }, i) =>
      idempotencyKey === null
        ? []
        : [[idempotencyKey, { owner: OWN, id: i + 1, kind, at, hash, seq: i + 1 }] as const],
    ),
  )
}

/**
 * Where a call is answered that does nothing but repeat deliveries: wherever the first of them went (S4). Null if it is any
 * other call.
 */
function repeatedIn(
  entries: readonly CheckedEntry[],
  deliveries: readonly (readonly StoredDelivery[])[],
): Address | null {
  const [first] = deliveries[0] ?? []
  const isRepeated =
    entries.every((entry) => deliveryKey(entry) !== null) && deliveries.every((found) => found.length > 0)
  return isRepeated ? (first?.session ?? null) : null
}

/** The session that a call goes to. */
interface Destination {
  readonly session: Address
  readonly tip: Tip
  /** What makes the session, if the call does. */
  readonly created: readonly Effect[] | null
  readonly keys: KnownKeys
}

function decideAppend(
  { entries, options }: Append,
  { session, tip, created, keys }: Destination,
  { now, lastEntryId }: Context,
): Decision<Receipt> {
  const { onConflict = 'refuse' } = options
  const decided = decideKeys(session, tip.nextId, entries, keys, { onConflict, counts: () => true })
  const { added } = decided
  if (added.length > 0) checkRevision(session, tip, options)
  checkRoom(session, tip, added.length, lastEntryId)
  const after = appended(session, tip, added, now)
  const effects = created ? [...created] : []
  effects.push(...takenKeys(session, decided), ...after.effects)
  if (created || added.length > 0) {
    effects.push({ effect: 'tip', session, tip: after.tip, change: created ? 'created' : 'appended' })
  }
  const seqOf = ({ id, seq }: KeyUse): number | null =>
    id < tip.nextId ? seq : tip.entryCount + 1 + id - tip.nextId
  return { effects, answer: receiptOf(session, after.tip, decided, seqOf) }
}

/** What the keys of a call come to, but for those of the entries that it stores. */
export function takenKeys(session: Address, { links, placed }: Decided): Effect[] {
  const effects: Effect[] = []
  if (placed.length > 0) effects.push({ effect: 'release', numbers: placed.map(({ number }) => number) })
  if (links.length > 0) effects.push({ effect: 'link', session, links })
  return effects
}

/** The receipt of a write. `seqOf`: the place of one of the session's own entries once the call is done. */
export function receiptOf(
  session: Address,
  { revision, entryCount, head }: Tip,
  { entries }: Decided,
  seqOf: (use: KeyUse) => number | null,
): Receipt {
  return {
    session,
    entries: entries.map(({ use, already, differs, elsewhere }) => ({
      id: use.id,
      seq: elsewhere ? use.seq : seqOf(use),
      already,
      differs,
      ...(elsewhere && { session: elsewhere }),
    })),
    revision,
    entryCount,
    head,
  }
}
