import { channel } from 'node:diagnostics_channel'
import {
  AmbiguousOrigin,
  type HeldReceipt,
  type NewEntry,
  type Receipt,
  StoreError,
  type StoreErrorCode,
  type TranscriptAppender,
} from '@faircopy/store-core'
import { argument, checkArgument, isOriginTarget } from '@faircopy/store-core/arguments'
import type { Delivery, DeliveryTarget } from './delivery.ts'
import { deliveryKey } from './delivery-key.ts'
import { deliveryRecord } from './delivery-record.ts'
import type { MirrorOptions } from './mirror-options.ts'
import type { MirrorOutcome, RefusalReason } from './mirror-outcome.ts'
import { namesOf, readDelivery } from './read-delivery.ts'

/** Every outcome is published on this `diagnostics_channel`, as a {@link MirrorEvent}. */
export const MIRROR_CHANNEL = '@faircopy/mirror'

/** What the channel carries: the delivery's id and target, never its words. */
export interface MirrorEvent {
  /** Null where the delivery names none, or cannot be read. */
  readonly deliveryId: string | null
  readonly part: number
  readonly target: DeliveryTarget | null
  readonly result: MirrorOutcome
}

/** Records deliveries where they were received. */
export interface Mirror {
  /**
   * Records one part of a delivery in the session that received it, once (S4). Resolves after the commit with what
   * became of it, and never rejects, whatever it is given: a delivery that was made must not fail because its record did.
   * Recorded again with another text, the first stands, and `differs` says so.
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

const mirrorOptions = argument.members<MirrorOptions>({
  store: argument.having<TranscriptAppender>('append'),
})

/**
 * A mirror that writes through the appender it is handed, and through nothing else.
 *
 * Fails with `InvalidArgument` for an option that is not known, and a store that cannot append.
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
export function createMirror(options: MirrorOptions): Mirror {
  const { store } = checkArgument(mirrorOptions, options, 'options')
  const outcomes = channel(MIRROR_CHANNEL)
  return {
    async record(delivery) {
      // Also an error may be of a kind that throws when it is looked at.
      const failed = (error: unknown): MirrorOutcome => ({ outcome: 'failed', error })
      const result = await recorded(store, delivery).catch(failed)
      if (outcomes.hasSubscribers) {
        const event: MirrorEvent = { ...namesOf(delivery), result }
        outcomes.publish(event)
      }
      return result
    },
  }
}

async function recorded(store: MirrorOptions['store'], given: unknown): Promise<MirrorOutcome> {
  try {
    const delivery = readDelivery(given)
    const { target, at, correlation, deliveryId, part = 0 } = delivery
    const entry: NewEntry = {
      kind: 'delivery',
      record: deliveryRecord(delivery),
      at,
      idempotencyKey: deliveryKey(deliveryId, part),
      ...(correlation !== undefined && { correlation }),
    }
    const receipt = isOriginTarget(target)
      ? await store.append(target, entry, { onConflict: 'first' })
      : await store.append(target, entry, { onConflict: 'first' })
    return outcomeOf(receipt)
  } catch (error) {
    return refusalOf(error) ?? { outcome: 'failed', error }
  }
}

function outcomeOf(receipt: Receipt | HeldReceipt): MirrorOutcome {
  const differs = receipt.entries[0]?.differs ?? false
  if ('held' in receipt) return { outcome: 'held', waiting: receipt.waiting, differs }
  const [first] = receipt.entries
  return {
    outcome: first?.already ? 'already' : 'written',
    session: receipt.session,
    entry: { id: first?.id ?? 0, seq: first?.seq ?? null },
    differs,
  }
}

function refusalOf(error: unknown): MirrorOutcome | null {
  if (!StoreError.is(error) || error.outcome !== 'not-stored') return null
  const reason = REFUSALS.get(error.code)
  if (!reason) return null
  const candidates = error instanceof AmbiguousOrigin ? error.candidates : []
  return { outcome: 'refused', reason, candidates, error }
}
