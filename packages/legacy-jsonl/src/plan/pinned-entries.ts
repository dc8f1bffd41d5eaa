import type { WitnessEntry } from '@faircopy/reconcile'
import { eachInTurn, giveWay, isHeldLately } from '@faircopy/store-core/backend'
import type { Note } from '../ledger/note.ts'
import type { FileLineage } from '../witness/file-lineage.ts'
import type { ScannedSession } from '../witness/scan-session.ts'
import type { ScannedWitness } from '../witness/scanned-witness.ts'
import type { StoreWitness } from './store-witness.ts'
import type { PairedEntries, Telling } from './telling.ts'

/** Entries of which each that an import brought bears the same id as the line or row that it was taken from. */
export interface PinnedEntries {
  readonly store: readonly WitnessEntry[]
  readonly told: readonly WitnessEntry[]
}

/** When the store and a telling are pinned to each other: where the texts alone don't tell, or before they are asked. */
export interface Pins {
  /** Where lines were mended: one that says what its neighbour says is another line all the same. */
  readonly isFirst: boolean
  ask(): Promise<PinnedEntries | undefined>
}

/**
 * Pins what the store has to where it came from: a source that has only grown still tells every entry that was taken
 * from it at the same byte offset, or in the same row. That they are the same conversation, and which entry is which,
 * is then known without an anchor. A redacted entry is known by its place alone: its line must not bring back what was
 * removed.
 *
 * @param keepsApart what is told at another place is no entry that was pinned, also where it says the same
 * @returns `undefined` where anything that was taken is not told at its place any more, though that could be read, or
 * nothing was taken at all.
 */
export async function pinEntries(
  store: Pick<StoreWitness, 'entries' | 'offsets' | 'redacted' | 'rows'>,
  telling: Telling,
  database: ScannedWitness | null,
  file: ScannedWitness | null,
  keepsApart = false,
): Promise<PinnedEntries | undefined> {
  const byOffset = await indexByPlace(telling.file, file)
  const byRow = await indexByPlace(telling.database, database)
  const isUnread = (row: number): boolean =>
    database?.unread.some(([from, to]) => row >= from && row <= to) ?? false
  const pins = new Map<number, number>()
  for (let i = 0; i < store.entries.length; i++) {
    if (isHeldLately()) await giveWay()
    const entry = store.entries[i]
    const offset = store.offsets[i] as number
    const row = store.rows[i] as number
    if (entry === undefined || entry.meta !== undefined || (offset === -1 && row === -1)) continue
    const says = (index: number | undefined): index is number =>
      index !== undefined &&
      (store.redacted[i] === 1 || telling.entries[index]?.fingerprint === entry.fingerprint)
    // A row keeps its id where a file was edited: of what was redacted it is the better name.
    const places = [byOffset.get(offset), byRow.get(row)]
    const index = (store.redacted[i] === 1 ? places.reverse() : places).find(says)
    if (index === undefined && isUnread(row)) continue
    if (index === undefined || pins.has(index)) return undefined
    pins.set(index, i)
  }
  if (pins.size === 0) return undefined
  const pinned = { store: [...store.entries], told: [...telling.entries] }
  await eachInTurn(pins, ([index, i]) => {
    pinned.store[i] = pin(pinned.store[i] as WitnessEntry, index)
    pinned.told[index] = pin(pinned.told[index] as WitnessEntry, index)
  })
  if (!keepsApart) return pinned
  await eachInTurn(telling.entries.entries(), ([index, entry]) => {
    if (!pins.has(index) && entry.meta === undefined) pinned.told[index] = pin(entry, index)
  })
  return pinned
}

/**
 * The database and the file as an import paired them that knew by an anchor that they tell the same conversation: asked
 * for where a line was mended since, which can part the neighbours that were the anchor.
 */
export function pairedBefore(
  store: StoreWitness | null,
  notes: readonly Note[],
  { database, file }: Pick<ScannedSession, 'database' | 'file'>,
  lineage: FileLineage,
): () => PairedEntries | undefined {
  return () =>
    store && database && file && lineage.isMended && notes.some(wasAnchored)
      ? pairEntries(store, database, file)
      : undefined
}

function wasAnchored(note: Note): boolean {
  const [pairing] = note.as === 'import' ? note.certificates : []
  const { anchors } = (pairing ?? {}) as { readonly anchors?: unknown }
  return Array.isArray(anchors) && anchors.length > 0
}

/**
 * Pairs a database and its file as an import paired them; another line is none of these rows. `undefined` where one of
 * these pairs is not told at its places any more, or there is none.
 */
function pairEntries(
  store: Pick<StoreWitness, 'entries' | 'offsets' | 'redacted' | 'rows'>,
  database: ScannedWitness,
  file: ScannedWitness,
): PairedEntries | undefined {
  const byRow = new Map(database.positions.map((position, i) => [database.places[position], i]))
  const byOffset = new Map(file.positions.map((position, i) => [file.places[position], i]))
  const rows = new Map<number, string>()
  const lines = new Map<number, string>()
  for (const [i, entry] of store.entries.entries()) {
    const places = [store.rows[i] as number, store.offsets[i] as number]
    if (places.includes(-1) || entry.meta !== undefined || store.redacted[i] === 1) continue
    const [row, line] = [byRow.get(places[0]), byOffset.get(places[1])]
    if (row === undefined || line === undefined || rows.has(row) || lines.has(line)) return undefined
    const told = [database.entries[row], file.entries[line]]
    if (told.some((each) => each?.fingerprint !== entry.fingerprint)) return undefined
    rows.set(row, `\0${i}`)
    lines.set(line, `\0${i}`)
  }
  if (rows.size === 0) return undefined
  return {
    database: database.entries.map((entry, i) => bearing(entry, rows.get(i))),
    file: file.entries.map((entry, i) =>
      bearing(entry, lines.get(i) ?? (entry.meta === undefined ? `\0line ${i}` : undefined)),
    ),
  }
}

function bearing(entry: WitnessEntry, nativeId: string | undefined): WitnessEntry {
  return nativeId === undefined ? entry : new PinnedEntry(entry, nativeId)
}

/** Of each place of a witness, the index of what is told there. */
export async function indexByPlace(
  positions: Int32Array,
  witness: ScannedWitness | null,
): Promise<ReadonlyMap<number, number>> {
  const indexes = new Map<number, number>()
  await eachInTurn(positions, (position, index) => {
    const place = witness?.places[position]
    if (place !== undefined) indexes.set(place, index)
  })
  return indexes
}

function pin(entry: WitnessEntry, index: number): WitnessEntry {
  return bearing(entry, `\0${index}`)
}

class PinnedEntry implements WitnessEntry {
  readonly fingerprint: string
  readonly nativeId: string
  readonly distinctive = true
  readonly stamp?: number
  readonly #entry: WitnessEntry

  constructor(entry: WitnessEntry, nativeId: string) {
    this.fingerprint = entry.fingerprint
    this.nativeId = nativeId
    if (entry.stamp !== undefined) this.stamp = entry.stamp
    this.#entry = entry
  }

  get fields(): ReadonlyMap<string, string> {
    return this.#entry.fields ?? new Map()
  }
}
