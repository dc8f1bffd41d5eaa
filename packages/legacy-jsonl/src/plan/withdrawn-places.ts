import type { WitnessEntry } from '@faircopy/reconcile'
import { eachInTurn } from '@faircopy/store-core/backend'
import type { ScannedWitness } from '../witness/scanned-witness.ts'
import { indexByPlace } from './pinned-entries.ts'
import type { StoreWitness } from './store-witness.ts'
import type { Telling } from './telling.ts'

/** A store and a telling, as they are to meet. */
export interface KnownWithdrawn {
  readonly store: StoreWitness
  readonly telling: Telling
}

/**
 * Makes what was taken back since an import the very line or row that it came from, and no other that says the same: as
 * long as the source tells it at its place, it is told again and not new, also where a text was removed from it (S27).
 */
export async function knowWithdrawn(
  store: StoreWitness,
  telling: Telling,
  database: ScannedWitness | null,
  file: ScannedWitness | null,
): Promise<KnownWithdrawn> {
  if (store.historyOffsets.every((offset, i) => offset === -1 && store.historyRows[i] === -1))
    return { store, telling }
  const lines = await indexByPlace(telling.file, file)
  const rows = await indexByPlace(telling.database, database)
  const taken = new Set<number>()
  await eachInTurn(store.entries, (_, i) => {
    for (const index of [lines.get(store.offsets[i] ?? -1), rows.get(store.rows[i] ?? -1)])
      if (index !== undefined) taken.add(index)
  })
  const entries = [...telling.entries]
  const history = [...store.history]
  await eachInTurn(store.history, (entry, i) => {
    const places = [lines.get(store.historyOffsets[i] ?? -1), rows.get(store.historyRows[i] ?? -1)]
    const index = places.find((at) => at !== undefined && !taken.has(at))
    const told = index === undefined ? undefined : telling.entries[index]
    if (index === undefined || !told || told.meta !== undefined || entry.meta !== undefined) return
    if (store.historyRedacted[i] !== 1 && told.fingerprint !== entry.fingerprint) return
    taken.add(index)
    entries[index] = new WithdrawnEntry(told, index)
    history[i] = new WithdrawnEntry(entry, index)
  })
  return { store: { ...store, history }, telling: { ...telling, entries } }
}

class WithdrawnEntry implements WitnessEntry {
  readonly fingerprint: string
  readonly distinctive: boolean
  readonly stamp?: number
  readonly #entry: WitnessEntry

  constructor(entry: WitnessEntry, index: number) {
    this.fingerprint = `\0withdrawn ${index}`
    this.distinctive = entry.distinctive
    if (entry.stamp !== undefined) this.stamp = entry.stamp
    this.#entry = entry
  }

  get fields(): ReadonlyMap<string, string> {
    return this.#entry.fields ?? new Map()
  }
}
