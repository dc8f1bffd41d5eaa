import type { LegacyPlace, LegacyWitness, WitnessItem } from '@faircopy/legacy-jsonl'
import type { Entry } from '@faircopy/store-core'

/** What a legacy witness gives: an entry in the shape of a stored one, or a line of its own that is none. */
export type WitnessedItem =
  | { readonly as: 'entry'; readonly entry: Entry; readonly withdrawn: boolean }
  | { readonly as: 'note'; readonly text: string }

/** Reads a legacy witness in its own order. `seq` counts its entries; a note never holds transcript text. */
export async function* witnessEntries(witness: LegacyWitness): AsyncGenerator<WitnessedItem> {
  let seq = 0
  for await (const item of witness.read()) {
    if (item.as !== 'entry') {
      const text = noteOf(item)
      if (text !== null) yield { as: 'note', text }
      continue
    }
    const { kind, at, record, place, withdrawn } = item.entry
    seq++
    yield {
      as: 'entry',
      withdrawn,
      entry: {
        id: seq,
        seq,
        kind,
        at,
        record,
        idempotencyKey: null,
        hash: '',
        writer: witness.kind,
        provenance: { importId: '', witness: witness.kind, ...placeMembers(place) },
      },
    }
  }
}

function placeMembers(place: LegacyPlace): { line: number; offset: number } | { row: number } {
  return 'line' in place ? { line: place.line, offset: place.offset } : { row: place.row }
}

function noteOf(item: Exclude<WitnessItem, { as: 'entry' }>): string | null {
  if (item.as === 'remark') return `${item.problem.code}: ${item.problem.detail}`
  if (item.as !== 'quarantined') return null
  const { line, offset, length, reason } = item.line
  return `line ${line} is no entry: ${reason}, ${length} bytes at offset ${offset}`
}
