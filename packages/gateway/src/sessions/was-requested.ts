import type { Session, TranscriptReader } from '@faircopy/store-core'
import { requestOf } from '../entries/marker.ts'

/**
 * Whether a request for a new session was carried out before: it made this session, or the one that this one stands in
 * place of. Cost: the beginning of both.
 */
export async function wasRequested(
  reader: TranscriptReader,
  session: Session,
  idempotencyKey: string,
): Promise<boolean> {
  if (await beganBy(reader, session, idempotencyKey)) return true
  if (session.parent?.why !== 'reset') return false
  const { namespace, id } = session.parent
  const before = await reader.get({ namespace, id })
  return before !== null && beganBy(reader, before, idempotencyKey)
}

/** A session's first entry, but for what was held for it, names the request that made it. */
async function beganBy(reader: TranscriptReader, session: Session, idempotencyKey: string): Promise<boolean> {
  for await (const entry of reader.read(session)) {
    if (entry.kind !== 'delivery') return requestOf(entry) === idempotencyKey
  }
  return false
}
