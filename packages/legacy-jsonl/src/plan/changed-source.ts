import type { LedgerRecord, TranscriptImporter } from '@faircopy/store-core'
import type { LegacySession } from '../source/legacy-source.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { type FileLineage, fileOf, isBeginning, takenOf } from './file-lineage.ts'
import type { ScannedWitness } from './scanned-witness.ts'
import type { ReadFile } from './session-report.ts'

/**
 * What a file is to those that told its session in earlier imports: `first` of them, the `same`, one that `grew` (it
 * begins with all of an earlier one), `mended` (it is the last one that was taken, but for lines that became no entry),
 * `shorter` than the last, or `edited`.
 */
export type Observation = 'first' | 'same' | 'grew' | 'mended' | 'shorter' | 'edited'

/** Compares a file with what a session's notes remember of its files. Reads the file again, as far as they went. */
export async function observe(
  notes: readonly LedgerRecord[],
  lineage: FileLineage,
  file: ScannedWitness,
): Promise<Observation> {
  const earlier = notes.flatMap((note) => fileOf(note) ?? [])
  const last = earlier.at(-1)
  if (!last) return 'first'
  if (earlier.some(({ sha256 }) => sha256 === file.digest)) return 'same'
  for (const read of earlier.toReversed()) if (await isBeginning(read, file)) return 'grew'
  const taken = notes.findLast((note) => takenOf(note)?.path !== undefined)
  if (taken && lineage.mendedThrough(fileOf(taken)?.sha256 ?? '') !== null) return 'mended'
  return (file.bytes ?? 0) < last.bytes ? 'shorter' : 'edited'
}

/** Whether a file whose notes are known was taken once more since, as another one. */
export function wasAnotherSince(notes: readonly LedgerRecord[], file: ScannedWitness | null): boolean {
  const last = notes.findLast((note) => takenOf(note)?.path === file?.witness.path)
  return last !== undefined && file !== null && fileOf(last)?.sha256 !== file.digest
}

/** What is to be said of a file that is not what it was. */
export function observationProblems(
  observation: Observation,
  path: string,
  bringsNothing: boolean,
): SourceProblem[] {
  if (observation === 'shorter' && bringsNothing) {
    return [{ code: 'source-truncated', path, detail: 'it is shorter than what was imported before' }]
  }
  if (observation !== 'edited' && observation !== 'shorter') return []
  return [{ code: 'source-edited', path, detail: 'it does not begin with what was imported before' }]
}

/** The files that the ledger says told a session, in the order of their imports; those of undecided sessions too. */
export async function filesRemembered(
  session: LegacySession,
  store: Pick<TranscriptImporter, 'ledger'>,
): Promise<readonly (ReadFile & Pick<LedgerRecord, 'verdict'>)[]> {
  const files: (ReadFile & Pick<LedgerRecord, 'verdict'>)[] = []
  for await (const { report, verdict } of store.ledger({ session })) {
    const file = report['file'] as ReadFile | undefined
    if (file) files.push({ bytes: file.bytes, sha256: file.sha256, verdict })
  }
  return files
}
