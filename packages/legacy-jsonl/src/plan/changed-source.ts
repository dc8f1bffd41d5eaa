import {
  isJsonObject,
  type LedgerRecord,
  type SessionAddress,
  type TranscriptImporter,
} from '@faircopy/store-core'
import type { ReadFile } from '../ledger/session-report.ts'
import { notesOf } from '../ledger/session-standing.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { type FileLineage, fileOf, isBeginning, takenOf } from '../witness/file-lineage.ts'
import { countTold, type ScannedWitness } from '../witness/scanned-witness.ts'

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

/** Whether a file that is known was taken once more since, as another one. */
export function wasAnotherSince(notes: readonly LedgerRecord[], file: ScannedWitness | null): boolean {
  const taken = notes.filter((note) => file !== null && takenOf(note)?.path === file.witness.path)
  const last = taken.flatMap((note) => fileOf(note) ?? []).at(-1)
  return last !== undefined && last.sha256 !== file?.digest
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

/** The witnesses of a session that tell nothing, though they told something when they were imported. */
export function emptiedWitnesses(
  notes: readonly LedgerRecord[],
  { database, file }: { readonly database: ScannedWitness | null; readonly file: ScannedWitness | null },
): readonly ScannedWitness[] {
  return [database, file]
    .filter((each) => each !== null)
    .filter(
      (each) =>
        countTold(each) + each.unread.length === 0 &&
        notes.some((note) => toldBy(note)[each.witness.kind] > 0),
    )
}

/** Whether an import read lines or rows of a session, by its notes: that of one that was undone is none. */
export function wasTold(notes: readonly LedgerRecord[]): boolean {
  return notes.some((note) => Object.values(toldBy(note)).some((count) => count > 0))
}

/** Whether an import that was not undone told a store a session by a file. */
export async function wasToldByFile(
  session: Required<SessionAddress>,
  store: Pick<TranscriptImporter, 'ledger'>,
): Promise<boolean> {
  return (await notesOf(store, session)).some((note) => toldBy(note).file > 0)
}

/** How many lines and rows the import of a note read; blank lines aside. */
export function toldBy({ report: { rows, lines } }: LedgerRecord): {
  readonly [K in LegacyWitness['kind']]: number
} {
  const { total, blank } = isJsonObject(lines) ? lines : {}
  return { database: Number(rows ?? 0), file: Number(total ?? 0) - Number(blank ?? 0) }
}

/** What is to be said of a witness that tells nothing any more. */
export function emptiedProblem({ witness: { kind, path } }: ScannedWitness, id: string): SourceProblem {
  const nothing = kind === 'file' ? 'no line' : `no row of session ${JSON.stringify(id)}`
  const detail = `it has ${nothing} any more, and had some when it was imported before`
  return { code: 'source-truncated', path, detail }
}

/** The files that the ledger says told a session, in the order of their imports; those of undecided sessions too. */
export async function filesRemembered(
  session: LegacySession,
  store: Pick<TranscriptImporter, 'ledger'>,
): Promise<readonly (ReadFile & Pick<LedgerRecord, 'verdict'>)[]> {
  const files: (ReadFile & Pick<LedgerRecord, 'verdict'>)[] = []
  for await (const note of store.ledger({ session })) {
    const file = fileOf(note)
    if (file) files.push({ bytes: file.bytes, sha256: file.sha256, verdict: note.verdict })
  }
  return files
}
