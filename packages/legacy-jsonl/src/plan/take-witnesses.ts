import { type Memory, memoryOf, type Note, type Taken } from '../ledger/note.ts'
import { type FileLineage, isBeginning } from '../witness/file-lineage.ts'
import { partsOf } from '../witness/file-parts.ts'
import type { ScannedWitness } from '../witness/scanned-witness.ts'

/** What an import takes of the witnesses. */
export interface Taking {
  /** What later imports have to know of them; null where nothing of them is written. */
  readonly taken: Taken | null
  /** The runs whose quarantined lines they settle. */
  readonly settles: readonly string[]
}

interface TakenWitnesses {
  readonly database: ScannedWitness | null
  readonly file: ScannedWitness | null
}

/** What is to be remembered of the witnesses that an import takes now. */
export async function takeWitnesses(
  { database, file }: TakenWitnesses,
  lineage: FileLineage,
  notes: readonly Note[],
  through: number,
): Promise<Taking> {
  const parts = file && file.aside.length > 0 ? await partsOf(file.witness.path, file.aside) : null
  const settles: string[] = []
  for (const note of notes)
    if (await isSettled(note, { database, file }, lineage)) settles.push(note.importId)
  return {
    taken: {
      ...(file ? { path: file.witness.path } : {}),
      ...(parts ? { parts } : {}),
      ...(file?.witness.timeZone === undefined ? {} : { timeZone: file.witness.timeZone }),
      rows: database?.aside.length ?? 0,
      through,
    },
    settles: [...new Set(settles)],
  }
}

/** Whether the witnesses have what became of all that an import quarantined, or have it no more. */
async function isSettled(
  note: Note,
  { database, file }: TakenWitnesses,
  lineage: FileLineage,
): Promise<boolean> {
  const { taken, report } = memoryOf(note)
  const hadLines = (report.lines?.quarantined ?? 0) + (report.lines?.tornTail ?? 0) > 0
  const hadRows = (taken?.rows ?? 0) > 0
  if (!(hadLines || hadRows) || (hadRows && !database)) return false
  if (!hadLines) return true
  if (!file || taken?.path === file.witness.path) return file !== null
  const read = report.file
  return (
    read !== undefined && (lineage.mendedThrough(read.sha256) !== null || (await isBeginning(read, file)))
  )
}

/** What the note of a run says of that. One run can take several files: what it quarantined itself is not settled by it. */
export function takenMembers({ taken, settles }: Taking, run: string): Pick<Memory, 'taken' | 'settles'> {
  const others = settles.filter((importId) => importId !== run)
  return { ...(taken ? { taken } : {}), ...(others.length > 0 ? { settles: others } : {}) }
}
