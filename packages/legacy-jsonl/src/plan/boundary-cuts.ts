import type { SessionAddress } from '@faircopy/store-core'
import { PARTLY_READ } from '@faircopy/store-core/operator'
import { type Boundary, boundaryOf, memoryOf, type Note } from '../ledger/note.ts'
import type { FileLineage } from '../witness/file-lineage.ts'
import { ledgerKey } from '../witness/scan-session.ts'
import type { ScannedWitness } from '../witness/scanned-witness.ts'
import { prefixDigest } from '../witness/source-fingerprint.ts'
import type { StoreWitness } from './store-witness.ts'
import type { Telling } from './telling.ts'

/** A proven place in both histories: everything that is told before it comes before everything said from it on. */
export interface Cut {
  /** Index of the first entry of the store behind it. */
  readonly store: number
  /** Index of the first entry of the telling that was not told yet. */
  readonly told: number
  /** Ids of live entries from here on are behind it. */
  readonly entry: number
  /** Lines at this byte offset or a greater one were not told yet. */
  readonly limit: number
}

/** The witnesses that a boundary is to be proven by. */
export interface Witnesses {
  readonly database: ScannedWitness | null
  readonly file: ScannedWitness | null
  readonly lineage: FileLineage
}

/**
 * The boundary that an import of just this database drew itself: what was written live since came after all that the file
 * told then, its lines that became no entry among it. Null where none did, for then nothing of the file is to be mended.
 */
export function importBoundary(
  note: Note,
  session: Required<SessionAddress>,
  { lastOfImport }: Pick<StoreWitness, 'lastOfImport'>,
  database: ScannedWitness | null,
): Boundary | null {
  const { taken, report } = memoryOf(note)
  const { file: read } = report
  if (!taken?.parts || !read) return null
  const ofPart = note.reason === PARTLY_READ
  if (note.key !== ledgerKey(session, database, { digest: read.sha256 }, ofPart)) return null
  return {
    entry: Math.max(taken.through, lastOfImport.get(note.importId) ?? 0) + 1,
    file: { size: read.bytes, digest: read.sha256 },
    database: database && { digest: database.digest },
  }
}

/**
 * Of boundaries, those that what is told now still proves, in order. One whose file was edited, truncated or replaced
 * since, other than by mending lines that became no entry, or whose rows changed, proves nothing and is left out.
 *
 * Cost: reads a file that has grown since once more, up to where it ended then.
 */
export async function boundaryCuts(
  boundaries: readonly Boundary[],
  store: StoreWitness,
  telling: Telling,
  witnesses: Witnesses,
): Promise<readonly Cut[]> {
  const cuts: Cut[] = []
  for (const boundary of [...boundaries].sort((a, b) => a.entry - b.entry)) {
    const cut = await cutOf(boundary, store, telling, witnesses)
    const last = cuts.at(-1)
    if (!cut || (last && (cut.store < last.store || cut.told < last.told))) continue
    cuts.push(cut)
  }
  return cuts
}

/** The boundaries that notes record. */
export function boundariesIn(notes: readonly Note[]): readonly Boundary[] {
  return notes.flatMap((note) => boundaryOf(note) ?? [])
}

/** The place of one boundary; null where it proves nothing. */
export async function cutOf(
  boundary: Boundary,
  store: StoreWitness,
  telling: Telling,
  witnesses: Witnesses,
): Promise<Cut | null> {
  const limit = await provenLimit(boundary, witnesses)
  const told = limit === null ? null : toldBefore(telling, witnesses.file, limit)
  if (limit === null || told === null) return null
  return { store: saidBefore(store, boundary.entry, limit), told, entry: boundary.entry, limit }
}

/** Up to which byte the file was told then; null where that is not proven. */
async function provenLimit(
  boundary: Boundary,
  { database, file, lineage }: Witnesses,
): Promise<number | null> {
  if (database && boundary.database?.digest !== database.digest) return null
  if (!file) return Number.POSITIVE_INFINITY
  if (!boundary.file) return null
  const { size, digest } = boundary.file
  if (digest === file.digest) return Number.POSITIVE_INFINITY
  if (size !== null && (await prefixDigest(file.witness.path, size)) === digest) return size
  return lineage.mendedThrough(digest)
}

/** How many entries of the store stand before the first that was written live, or found in a line, since. */
function saidBefore(store: StoreWitness, entry: number, limit: number): number {
  const isLater = (id: number, index: number): boolean =>
    id > 0 ? id >= entry : (store.offsets[index] ?? -1) >= limit
  const place = store.written.findIndex(isLater)
  return place === -1 ? store.entries.length : place
}

/** How many entries of the telling were told then; null where later lines stand among them. */
function toldBefore(telling: Telling, file: ScannedWitness | null, limit: number): number | null {
  const isLater = (index: number): boolean => {
    const position = telling.file[index] ?? -1
    return position !== -1 && (file?.places[position] ?? 0) >= limit
  }
  const { length } = telling.entries
  let told = length
  while (told > 0 && isLater(told - 1) && (telling.database[told - 1] ?? -1) === -1) told--
  for (let index = 0; index < told; index++) if (isLater(index)) return null
  return told
}
