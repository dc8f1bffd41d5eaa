import { DEFAULT_NAMESPACE, type Session, type TranscriptReader } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import { CliError } from '../process/cli-error.ts'

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
      advice: '--namespace names one that is not the default. Which there are: faircopy list',
    },
  )
}
