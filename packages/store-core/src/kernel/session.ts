import type { CheckedEntry } from '../checked-entry.ts'
import { NoSession, RevisionConflict, SessionDeleted, SessionExists, SessionFull } from '../errors.ts'
import { chainHead, EMPTY_HEAD } from '../hash.ts'
import type { NewSession, Session, WriteCondition } from '../session.ts'
import { DEFAULT_NAMESPACE } from '../session-ref.ts'
import type { Effect } from './effects.ts'
import type { Address, Facts, StoredTip, Tip } from './look-ups.ts'

/** Fails with `NoSession` and `SessionDeleted` where a session can't be written to (S10, S27). */
export function checkWritable<S extends Pick<StoredTip, 'isLiving'>>(
  address: Address,
  session: S | null | undefined,
): S {
  if (!session) throw new NoSession(address)
  if (!session.isLiving) throw new SessionDeleted(address)
  return session
}

/** Fails with `SessionExists`, or `SessionDeleted` where there is a tombstone (S27). */
export function checkFree(address: Address, session: Pick<StoredTip, 'isLiving'> | null | undefined): void {
  if (session) throw session.isLiving ? new SessionExists(address) : new SessionDeleted(address)
}

/** Fails with `RevisionConflict` where a session moved on (S6). */
export function checkRevision(
  address: Address,
  { revision }: Pick<Tip, 'revision'>,
  { expectedRevision }: WriteCondition,
): void {
  if (expectedRevision !== undefined && expectedRevision !== revision) {
    throw new RevisionConflict(address, expectedRevision, revision)
  }
}

/** Fails with `SessionFull` where a session has not so many ids left. */
export function checkRoom(
  address: Address,
  { nextId }: Pick<Tip, 'nextId'>,
  count: number,
  lastEntryId: number,
): void {
  if (nextId + count - 1 > lastEntryId) throw new SessionFull(address, lastEntryId)
}

/** What is known of a new session. */
export function factsOf(about: NewSession): Facts {
  return {
    origin: about.origin ?? null,
    parent: about.parent ? { namespace: DEFAULT_NAMESPACE, entry: null, ...about.parent } : null,
    title: about.title ?? null,
    meta: about.meta ?? {},
    codec: about.codec ?? 'openai-chat',
    startedAt: about.startedAt ?? null,
    endedAt: about.endedAt ?? null,
    endReason: about.endReason ?? null,
  }
}

/** The session as its caller is shown it. */
export function sessionOf(address: Address, facts: Facts, tip: Tip): Session {
  const { origin, parent, title, meta, codec, startedAt, endedAt, endReason } = facts
  const { revision, generation, entryCount, head, updatedAt } = tip
  return {
    ...address,
    origin,
    parent,
    title,
    meta,
    codec,
    startedAt,
    endedAt,
    endReason,
    revision,
    generation,
    entryCount,
    head,
    updatedAt,
  }
}

/** The tip of a session that contains nothing yet. */
export function blank(generation: number, now: number): Tip {
  return { revision: 0, generation, nextId: 1, entryCount: 0, head: EMPTY_HEAD, updatedAt: now }
}

/** The tip of a session that a call changes, and what is written to make it so. */
export interface Draft {
  readonly tip: Tip
  readonly effects: readonly Effect[]
}

/** A session that a call makes or brings to live, and what is known of it. */
export interface NewDraft extends Draft {
  readonly session: Address
  readonly facts: Facts
}

/** Says entries at the end, under the next ids (S5, S12). No new list (S13); deliveries leave the revision (S6). */
export function appended(session: Address, tip: Tip, entries: readonly CheckedEntry[], now: number): Draft {
  if (entries.length === 0) return { tip, effects: [] }
  let { head } = tip
  const heads = entries.map(({ hash }) => {
    head = chainHead(head, hash)
    return head
  })
  const { revision, generation, nextId: firstId, entryCount } = tip
  return {
    tip: {
      revision: revision + (entries.some(({ kind }) => kind !== 'delivery') ? 1 : 0),
      generation,
      nextId: firstId + entries.length,
      entryCount: entryCount + entries.length,
      head,
      updatedAt: now,
    },
    effects: [
      { effect: 'store', session, firstId, entries },
      { effect: 'extend', session, firstId, seq: entryCount + 1, heads },
    ],
  }
}

/** Of what is known of a session, its tip. */
export function tipOf({ revision, generation, nextId, entryCount, head, updatedAt }: Tip): Tip {
  return { revision, generation, nextId, entryCount, head, updatedAt }
}
