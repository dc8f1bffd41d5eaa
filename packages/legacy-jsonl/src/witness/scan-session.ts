import { hash } from 'node:crypto'
import { PARTLY_READ, type TranscriptImporter } from '@faircopy/store-core/operator'
import type { LegacySession } from '../source/legacy-source.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { rivalsDigest, type SettledRivals, settleRivals } from './rival-files.ts'
import { scanOrReport } from './scan-or-report.ts'
import type { ScannedWitness } from './scanned-witness.ts'

/** Changes whenever the same witnesses could get another verdict: then what the ledger knows is decided anew. */
const DECISION_VERSION = 3

const UNREAD: ReadonlySet<SourceProblem['code']> = new Set([
  'unreadable-file',
  'database-unreadable',
  'source-changed',
])

/** Whether a problem of a session says that a witness of it, or a part of one, could not be read: what it tells may still come. */
export function isOfUnread({ code }: SourceProblem): boolean {
  return UNREAD.has(code)
}

/** What one pass over each of a session's witnesses left in memory. */
export interface ScannedSession {
  /** With the file that tells it, where several claim it. */
  readonly session: LegacySession
  readonly database: ScannedWitness | null
  /** Null also where several files contradict each other. */
  readonly file: ScannedWitness | null
  /** Files that claim the session, of which none can be preferred: nothing of them is written. */
  readonly contested: readonly ScannedWitness[]
  /** Something that may tell of it is there, and could not be read. */
  readonly isPart: boolean
  readonly key: string
  readonly problems: readonly SourceProblem[]
}

/**
 * Reads a session's witnesses once, and settles which of several files tells it. One that cannot be read is a problem,
 * and is left out.
 */
export async function scanSession(
  { rivals = [], refused = [], ...session }: LegacySession,
  store: Pick<TranscriptImporter, 'ledger'> | null,
  signal?: AbortSignal,
): Promise<ScannedSession> {
  const problems = [...refused]
  const settled: SettledRivals | null =
    session.file && rivals.length > 0
      ? await settleRivals(session, [session.file, ...rivals], store, signal)
      : null
  problems.push(...(settled?.problems ?? []))
  const database = await scanOrReport(session.database, problems, signal)
  const file = settled ? settled.file : await scanOrReport(session.file, problems, signal)
  const contested = settled?.contested ?? []
  for (const scanned of [database, file, ...contested]) problems.push(...(scanned?.problems ?? []))
  const isPart = refused.length > 0 || problems.some(isOfUnread)
  return {
    session: file ? { ...session, file: file.witness } : session,
    database,
    file,
    contested,
    isPart,
    key: ledgerKey(
      session,
      database,
      contested.length > 0 ? { digest: rivalsDigest(contested) } : file,
      isPart,
    ),
    problems,
  }
}

/**
 * One text for the session, the digests of all its witnesses and the version of the rules, wherever the files lie; another
 * one as long as something of it could not be read.
 */
export function ledgerKey(
  session: Pick<LegacySession, 'namespace' | 'id'>,
  database: Pick<ScannedWitness, 'digest'> | null,
  file: Pick<ScannedWitness, 'digest'> | null,
  isPart = false,
): string {
  return hash(
    'sha256',
    JSON.stringify([
      DECISION_VERSION,
      session.namespace,
      session.id,
      database?.digest ?? null,
      file?.digest ?? null,
      ...(isPart ? [PARTLY_READ] : []),
    ]),
  )
}
