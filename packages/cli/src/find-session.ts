import type { LegacySession, LegacySource, LegacyWitness } from '@faircopy/legacy-jsonl'
import { DEFAULT_NAMESPACE, type Session, sessionLabel, type TranscriptReader } from '@faircopy/store-core'
import { CliError } from './cli-error.ts'
import { shortPath } from './short-path.ts'

/** The session of a store. Fails with `NO_SESSION`. */
export async function storedSession(
  store: TranscriptReader,
  id: string,
  namespace: string | undefined,
): Promise<Session> {
  const session = await store.get({ namespace: namespace ?? DEFAULT_NAMESPACE, id })
  if (session) return session
  throw new CliError(
    'NO_SESSION',
    `Session ${sessionLabel({ namespace: namespace ?? DEFAULT_NAMESPACE, id })} does not exist.`,
    {
      advice: 'faircopy list shows which there are; --namespace names one that is not the default.',
    },
  )
}

/** What a witness of a source tells of a session. Fails with `NO_SESSION` or `NO_WITNESS`. */
export async function legacyWitness(
  source: LegacySource,
  id: string,
  namespace: string | undefined,
  kind: 'database' | 'file',
): Promise<{ readonly session: LegacySession; readonly witness: LegacyWitness }> {
  for await (const session of source.sessions()) {
    if (session.id !== id || (namespace !== undefined && session.namespace !== namespace)) continue
    const witness = session[kind]
    if (witness) return { session, witness }
    throw new CliError(
      'NO_WITNESS',
      `No ${kind} of ${shortPath(source.path)} tells session ${sessionLabel(session)}.`,
      {
        advice: `Try --witness ${kind === 'file' ? 'database' : 'file'}.`,
      },
    )
  }
  throw new CliError('NO_SESSION', `${shortPath(source.path)} has no session ${sessionLabel(id)}.`, {
    advice: 'faircopy audit SOURCE --json lists its sessions.',
  })
}
