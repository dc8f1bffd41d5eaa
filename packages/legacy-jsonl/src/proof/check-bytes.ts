import { hash } from 'node:crypto'
import { eachInTurn } from '@faircopy/store-core/backend'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import type { CheckedTold } from './check-told.ts'
import type { ProvenSession } from './proven-session.ts'
import type { ProvenWitness, SetAsideLine, ToldEntry } from './proven-witness.ts'
import type { SourceFinding } from './source-finding.ts'

/** What became of the bytes of a line that is no entry's record. */
export type LineBytes = 'kept' | 'redacted' | 'too-long' | 'lost'

/** Where a store may have a line's bytes: as the record of an entry, or kept beside the entries. */
export interface StoredBytes {
  /** How many entries have it as their record, less the members that were added to that. */
  records(line: Pick<ToldEntry, 'recordHash'>): number
  beside(line: Pick<SetAsideLine, 'line' | 'offset' | 'bytesHash'>): LineBytes
}

/** Reads where sessions have the bytes of lines. */
export async function readStoredBytes(
  store: Pick<TranscriptImporter, 'quarantined'>,
  known: readonly ProvenSession[],
): Promise<StoredBytes> {
  const records = new Map<string, number>()
  const count = (text: string): void => void records.set(text, (records.get(text) ?? 0) + 1)
  const kept = new Set<string>()
  const redacted = new Set<string>()
  for (const { session, live, history } of known) {
    await eachInTurn([...live, ...history], ({ recordHash, baseHash }) => {
      count(recordHash)
      if (baseHash !== recordHash) count(baseHash)
    })
    for await (const { line, offset, bytes } of store.quarantined(session, { settled: true })) {
      if (bytes) kept.add(`${line} ${offset} ${hash('sha256', bytes)}`)
      else redacted.add(`${line} ${offset}`)
    }
  }
  return {
    records: ({ recordHash }) => records.get(recordHash) ?? 0,
    beside({ line, offset, bytesHash }) {
      if (bytesHash === null) return 'too-long'
      if (kept.has(`${line} ${offset} ${bytesHash}`)) return 'kept'
      return redacted.has(`${line} ${offset}`) ? 'redacted' : 'lost'
    },
  }
}

/** Tells what became of the bytes of a file's lines that entries stand for: each once, as an entry is the text of one. */
export function bytesOfTold(stored: StoredBytes): (told: ToldEntry) => LineBytes {
  const taken = new Map<string, number>()
  return (told) => {
    const { line = 0, offset = 0, recordHash } = told
    const beside = stored.beside({ line, offset, bytesHash: recordHash })
    const before = taken.get(recordHash) ?? 0
    if (beside === 'kept' || before >= stored.records(told)) return beside
    taken.set(recordHash, before + 1)
    return 'kept'
  }
}

/**
 * Proves that the store has every line of a file byte for byte: as an entry's record, or beside the entries. What was
 * redacted since is gone on purpose (S27).
 *
 * @param checked where the entries that stand for lines are; null: it has none
 * @param lost the code of what is nowhere
 * @param mayBeAway whether a line may be in its file only: of one that became no entry, with null
 */
export async function checkBytes(
  stored: StoredBytes,
  { path, witness }: { readonly path: string; readonly witness: ProvenWitness },
  checked: CheckedTold | null,
  lost: 'quarantine-differs' | 'source-grown',
  mayBeAway: (position: number | null) => boolean,
): Promise<readonly SourceFinding[]> {
  const findings: SourceFinding[] = []
  // What was redacted is known by its place, which says something of the file that was imported only.
  const isLost = (bytes: LineBytes): boolean =>
    bytes === 'lost' || (bytes === 'redacted' && lost === 'source-grown')
  for (const line of witness.setAside) {
    const bytes = stored.beside(line)
    const { line: number } = line
    if (bytes === 'too-long')
      findings.push({ code: 'bytes-not-kept', path, line: number, detail: 'it was too long to be kept' })
    else if (isLost(bytes) && !mayBeAway(null))
      findings.push({
        code: lost,
        path,
        line: number,
        detail: 'it became no entry, and its bytes are not kept',
      })
  }
  // Where entries themselves are not what they should be, what stands for what is not known.
  if (!checked || checked.findings.length > 0) return findings
  const { places, withheld } = checked
  const bytesOf = bytesOfTold(stored)
  await eachInTurn(witness.told, (told, position) => {
    const entry = places.stored[position]
    const stands = entry ? !entry.isRedacted : places.absorbed.has(position)
    if (!stands || withheld.has(position) || mayBeAway(position)) return
    if (!isLost(bytesOf(told))) return
    const detail = 'no entry has its text for it, and it is not kept beside them'
    findings.push({ code: lost, path, ...(told.line === undefined ? {} : { line: told.line }), detail })
  })
  return findings
}
