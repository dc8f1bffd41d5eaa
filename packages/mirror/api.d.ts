// create-mirror.d.ts
import type { Delivery } from './delivery.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { MirrorOutcome } from './mirror-outcome.ts';
/** Every outcome is published on this `diagnostics_channel`, as a {@link MirrorEvent}. */
export declare const MIRROR_CHANNEL = "@faircopy/mirror";
/** What the channel carries: the delivery's id and target, never its words. */
export interface MirrorEvent {
    readonly deliveryId: string;
    readonly part: number;
    readonly target: Delivery['target'];
    readonly result: MirrorOutcome;
}
/** Records deliveries where they were received. */
export interface Mirror {
    /**
     * Records one part of a delivery in the session that received it, once (S4). Resolves after the commit with what
     * became of it, and never rejects: a delivery that was made must not fail because its record did.
     */
    record(delivery: Delivery): Promise<MirrorOutcome>;
}
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
export declare function createMirror({ store }: MirrorOptions): Mirror;
// delivery.d.ts
import type { JsonObject, OriginTarget, SessionRef } from '@faircopy/store-core';
/**
 * The session that received a delivery: named, or found inside the write's own transaction by where the person is
 * (S10): platform, account, chat, thread, and the user by either of their two ids. Never "the newest".
 */
export type DeliveryTarget = SessionRef | OriginTarget;
/** What is known of a delivery besides its words. */
export interface DeliveryFacts {
    /** The sender's id of the delivery. The same delivery recorded again is stored once, in the whole store (S4). */
    readonly deliveryId: string;
    /** Which part of a delivery that was sent as several messages. Defaults to 0. */
    readonly part?: number;
    readonly target: DeliveryTarget;
    /** Where it was sent from: a session, a scheduled job, another platform. */
    readonly deliveredFrom: string;
    /** When it was delivered, epoch ms. */
    readonly at: number;
    /**
     * The idempotency key that an assistant turn which says the same was or will be stored under. Where the session has
     * it, the delivery is linked to it and not told a second time.
     */
    readonly correlation?: string;
}
/** One message that was delivered into a conversation by something other than its own agent turn: its text, or the whole record. */
export type Delivery = DeliveryFacts & ({
    readonly text: string;
} | {
    readonly record: string | JsonObject;
});
// index.d.ts
export { createMirror, MIRROR_CHANNEL, type Mirror, type MirrorEvent } from './create-mirror.ts';
export type { Delivery, DeliveryFacts, DeliveryTarget } from './delivery.ts';
export type { MirrorOptions } from './mirror-options.ts';
export type { MirrorOutcome, RefusalReason } from './mirror-outcome.ts';
// mirror-options.d.ts
import type { TranscriptAppender } from '@faircopy/store-core';
/** What a mirror is made of. */
export interface MirrorOptions {
    /**
     * All that the mirror gets to write with: it opens no file and knows no database. Hand it the narrowest appender
     * there is, one whose writer is stamped by the store and that takes no kind but `delivery`.
     */
    readonly store: TranscriptAppender;
}
// mirror-outcome.d.ts
import type { ReceiptEntry, SessionAddress, SessionRef } from '@faircopy/store-core';
/** Why a delivery was not stored, by the store's own code in lower case where it has one. */
export type RefusalReason = 'ambiguous-origin' | 'hold-full' | 'invalid' | 'kind-refused' | 'no-session' | 'session-deleted' | 'session-full';
/**
 * What became of a delivery. It is known only after the commit, and a mirror never throws into its caller.
 *
 * - `written`: stored now, durably (S1).
 * - `already`: stored before (S4), or linked to the turn it correlates with.
 * - `held`: no session of that origin lives; kept until one is created (S11).
 * - `refused`: not stored, because of the delivery or its target; `candidates` names the sessions it might mean (S10).
 * - `failed`: the store could not; `error` says whether the delivery may be stored nevertheless (S3). Recording it
 *   again is safe.
 */
export type MirrorOutcome = {
    readonly outcome: 'written' | 'already';
    readonly session: Required<SessionAddress>;
    readonly entry: Pick<ReceiptEntry, 'id' | 'seq'>;
} | {
    readonly outcome: 'held';
    readonly waiting: number;
} | {
    readonly outcome: 'refused';
    readonly reason: RefusalReason;
    readonly candidates: readonly SessionRef[];
} | {
    readonly outcome: 'failed';
    readonly error: unknown;
};
