import { channel } from 'node:diagnostics_channel'
import {
  AmbiguousOrigin,
  type HeldReceipt,
  type NewEntry,
  type Receipt,
  StoreError,
  type StoreErrorCode,
} from '@faircopy/store-core'
import type { Delivery } from './delivery.ts'
import { deliveryKey } from './delivery-key.ts'
import { deliveryRecord } from './delivery-record.ts'
import type { MirrorOptions } from './mirror-options.ts'
import type { MirrorOutcome, RefusalReason } from './mirror-outcome.ts'

/** Every outcome is published on this `diagnostics_channel`, as a {@link MirrorEvent}. */
export const MIRROR_CHANNEL = '@faircopy/mirror'

/** What the channel carries: the delivery's id and target, never its words. */
export interface MirrorEvent {
  readonly deliveryId: string
  readonly part: number
  readonly target: Delivery['target']
  readonly result: MirrorOutcome
}

/** Records deliveries where they were received. */
export interface Mirror {
  /**
   * Records one part of a delivery in the session that received it, once (S4). Resolves after the commit with what
   * became of it, and never rejects: a delivery that was made must not fail because its record did.
   */
  record(delivery: Delivery): Promise<MirrorOutcome>
}

const REFUSALS: ReadonlyMap<StoreErrorCode, RefusalReason> = new Map<StoreErrorCode, RefusalReason>([
  ['AMBIGUOUS_ORIGIN', 'ambiguous-origin'],
  ['HOLD_FULL', 'hold-full'],
  ['INVALID_ARGUMENT', 'invalid'],
  ['INVALID_RECORD', 'invalid'],
  ['KIND_REFUSED', 'kind-refused'],
  ['NO_SESSION', 'no-session'],
  ['SESSION_DELETED', 'session-deleted'],
  ['SESSION_FULL', 'session-full'],
])

/**
 * A mirror that writes through the appender it is handed, and through nothing else.
 *
 * @example
 * ```ts
 * import { createMirror } from '@faircopy/mirror'
 * import { createMemoryStore } from '@faircopy/store-core/memory'
 *
 * const store = createMemoryStore()
 * await store.create('ada', { origin: { platform: 'telegram', chat: '1001', user: '7' } })
 *
 * const mirror = createMirror({ store: store.appender({ writer: 'mirror', kinds: ['delivery'] }) })
 * const result = await mirror.record({
 *   deliveryId: 'cron-42',
 *   target: { origin: { platform: 'telegram', chat: '1001', user: '7' }, whenAbsent: 'hold' },
 *   text: 'The report is ready.',
 *   deliveredFrom: 'cron',
 *   at: Date.now(),
 * })
 * if (result.outcome === 'refused') console.warn(result.reason, result.candidates)
 * ```
 */
export function createMirror({ store }: MirrorOptions): Mirror {
  const outcomes = channel(MIRROR_CHANNEL)
  return {
    async record(delivery) {
      const part = delivery.part ?? 0
      const result = await recorded(store, delivery, part)
      if (outcomes.hasSubscribers) {
        const event: MirrorEvent = { deliveryId: delivery.deliveryId, part, target: delivery.target, result }
        outcomes.publish(event)
      }
      return result
    },
  }
}

async function recorded(
  store: MirrorOptions['store'],
  delivery: Delivery,
  part: number,
): Promise<MirrorOutcome> {
  try {
    const entry: NewEntry = {
      kind: 'delivery',
      record: deliveryRecord(delivery),
      at: delivery.at,
      idempotencyKey: deliveryKey(delivery.deliveryId, part),
      ...(delivery.correlation === undefined ? {} : { correlation: delivery.correlation }),
    }
    const { target } = delivery
    const receipt =
      typeof target === 'object' && 'origin' in target
        ? await store.append(target, entry, { onConflict: 'first' })
        : await store.append(target, entry, { onConflict: 'first' })
    return outcomeOf(receipt)
  } catch (error) {
    return refusalOf(error) ?? { outcome: 'failed', error }
  }
}

function outcomeOf(receipt: Receipt | HeldReceipt): MirrorOutcome {
  if ('held' in receipt) return { outcome: 'held', waiting: receipt.waiting }
  const [first] = receipt.entries
  return {
    outcome: first?.already ? 'already' : 'written',
    session: receipt.session,
    entry: { id: first?.id ?? 0, seq: first?.seq ?? null },
  }
}

function refusalOf(error: unknown): MirrorOutcome | null {
  if (!StoreError.is(error) || error.outcome !== 'not-stored') return null
  const reason = REFUSALS.get(error.code)
  if (!reason) return null
  return { outcome: 'refused', reason, candidates: error instanceof AmbiguousOrigin ? error.candidates : [] }
}
