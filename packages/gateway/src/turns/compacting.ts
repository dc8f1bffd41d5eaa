import {
  InvalidArgument,
  type NewEntry,
  type Origin,
  RevisionConflict,
  type Session,
  type SessionRef,
} from '@faircopy/store-core'
import type { CompactOptions } from '../calls/gateway.ts'
import { GatewayError } from '../calls/gateway-error.ts'
import { addressIn, existing, type Tools } from '../sessions/tools.ts'
import { lastSaid } from './rewinding.ts'

/** Has the model shown a summary in place of what was said. */
export async function compactSession(
  tools: Tools,
  ref: SessionRef,
  { summary, keepTurns = 0, rotate = false, expectedRevision }: CompactOptions,
): Promise<Session> {
  const address = addressIn(tools.namespace, ref)
  const { said, revision } = await lastSaid(tools, address, keepTurns)
  if (expectedRevision !== undefined && expectedRevision !== revision) {
    throw new RevisionConflict(address, expectedRevision, revision)
  }
  const firstKept = keepTurns > 0 ? said.at(-1)?.id : undefined
  const { first_kept: _, ...rest } = summary
  const compaction: NewEntry = {
    kind: 'compaction',
    record: firstKept === undefined ? rest : { ...rest, first_kept: firstKept },
    at: tools.clock(),
  }
  // Asked before the session is seen to live: what takes its place takes its routes.
  const [route] = rotate ? await tools.store.routes(address) : []
  // Looks again: whether the session has ended since its routes were read.
  const session = await existing(tools, address)
  if (session.endedAt !== null) throw new GatewayError('SESSION_ENDED', address)
  if (rotate) {
    const way = route?.origin ?? session.origin
    if (!way) throw new InvalidArgument('compact.rotate: no origin leads to the session')
    return rotated(tools, session, compaction, { way, expectedRevision: revision })
  }
  await tools.store.append(address, compaction, { writer: tools.writer, expectedRevision: revision })
  return existing(tools, address)
}

/** The session that goes on in its place, with everything that led to it. */
async function rotated(
  { store, newId, clock, writer }: Tools,
  { namespace, id, origin, title, meta }: Session,
  compaction: NewEntry,
  { way, expectedRevision }: { readonly way: Origin; readonly expectedRevision: number },
): Promise<Session> {
  const at = clock()
  const opened = await store.open(
    { namespace, origins: [way] },
    {
      session: { fork: { of: id, id: newId(), why: 'compaction', origin, title, meta, startedAt: at } },
      end: { session: id, at, reason: 'compaction' },
      entries: [compaction],
    },
    { writer, expectedRevision },
  )
  if (opened.how === 'found') throw new GatewayError('SESSION_ENDED', { namespace, id })
  return opened.session
}
