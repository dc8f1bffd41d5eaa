import type { Entry, HistoryEntry, Provenance } from '@faircopy/store-core'
import { entryHash } from '@faircopy/store-core/operator'
import type { LegacyEntry } from './legacy-entry.ts'
import type { LegacyWitness, WitnessItem } from './legacy-source.ts'

/** What a witness tells, in the shape that a store gives it. */
export type ToldItem =
  /** What it says. `id` counts all its entries, `seq` those that it says. */
  | { readonly as: 'entry'; readonly entry: Entry }
  /** What it said and withdrew. */
  | { readonly as: 'withdrawn'; readonly entry: HistoryEntry }
  /** A line of its own that became no entry, or a remark. */
  | { readonly as: 'aside'; readonly item: Exclude<WitnessItem, { readonly as: 'entry' }> }

/** Who wrote an entry that is read from a legacy witness: nobody a store knows. */
export const LEGACY_WRITER = 'legacy'

/**
 * Reads a witness in its own order, one entry in memory. Records are in their exact text; `provenance` says where each
 * stands, and its `importId` is empty: nothing was imported.
 */
export async function* toldEntries(witness: LegacyWitness): AsyncGenerator<ToldItem> {
  let id = 0
  let seq = 0
  for await (const item of witness.read()) {
    if (item.as !== 'entry') {
      yield { as: 'aside', item }
      continue
    }
    const entry = { ...entryOf(item.entry, witness.kind), id: ++id }
    if (item.entry.withdrawn) yield { as: 'withdrawn', entry: { ...entry, seq: null } }
    else yield { as: 'entry', entry: { ...entry, seq: ++seq } }
  }
}

function entryOf(legacy: LegacyEntry, witness: Provenance['witness']): Omit<Entry, 'id' | 'seq'> {
  const { kind, at, record, place } = legacy
  return {
    kind,
    idempotencyKey: null,
    at,
    record,
    hash: entryHash(kind, at, record),
    writer: LEGACY_WRITER,
    provenance: { importId: '', witness, ...placeMembers(place) },
  }
}

function placeMembers(place: LegacyEntry['place']): Pick<Provenance, 'line' | 'offset' | 'row' | 'rowTime'> {
  if ('line' in place) return { line: place.line, offset: place.offset }
  return place.rowTime === null ? { row: place.row } : { row: place.row, rowTime: place.rowTime }
}
