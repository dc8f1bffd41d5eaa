import {
  type Codec,
  codecNamed,
  type Entry,
  type NewEntry,
  parseRecord,
  RevisionConflict,
  type RewriteReceipt,
  recordText,
  type SessionAddress,
  type SessionRef,
  StoreError,
} from '@faircopy/store-core'
import type { EditOptions, Retried, RetryOptions, Undone, UndoOptions } from '../calls/gateway.ts'
import { GatewayError } from '../calls/gateway-error.ts'
import { backward, unlessStale } from '../entries/backward.ts'
import { undoing } from '../entries/marker.ts'
import { turnKey } from '../entries/turn-key.ts'
import { turnNamed } from '../entries/turn-name.ts'
import { addressIn, existing, type Tools } from '../sessions/tools.ts'
import { metaOf } from './session-meta.ts'
import { storedTurn } from './stored-turn.ts'
import { turnUnder } from './turns.ts'

/** Begins a turn anew: the last one, or the one of an entry, with another record if one is given. */
export async function retryTurn(
  tools: Tools,
  ref: SessionRef,
  options: RetryOptions & Partial<EditOptions>,
): Promise<Retried | null> {
  const { idempotencyKey, expectedRevision, entry: wanted } = options
  const session = addressIn(tools.namespace, ref)
  const codec = await codecOf(tools, session)
  const before = await turnUnder(tools, session, turnNamed(idempotencyKey), options.record)
  if (before) {
    const [first] = before.stored
    if (!first) throw new GatewayError('TURN_DROPPED', session)
    return { turn: before, text: textOf(codec, first.record), record: first.record }
  }
  const isWanted = ({ id }: Entry): boolean => wanted === undefined || id === wanted
  const end = await endOfSession(tools, session, codec, (said) => said.some(isWanted))
  const asked = end.said.find(isWanted)
  if (!asked) return null
  const record = recordText(options.record ?? asked.record)
  const again: NewEntry = { record, at: tools.clock(), idempotencyKey: turnKey(idempotencyKey, 0) }
  const { entries } = await rewind(
    tools,
    session,
    end,
    { from: asked.seq, entries: [again] },
    { expectedRevision },
  )
  const { id = 0, seq = null } = entries.at(-1) ?? {}
  const first = { id, seq, already: false, differs: false }
  const turn = await storedTurn(tools, { session, turn: turnNamed(idempotencyKey), first })
  return { turn, text: textOf(codec, record), record }
}

/** Takes back what the person said last, and all that came of it. */
export async function undoTurns(
  tools: Tools,
  ref: SessionRef,
  { turns = 1, expectedRevision, idempotencyKey }: UndoOptions = {},
): Promise<Undone> {
  const session = addressIn(tools.namespace, ref)
  const codec = await codecOf(tools, session)
  const end = await endOfSession(tools, session, codec, (said) => said.length >= turns)
  const said = end.said.slice(0, turns).reverse()
  const [first] = said
  if (!first) return { said, revision: end.revision, already: false }
  const operationKey = idempotencyKey === undefined ? undefined : turnKey(idempotencyKey, 0)
  try {
    const marker = { from: first.seq, entries: [undoing(said.length, tools.clock())] }
    const receipt = await rewind(tools, session, end, marker, { expectedRevision, operationKey })
    return { said: receipt.already ? [] : said, revision: receipt.revision, already: receipt.already }
  } catch (error) {
    // The operation was made before, and the session goes another way since.
    if (!StoreError.is(error) || error.code !== 'KEY_CONFLICT') throw error
    return { said: [], revision: end.revision, already: true }
  }
}

/** The end of a session, read backward. */
interface SessionEnd {
  /** What the person said, the last first. */
  readonly said: readonly Entry[]
  readonly entries: readonly Entry[]
  readonly revision: number
}

function endOfSession(
  tools: Tools,
  session: Required<SessionAddress>,
  codec: Codec,
  isEnough: (said: readonly Entry[]) => boolean,
): Promise<SessionEnd> {
  return unlessStale(async () => {
    const said: Entry[] = []
    const entries: Entry[] = []
    let { revision } = await existing(tools, session)
    for await (const { entry, revision: read } of backward(tools.store, session)) {
      revision = read
      entries.push(entry)
      if (isSaid(codec, entry)) said.push(entry)
      if (isEnough(said)) break
    }
    return { said, entries, revision }
  })
}

interface Conditions {
  readonly expectedRevision: number | undefined
  readonly operationKey?: string | undefined
}

function rewind(
  { store, writer }: Tools,
  session: Required<SessionAddress>,
  end: SessionEnd,
  { from, entries }: { readonly from: number; readonly entries: readonly NewEntry[] },
  { expectedRevision = end.revision, operationKey }: Conditions,
): Promise<RewriteReceipt> {
  if (expectedRevision !== end.revision) throw new RevisionConflict(session, expectedRevision, end.revision)
  const kept = metaOf(end.entries.filter(({ seq }) => seq >= from))
  return store.replace(
    session,
    { from, entries: [...kept, ...entries] },
    { expectedRevision, writer, ...(operationKey !== undefined && { operationKey }) },
  )
}

/** The last things that the person said, the last first: what a compaction counts by. */
export async function lastSaid(
  tools: Tools,
  session: Required<SessionAddress>,
  count: number,
): Promise<{ readonly said: readonly Entry[]; readonly revision: number }> {
  const codec = await codecOf(tools, session)
  return endOfSession(tools, session, codec, (said) => said.length >= count)
}

async function codecOf(tools: Tools, session: Required<SessionAddress>): Promise<Codec> {
  const { codec } = await existing(tools, session)
  return codecNamed(codec, tools.codecs)
}

function isSaid(codec: Codec, { kind, record }: Entry): boolean {
  return kind === 'message' && codec.view(parseRecord(record)).role === 'user'
}

function textOf(codec: Codec, record: string): string {
  return codec.view(parseRecord(record)).text
}
