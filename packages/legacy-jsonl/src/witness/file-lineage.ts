import { type FilePart, memoryOf, type Note } from '../ledger/note.ts'
import type { ReadFile } from '../ledger/session-report.ts'
import { type PlacedParts, placeParts } from './file-parts.ts'
import type { ScannedWitness } from './scanned-witness.ts'

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
export async function fileLineage(notes: readonly Note[], file: ScannedWitness | null): Promise<FileLineage> {
  if (!file) return NO_LINEAGE
  const known: { readonly parts: readonly FilePart[]; readonly mended: Mended | null }[] = []
  const byImport = new Map<string, Mended>()
  const through = new Map<string, number>()
  for (const note of notes.toReversed()) {
    const { taken, report } = memoryOf(note)
    const { file: read } = report
    const parts = taken?.parts
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
