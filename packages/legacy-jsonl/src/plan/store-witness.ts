import type { WitnessEntry } from '@faircopy/reconcile'
import {
  codecNamed,
  type Entry,
  type HistoryReader,
  parseRecord,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'
import { recordTraits } from '../formats/record-traits.ts'
import { EntryTable } from '../witness/entry-table.ts'
import { type FileLineage, NO_LINEAGE } from '../witness/file-lineage.ts'

/** What the store says of a session, and what it knows beyond. */
export interface StoreWitness {
  readonly entries: readonly WitnessEntry[]
  /** The id of each. */
  readonly ids: Float64Array
  /**
   * 1 where an import may put a combined entry in an entry's place: those an import brought. What a gateway wrote
   * live is as it was meant, and its key must go on leading to it.
   */
  readonly combinable: Uint8Array
  /** 1 where a text was removed from the entry (S27): it no longer says what was told at its place. */
  readonly redacted: Uint8Array
  /** 1 where an entry has a time. */
  readonly dated: Uint8Array
  /** Where imports found them: the byte offset of the line, the id of the row; -1 where there was none. */
  readonly offsets: Float64Array
  readonly rows: Float64Array
  /** The id of each entry that was written live; 0 for what an import brought. */
  readonly written: Float64Array
  /** What was said and withdrawn; not the older forms of entries that are still live. */
  readonly history: readonly WitnessEntry[]
  /** The id of each. */
  readonly historyIds: readonly number[]
  /** Of each of `history`, its id where it was written live, else 0. */
  readonly historyWritten: readonly number[]
  /** Of each of `history`, the byte offset of the line it was found in; -1 where there was none. */
  readonly historyOffsets: readonly number[]
  /** Of each of `history`, the id of the row it was found in; -1 where there was none. */
  readonly historyRows: readonly number[]
  /** Of each of `history`, 1 where a text was removed from it. */
  readonly historyRedacted: readonly number[]
  /** The highest id there is; 0 for none. */
  readonly lastId: number
  /** The highest id that the decision which was asked about brought; 0 for none. */
  readonly lastOfDecision: number
  /** The highest id that each import brought. */
  readonly lastOfImport: ReadonlyMap<string, number>
}

/**
 * Reads a session's fingerprints, live and history. Holds no bodies.
 *
 * @param decidedIn the run of the decision whose entries are to be told apart
 * @param lineage where lines of earlier files stand now
 */
export async function readStoreWitness(
  store: TranscriptReader & HistoryReader,
  session: Session,
  decidedIn: string | null = null,
  lineage: FileLineage = NO_LINEAGE,
): Promise<StoreWitness> {
  const codec = codecNamed(session.codec)
  const table = new EntryTable()
  const entries: WitnessEntry[] = []
  const ids = new Float64Array(session.entryCount)
  const combinable = new Uint8Array(session.entryCount)
  const redacted = new Uint8Array(session.entryCount)
  const dated = new Uint8Array(session.entryCount)
  const offsets = new Float64Array(session.entryCount).fill(-1)
  const rows = new Float64Array(session.entryCount).fill(-1)
  const written = new Float64Array(session.entryCount)
  const superseded = new Set<number>()
  let lastId = 0
  const lastOfImport = new Map<string, number>()
  const pass = ({ id, provenance }: Pick<Entry, 'id' | 'provenance'>): void => {
    lastId = Math.max(lastId, id)
    if (provenance)
      lastOfImport.set(provenance.importId, Math.max(lastOfImport.get(provenance.importId) ?? 0, id))
    if (provenance?.supersedes !== undefined) superseded.add(provenance.supersedes)
  }
  const traitsOf = (entry: Pick<Entry, 'kind' | 'record' | 'at'>): WitnessEntry =>
    table.add(recordTraits(entry.kind, parseRecord(entry.record), codec), entry.at)

  for await (const entry of store.read(session, { to: session.entryCount })) {
    pass(entry)
    ids[entries.length] = entry.id
    combinable[entries.length] = entry.writer === 'import' && entry.idempotencyKey === null ? 1 : 0
    redacted[entries.length] = entry.redaction ? 1 : 0
    dated[entries.length] = entry.at === null ? 0 : 1
    offsets[entries.length] = offsetNow(entry, lineage)
    rows[entries.length] = entry.provenance?.row ?? -1
    written[entries.length] = writtenId(entry)
    entries.push(traitsOf(entry))
  }
  const withdrawn: {
    readonly id: number
    readonly written: number
    readonly offset: number
    readonly row: number
    readonly redacted: number
    readonly witness: WitnessEntry
  }[] = []
  for await (const entry of store.history(session)) {
    pass(entry)
    if (entry.provenance?.standing !== 'original') {
      const offset = offsetNow(entry, lineage)
      const row = entry.provenance?.row ?? -1
      const redacted = entry.redaction ? 1 : 0
      const own = { offset, row, redacted, witness: traitsOf(entry) }
      withdrawn.push({ id: entry.id, written: writtenId(entry), ...own })
    }
  }
  const history = withdrawn.filter(({ id }) => !superseded.has(id))
  return {
    entries,
    ids,
    combinable,
    redacted,
    dated,
    offsets,
    rows,
    written,
    history: history.map(({ witness }) => witness),
    historyIds: history.map(({ id }) => id),
    historyWritten: history.map((entry) => entry.written),
    historyOffsets: history.map(({ offset }) => offset),
    historyRows: history.map(({ row }) => row),
    historyRedacted: history.map(({ redacted }) => redacted),
    lastId,
    lastOfDecision: lastOfImport.get(decidedIn ?? '') ?? 0,
    lastOfImport,
  }
}

function offsetNow({ provenance }: Pick<Entry, 'provenance'>, lineage: FileLineage): number {
  return provenance?.offset === undefined ? -1 : lineage.offsetNow(provenance.importId, provenance.offset)
}

function writtenId({ id, provenance }: Pick<Entry, 'id' | 'provenance'>): number {
  return provenance === null ? id : 0
}
