import { memoryOf, type Note } from '../ledger/note.ts'
import { toldBy } from '../ledger/remembered.ts'
import type { SourceProblem } from '../source/source-problem.ts'
import { type FileLineage, isBeginning } from '../witness/file-lineage.ts'
import { countTold, type ScannedWitness } from '../witness/scanned-witness.ts'

/**
 * What a file is to those that told its session in earlier imports: `first` of them, the `same`, one that `grew` (it
 * begins with all of an earlier one), `mended` (it is the last one that was taken, but for lines that became no entry),
 * `shorter` than the last, or `edited`.
 */
export type Observation = 'first' | 'same' | 'grew' | 'mended' | 'shorter' | 'edited'

/** Compares a file with what a session's notes remember of its files. Reads the file again, as far as they went. */
export async function observe(
  notes: readonly Note[],
  lineage: FileLineage,
  file: ScannedWitness,
): Promise<Observation> {
  const earlier = notes.flatMap((note) => memoryOf(note).report.file ?? [])
  const last = earlier.at(-1)
  if (!last) return 'first'
  if (earlier.some(({ sha256 }) => sha256 === file.digest)) return 'same'
  for (const read of earlier.toReversed()) if (await isBeginning(read, file)) return 'grew'
  const taken = notes.findLast((note) => memoryOf(note).taken?.path !== undefined)
  if (taken && lineage.mendedThrough(memoryOf(taken).report.file?.sha256 ?? '') !== null) return 'mended'
  return (file.bytes ?? 0) < last.bytes ? 'shorter' : 'edited'
}

/** Whether a file that is known was taken once more since, as another one. */
export function wasAnotherSince(notes: readonly Note[], file: ScannedWitness | null): boolean {
  const taken = notes.filter((note) => file !== null && memoryOf(note).taken?.path === file.witness.path)
  const last = taken.flatMap((note) => memoryOf(note).report.file ?? []).at(-1)
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
  notes: readonly Note[],
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

/** What is to be said of a witness that tells nothing any more. */
export function emptiedProblem({ witness: { kind, path } }: ScannedWitness, id: string): SourceProblem {
  const nothing = kind === 'file' ? 'no line' : `no row of session ${JSON.stringify(id)}`
  const detail = `it has ${nothing} any more, and had some when it was imported before`
  return { code: 'source-truncated', path, detail }
}
