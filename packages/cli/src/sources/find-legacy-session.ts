import { resolve } from 'node:path'
import {
  type LegacyReader,
  type LegacySession,
  type LegacySource,
  listSessions,
  openLegacyReader,
  sessionKey,
} from '@faircopy/legacy-jsonl'
import type { SessionAddress } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import { nextCommand } from '../context/next-command.ts'
import { CliError } from '../process/cli-error.ts'
import { shortPath } from '../text/short-path.ts'

/** A session of a source; null where the source has none of that name. */
export async function legacySession(
  source: LegacySource,
  address: Required<SessionAddress>,
): Promise<LegacySession | null> {
  return (await listSessions(source)).get(sessionKey(address)) ?? null
}

/**
 * A reader of one witness that has the session; null where the source has no such session. Fails with `NO_WITNESS` where
 * only its other witness has it.
 */
export async function legacyReader(
  source: LegacySource,
  address: Required<SessionAddress>,
  witness: 'database' | 'file',
): Promise<LegacyReader | null> {
  const reader = await openLegacyReader(source, { witness })
  if (await reader.witnessOf(address)) return reader
  const other = witness === 'file' ? 'database' : 'file'
  const others = await openLegacyReader(source, { witness: other })
  if (!(await others.witnessOf(address))) return null
  throw new CliError(
    'NO_WITNESS',
    `No ${witness} of ${shortPath(source.path)} tells session ${sessionLabel(address)}.`,
    { advice: `Try --witness ${other}.` },
  )
}

/** A session that a source does not have. */
export function noLegacySession(source: string, address: Required<SessionAddress>): CliError {
  return new CliError('NO_SESSION', `${shortPath(source)} has no session ${sessionLabel(address)}.`, {
    advice: `--namespace names one that is not the default. Its sessions: ${nextCommand('faircopy audit SOURCE --json', { source: resolve(source) })}`,
  })
}
