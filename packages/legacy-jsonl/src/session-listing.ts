import { type SessionRef, sessionAddress } from '@faircopy/store-core'
import type { LegacySession, LegacySource } from './legacy-source.ts'

/** A name for a session that no other session has. */
export function sessionKey(session: SessionRef): string {
  const { namespace, id } = sessionAddress(session)
  return JSON.stringify([namespace, id])
}

/** Every session of a source by its {@link sessionKey}. Of several files that tell one session the first one counts. */
export async function listSessions(source: LegacySource): Promise<ReadonlyMap<string, LegacySession>> {
  const listed = new Map<string, LegacySession>()
  for await (const session of source.sessions()) {
    const key = sessionKey(session)
    if (!listed.has(key)) listed.set(key, session)
  }
  return listed
}
