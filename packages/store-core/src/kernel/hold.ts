import type { AppendOptions, HeldReceipt } from '../appender.ts'
import type { CheckedEntry } from '../checked-entry.ts'
import { HoldFull, InvalidArgument, KeyConflict } from '../errors.ts'
import type { Effect } from './effects.ts'
import { heldSince } from './held.ts'
import {
  type CallKeys,
  type DeliveryRound,
  deliveryKey,
  isSameRecord,
  type KnownKeys,
  knownKeys,
} from './keys.ts'
import type { OriginAt } from './look-ups.ts'
import { type Answers, ask, type Context, type Decision, type Rule } from './rule.ts'

/** Deliveries that are to be held. */
export interface HoldCall {
  readonly entries: readonly CheckedEntry[]
  readonly keys: CallKeys
  readonly options: Pick<AppendOptions, 'onConflict'>
}

/** Holds deliveries for the session of an origin that is yet to come (S11). */
export function* hold(
  at: OriginAt,
  call: HoldCall,
  deliveries: Answers<DeliveryRound>,
  context: Context,
): Rule<HeldReceipt> {
  const { entries, options } = call
  if (entries.some(({ kind }) => kind !== 'delivery'))
    throw new InvalidArgument('Only deliveries can be held')
  const { heldCounts } = yield* ask({ heldCounts: [{ ...at, since: heldSince(context) }] })
  const known = yield* knownKeys(call, deliveries, [])
  const decided = decideHeld(entries, known, options.onConflict ?? 'refuse')
  return decideHold(at, decided, heldCounts[0]?.found ?? 0, context)
}

/** Which deliveries are held from now on, and what each one's caller is told. */
interface Held {
  readonly added: readonly CheckedEntry[]
  readonly entries: HeldReceipt['entries']
}

function decideHeld(
  entries: readonly CheckedEntry[],
  { delivered, held, linked }: KnownKeys,
  onConflict: 'refuse' | 'first',
): Held {
  const inCall = new Map<string, CheckedEntry>()
  const added: CheckedEntry[] = []
  const answered = entries.map((entry) => {
    const key = deliveryKey(entry)
    const [stored] = (key !== null && delivered.get(key)) || []
    const first = stored?.use ?? (key === null ? undefined : (held.get(key)?.entry ?? inCall.get(key)))
    const differs = first !== undefined && !linked.has(entry) && !isSameRecord(first, entry)
    if (differs && onConflict !== 'first') throw new KeyConflict(stored?.session ?? null, key ?? '')
    if (!first) {
      added.push(entry)
      if (key !== null) inCall.set(key, entry)
    }
    return { already: first !== undefined, differs }
  })
  return { added, entries: answered }
}

function decideHold(
  { namespace, origin }: OriginAt,
  { added, entries }: Held,
  before: number,
  context: Context,
): Decision<HeldReceipt> {
  const { heldPerOrigin } = context.policy
  const waiting = before + added.length
  if (waiting > heldPerOrigin && added.length > 0) throw new HoldFull(heldPerOrigin)
  const effects: Effect[] =
    added.length === 0
      ? []
      : [
          { effect: 'expire', before: heldSince(context) },
          { effect: 'hold', namespace, origin, at: context.now, entries: added },
        ]
  return { effects, answer: { held: true, waiting, entries } }
}
