import { hash } from 'node:crypto'
import type { LegacySession, LegacyWitness } from './legacy-source.ts'
import { type ScannedWitness, scanWitness } from './scanned-witness.ts'
import { SourceChanged, SourceUnreadable } from './source-error.ts'
import type { SourceProblem } from './source-problem.ts'

/** Changes whenever the same witnesses could get another verdict: then what the ledger knows is decided anew. */
const DECISION_VERSION = 1

/** What one pass over each of a session's witnesses left in memory. */
export interface ScannedSession {
  readonly database: ScannedWitness | null
  readonly file: ScannedWitness | null
  /** One text for the session, the digests of all its witnesses and the version of the rules, wherever the files lie. */
  readonly key: string
  readonly problems: readonly SourceProblem[]
}

/** Reads a session's witnesses once. One that cannot be read is a problem, and is left out. */
export async function scanSession(session: LegacySession, signal?: AbortSignal): Promise<ScannedSession> {
  const problems: SourceProblem[] = []
  const database = await scan(session.database, problems, signal)
  const file = await scan(session.file, problems, signal)
  problems.push(...(database?.problems ?? []), ...(file?.problems ?? []))
  return { database, file, key: ledgerKey(session, database, file), problems }
}

async function scan(
  witness: LegacyWitness | null,
  problems: SourceProblem[],
  signal: AbortSignal | undefined,
): Promise<ScannedWitness | null> {
  if (!witness) return null
  for (let attempt = 1; ; attempt++) {
    try {
      return await scanWitness(witness, signal)
    } catch (error) {
      if (error instanceof SourceChanged && attempt < 3) continue
      if (!(error instanceof SourceUnreadable || error instanceof SourceChanged)) throw error
      problems.push({
        code:
          error instanceof SourceChanged
            ? 'source-changed'
            : witness.kind === 'file'
              ? 'unreadable-file'
              : 'database-unreadable',
        path: witness.path,
        detail: error.message,
      })
      return null
    }
  }
}

function ledgerKey(
  session: LegacySession,
  database: ScannedWitness | null,
  file: ScannedWitness | null,
): string {
  return hash(
    'sha256',
    JSON.stringify([
      DECISION_VERSION,
      session.namespace,
      session.id,
      database?.digest ?? null,
      file?.digest ?? null,
    ]),
  )
}
