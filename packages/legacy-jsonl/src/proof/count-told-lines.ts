import { eachInTurn } from '@faircopy/store-core/backend'
import { type LineCounts, NO_LINES } from '../ledger/line-counts.ts'
import type { CheckedTold } from './check-told.ts'
import type { StoredEntry } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'

/** What became of each line. `checked` null: nothing was looked for. */
export async function linesOf(
  file: ProvenWitness | null,
  checked: CheckedTold | null,
  withheld: ReadonlySet<number>,
  own: ReadonlySet<string>,
): Promise<LineCounts> {
  if (!file) return NO_LINES
  const { metadata, blank, quarantined, tornTail } = file.scanned.lines
  let imported = 0
  let matched = 0
  await eachInTurn(file.told, ({ offset }, position) => {
    const stored = checked?.places.stored[position]
    if (checked?.places.absorbed.has(position)) matched++
    else if (stored && isBrought(stored, offset, own)) imported++
    else if (stored) matched++
  })
  const total = file.told.length + metadata + blank + quarantined + tornTail
  return { total, imported, matched, withheld: withheld.size, metadata, blank, quarantined, tornTail }
}

/** Whether an entry is the line's alone: an import took it from there, and no row tells it. */
function isBrought(
  { provenance }: StoredEntry,
  offset: number | undefined,
  own: ReadonlySet<string>,
): boolean {
  return provenance?.witness === 'file' && provenance.offset === offset && own.has(provenance.importId)
}
