import { isJsonObject, type JsonObject, type LedgerRecord } from '@faircopy/store-core'
import type { ReadFile } from '../ledger/session-report.ts'
import { type FilePart, type PlacedParts, partsOf, placeParts } from './file-parts.ts'
import type { ScannedWitness } from './scanned-witness.ts'

/** What a note remembers of what its import took, in the member `taken` of its report. */
export interface Taken {
  /** Of the file. */
  readonly path?: string
  /** Where lines of the file became no entry: what is between them. */
  readonly parts?: readonly FilePart[]
  /** In which stamps of the file that name no zone were read, where one was named. */
  readonly timeZone?: string
  /** How many rows became no entry. */
  readonly rows: number
  /** The highest entry id of the session then; 0 for none. */
  readonly through: number
}

/** What an import takes of the witnesses. */
export interface Taking {
  /** What later imports have to know of them; null where nothing of them is written. */
  readonly taken: Taken | null
  /** The runs whose quarantined lines they settle. */
  readonly settles: readonly string[]
}

/** How a file goes on from those that earlier imports took. */
export interface FileLineage {
  /** Where a line stands now that an import took at an offset. */
  offsetNow(importId: string, offset: number): number
  /**
   * Up to which byte the file is, but for lines that were mended since, the one of a digest; null where it is not, or
   * none was mended.
   */
  mendedThrough(sha256: string): number | null
  /** Whether a line of any earlier file was mended. */
  readonly isMended: boolean
}

/** That of a session without a file, or without an earlier one. */
export const NO_LINEAGE: FileLineage = {
  offsetNow: (_, offset) => offset,
  mendedThrough: () => null,
  isMended: false,
}

interface TakenWitnesses {
  readonly database: ScannedWitness | null
  readonly file: ScannedWitness | null
}

interface Mended extends PlacedParts {
  /** Of the latest file that went on from it. */
  readonly parts: readonly FilePart[]
}

/**
 * Finds where the lines of earlier files stand after lines that became no entry were mended. A file that is what it was,
 * or that with more at its end, is not looked at: its lines stand where they stood.
 *
 * Cost: reads the file some times where a line was mended, else not more than once.
 */
export async function fileLineage(
  notes: readonly LedgerRecord[],
  file: ScannedWitness | null,
): Promise<FileLineage> {
  if (!file) return NO_LINEAGE
  const known: { readonly parts: readonly FilePart[]; readonly mended: Mended | null }[] = []
  const byImport = new Map<string, Mended>()
  const through = new Map<string, number>()
  for (const note of notes.toReversed()) {
    const read = fileOf(note)
    const parts = takenOf(note)?.parts
    if (!read || !parts) continue
    const later = known.find((one) => beginsWith(one.parts, parts, endsInLine(read, parts)))
    const mended = later ? later.mended : await mendedFile(file, read, parts)
    if (!later) known.push({ parts, mended })
    if (!mended) continue
    byImport.set(note.importId, mended)
    through.set(read.sha256, endOf(read, parts, mended))
  }
  return {
    offsetNow(importId, offset) {
      const mended = byImport.get(importId)
      const i = mended?.parts.findIndex(({ from, bytes }) => offset >= from && offset < from + bytes) ?? -1
      return mended && i !== -1 ? (mended.at[i] as number) + offset - (mended.parts[i]?.from ?? 0) : offset
    },
    mendedThrough: (sha256) => through.get(sha256) ?? null,
    isMended: through.size > 0,
  }
}

/** What is to be remembered of the witnesses that an import takes now. */
export async function takeWitnesses(
  { database, file }: TakenWitnesses,
  lineage: FileLineage,
  notes: readonly LedgerRecord[],
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
  note: LedgerRecord,
  { database, file }: TakenWitnesses,
  lineage: FileLineage,
): Promise<boolean> {
  const taken = takenOf(note)
  const hadLines = hadLinesAside(note)
  const hadRows = (taken?.rows ?? 0) > 0
  if (!(hadLines || hadRows) || (hadRows && !database)) return false
  if (!hadLines) return true
  if (!file || taken?.path === file.witness.path) return file !== null
  const read = fileOf(note)
  return read !== null && (lineage.mendedThrough(read.sha256) !== null || (await isBeginning(read, file)))
}

/** What the note of a run says of that. One run can take several files: what it quarantined itself is not settled by it. */
export function takenMembers({ taken, settles }: Taking, run: string): JsonObject {
  const others = settles.filter((importId) => importId !== run)
  const members = { ...(taken ? { taken } : {}), ...(others.length > 0 ? { settles: others } : {}) }
  return JSON.parse(JSON.stringify(members)) as JsonObject
}

/** What a note remembers of what was taken; null for nothing. */
export function takenOf({ report: { taken } }: Pick<LedgerRecord, 'report'>): Taken | null {
  return isJsonObject(taken) ? (taken as unknown as Taken) : null
}

/** The file that a note speaks of. */
export function fileOf({ report: { file } }: Pick<LedgerRecord, 'report'>): ReadFile | null {
  return isJsonObject(file) ? (file as unknown as ReadFile) : null
}

/** Whether a file is what it was when it was read before, or that with more at its end. */
export async function isBeginning({ bytes, sha256 }: ReadFile, file: ScannedWitness): Promise<boolean> {
  if (sha256 === file.digest) return true
  return bytes > 0 && (await file.witness.prefixDigest?.(bytes)) === sha256
}

async function mendedFile(
  file: ScannedWitness,
  read: ReadFile,
  parts: readonly FilePart[],
): Promise<Mended | null> {
  if (await isBeginning(read, file)) return null
  const placed = await placeParts(file.witness.path, parts)
  return placed && { ...placed, parts }
}

/** Where a file ends now that had the first of these parts. Its last line counts, whatever it has become. */
function endOf({ bytes }: ReadFile, own: readonly FilePart[], { at, nextEnd }: Mended): number {
  return endsInLine({ bytes }, own)
    ? (at[own.length] ?? nextEnd)
    : (at[own.length - 1] ?? 0) + (own.at(-1)?.bytes ?? 0)
}

/** Whether the last line of a file became no entry. */
function endsInLine({ bytes }: Pick<ReadFile, 'bytes'>, parts: readonly FilePart[]): boolean {
  const last = parts.at(-1)
  return (last ? last.from + last.bytes : 0) < bytes
}

/** Whether a file went on from an earlier one, by its parts: then what is found of it is true of the earlier one. */
function beginsWith(parts: readonly FilePart[], earlier: readonly FilePart[], endedInLine: boolean): boolean {
  return earlier.every(({ from, bytes, sha256 }, i) => {
    const own = parts[i]
    const mayBeLonger = i === earlier.length - 1 && !endedInLine
    return own?.from === from && (own.sha256 === sha256 || (mayBeLonger && own.bytes > bytes))
  })
}

function hadLinesAside({ report: { lines } }: LedgerRecord): boolean {
  return isJsonObject(lines) && Number(lines['quarantined'] ?? 0) + Number(lines['tornTail'] ?? 0) > 0
}
