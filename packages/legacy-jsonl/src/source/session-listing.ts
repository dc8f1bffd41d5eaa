import type { SessionRef } from '@faircopy/store-core'
import { sessionAddress, untilAborted } from '@faircopy/store-core/backend'
import type { LegacySession, LegacySource } from './legacy-source.ts'

/** A name for a session that no other session has. */
export function sessionKey(session: SessionRef): string {
  const { namespace, id } = sessionAddress(session)
  return JSON.stringify([namespace, id])
}

/** The id of the session that a {@link sessionKey} names. */
export function idOfKey(key: string): string {
  return (JSON.parse(key) as [namespace: string, id: string])[1]
}

/**
 * Every session of a source once, by its {@link sessionKey}. Files that claim one session are its file and its rivals. An
 * abort ends it at once, also where the source does not answer.
 */
export async function listSessions(
  source: LegacySource,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, LegacySession>> {
  const listed = new Map<string, LegacySession>()
  for await (const session of untilAborted(source.sessions(), signal)) {
    const key = sessionKey(session)
    const first = listed.get(key)
    if (!first) listed.set(key, session)
    else if (session.file) listed.set(key, claimed(first, session.file))
  }
  return listed
}

function claimed(session: LegacySession, file: NonNullable<LegacySession['file']>): LegacySession {
  return session.file ? { ...session, rivals: [...(session.rivals ?? []), file] } : { ...session, file }
}
