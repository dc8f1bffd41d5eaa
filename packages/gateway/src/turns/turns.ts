import {
  type NewEntry,
  type Receipt,
  type ReceiptEntry,
  type SessionAddress,
  type SessionRef,
  StoreError,
} from '@faircopy/store-core'
import { argument, checkArgument } from '@faircopy/store-core/arguments'
import { openTurnsOptions } from '../calls/arguments.ts'
import type { OpenTurnsOptions } from '../calls/gateway.ts'
import { GatewayError } from '../calls/gateway-error.ts'
import type { OpenedSession } from '../calls/opened-session.ts'
import type { NewTurn, Turn, TurnRecord } from '../calls/turn.ts'
import type { OpenTurn } from '../entries/open-turn.ts'
import { turnsWithoutEnd } from '../entries/turn-entries.ts'
import { keyAt, type TurnName, turnNamed, turnOfKey } from '../entries/turn-name.ts'
import { liveSessions } from '../sessions/listing.ts'
import { addressIn, existing, type Tools } from '../sessions/tools.ts'
import { storedTurn } from './stored-turn.ts'

/** No session stands at it: an append on it answers for a key that is known, and writes nothing for any other. */
const NO_REVISION = Number.MAX_SAFE_INTEGER

/** Stores what the person said, in the session that lives. */
export async function beginTurn(
  tools: Tools,
  where: OpenedSession | SessionRef,
  { idempotencyKey, record, at = tools.clock() }: NewTurn,
): Promise<Turn> {
  const turn = turnNamed(idempotencyKey)
  const entry: NewEntry = { record, at, idempotencyKey: keyAt(turn, 0) }
  const isOpened = typeof where === 'object' && where !== null && 'route' in where
  const begun = isOpened ? await beginAtRoute(tools, where, entry) : await beginIn(tools, where, entry)
  return storedTurn(tools, { turn, ...begun })
}

/** Goes on with a turn that a session has, or null. */
export async function resumeTurn(
  tools: Tools,
  ref: SessionRef,
  which: OpenTurn | string,
): Promise<Turn | null> {
  const session = addressIn(tools.namespace, ref)
  const turn = typeof which === 'string' ? turnNamed(which) : turnOfKey(firstKeyOf(which))
  return turn && turnUnder(tools, session, turn)
}

/** The turn of a name, held against what it would begin with, if that is given; null where the session has none. */
export async function turnUnder(
  tools: Tools,
  session: Required<SessionAddress>,
  turn: TurnName,
  record?: TurnRecord,
): Promise<Turn | null> {
  const known = await storedUnder(tools, session, { record: record ?? {}, idempotencyKey: keyAt(turn, 0) })
  const differs = record !== undefined && known?.differs === true
  return known && storedTurn(tools, { turn, session, first: { ...known, differs } })
}

function firstKeyOf(which: Partial<OpenTurn> | undefined): string {
  return checkArgument(argument.string, which?.firstKey, 'turn.firstKey')
}

/** The turns that have no end, of a session or of those that live. */
export async function openTurns(
  tools: Tools,
  where: SessionRef | OpenTurnsOptions = {},
): Promise<readonly OpenTurn[]> {
  if (typeof where === 'string' || 'id' in where)
    return turnsWithoutEnd(tools.store, await existing(tools, addressIn(tools.namespace, where)))
  const open: OpenTurn[] = []
  for await (const session of liveSessions(tools, checkArgument(openTurnsOptions, where, 'options'))) {
    // Of a legacy session that is not imported yet, reading it would be the import.
    if (session.entryCount === 0) continue
    open.push(...(await turnsWithoutEnd(tools.store, session)))
  }
  return open
}

interface Begun {
  readonly session: Required<SessionAddress>
  readonly first: ReceiptEntry
}

async function beginAtRoute(
  tools: Tools,
  { route, session: { namespace, parent } }: OpenedSession,
  entry: NewEntry,
): Promise<Begun> {
  const { store, writer } = tools
  if (parent?.why === 'reset') {
    const before = { namespace: parent.namespace, id: parent.id }
    const first = await storedUnder(tools, before, entry)
    if (first) return { session: before, first }
  }
  const receipt = await store.append({ namespace, origin: route }, entry, { writer, onConflict: 'first' })
  return begunBy(receipt as Receipt)
}

async function beginIn(tools: Tools, ref: SessionRef, entry: NewEntry): Promise<Begun> {
  const { store, writer, namespace } = tools
  const session = addressIn(namespace, ref)
  for (;;) {
    // Looks again: whether the session has ended, wherever an append met another revision.
    const { revision, endedAt } = await existing(tools, session)
    if (endedAt !== null) {
      const first = await storedUnder(tools, session, entry)
      if (first) return { session, first }
      throw new GatewayError('SESSION_ENDED', session)
    }
    try {
      const condition = { writer, onConflict: 'first', expectedRevision: revision } as const
      return begunBy(await store.append(session, entry, condition))
    } catch (error) {
      if (!StoreError.is(error) || error.code !== 'REVISION_CONFLICT') throw error
    }
  }
}

/** What a session has under an entry's key, or null. Writes nothing. */
async function storedUnder(
  { store }: Tools,
  session: Required<SessionAddress>,
  entry: NewEntry,
): Promise<ReceiptEntry | null> {
  try {
    const condition = { onConflict: 'first', expectedRevision: NO_REVISION } as const
    return begunBy(await store.append(session, entry, condition)).first
  } catch (error) {
    const isUnknown =
      StoreError.is(error) && ['REVISION_CONFLICT', 'NO_SESSION', 'SESSION_DELETED'].includes(error.code)
    if (isUnknown) return null
    throw error
  }
}

function begunBy({ session, entries }: Receipt): Begun {
  return { session, first: entries[0] as ReceiptEntry }
}
