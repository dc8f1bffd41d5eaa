import { hash } from 'node:crypto'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import { filesRemembered } from '../ledger/remembered.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { scanOrReport } from './scan-or-report.ts'
import type { ScannedWitness } from './scanned-witness.ts'

/** Several files of one source that claim one session, and which of them tells it. */
export interface SettledRivals {
  /** The one that tells it; null where none can be read, or preferred: then nothing of them is written. */
  readonly file: ScannedWitness | null
  /** Where none can be preferred: all of them, as they were read. */
  readonly contested: readonly ScannedWitness[]
  /** Those of which the one that tells it has all. */
  readonly covered: readonly ScannedWitness[]
  /** What is to be said of each of the others. */
  readonly problems: readonly SourceProblem[]
}

/**
 * Decides between files that claim one session. Equal ones are one. One that begins with all of every other is told. Else
 * the one that a person imported by itself, which the ledger remembers; and else none.
 */
export async function settleRivals(
  session: LegacySession,
  files: readonly LegacyWitness[],
  store: Pick<TranscriptImporter, 'ledger'> | null,
  signal: AbortSignal | undefined,
): Promise<SettledRivals> {
  const problems: SourceProblem[] = []
  const scanned: ScannedWitness[] = []
  for (const file of files) {
    const read = await scanOrReport(file, problems, signal)
    if (read) scanned.push(read)
  }
  const sizeOf = ({ bytes = 0 }: ScannedWitness): number => bytes
  const longest = scanned.reduce<ScannedWitness | null>(
    (best, one) => (best === null || sizeOf(one) > sizeOf(best) ? one : best),
    null,
  )
  if (!longest) return { file: null, contested: [], covered: [], problems }

  const others = scanned.filter((one) => one !== longest)
  const covered = await Promise.all(others.map((one) => isBeginningOf(one, longest)))
  if (!covered.includes(false)) {
    return {
      file: longest,
      contested: [],
      covered: others,
      problems: [...problems, ...told('covered-file', others, longest)],
    }
  }
  const chosen = store && (await chosenBefore(session, scanned, store))
  if (chosen) {
    const left = scanned.filter((one) => one !== chosen)
    return {
      file: chosen,
      contested: [],
      covered: [],
      problems: [...problems, ...told('other-file', left, chosen)],
    }
  }
  return {
    file: null,
    contested: scanned,
    covered: [],
    problems: [...problems, ...told('several-files', scanned, null)],
  }
}

/** One text for files that nobody can prefer between, in whatever order they were found. */
export function rivalsDigest(contested: readonly ScannedWitness[]): string {
  return hash(
    'sha256',
    contested
      .map(({ digest }) => digest)
      .sort()
      .join(' '),
  )
}

async function isBeginningOf(shorter: ScannedWitness, longer: ScannedWitness): Promise<boolean> {
  if (shorter.digest === longer.digest) return true
  return (
    shorter.bytes !== undefined && (await longer.witness.prefixDigest?.(shorter.bytes)) === shorter.digest
  )
}

/** The last of them that was imported and is not undecided. */
async function chosenBefore(
  session: LegacySession,
  scanned: readonly ScannedWitness[],
  store: Pick<TranscriptImporter, 'ledger'>,
): Promise<ScannedWitness | null> {
  for (const { sha256, verdict } of (await filesRemembered(session, store)).toReversed()) {
    const own = scanned.find(({ digest }) => digest === sha256)
    if (own && verdict !== 'ambiguous') return own
  }
  return null
}

function told(
  code: 'covered-file' | 'other-file' | 'several-files',
  files: readonly ScannedWitness[],
  instead: ScannedWitness | null,
): SourceProblem[] {
  return files.map(({ witness: { path } }) => ({
    code,
    path,
    detail: instead
      ? `${instead.witness.path} tells the session`
      : `one of ${files.length} files that tell one session differently`,
  }))
}
