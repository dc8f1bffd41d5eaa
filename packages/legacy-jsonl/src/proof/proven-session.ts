import { hash } from 'node:crypto'
import { uncombineRecord, type WitnessEntry } from '@faircopy/reconcile/check'
import {
  codecNamed,
  type Entry,
  type HistoryReader,
  type Provenance,
  parseRecord,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'
import { eachInTurn } from '@faircopy/store-core/backend'
import { chainHead, EMPTY_HEAD, entryHash } from '@faircopy/store-core/operator'
import { recordTraits } from '../formats/record-traits.ts'
import { EntryTable } from '../witness/entry-table.ts'
import { type FileLineage, NO_LINEAGE } from '../witness/file-lineage.ts'

/** An entry of the store as a proof needs it: hashes and provenance, no body. */
export interface StoredEntry {
  readonly id: number
  readonly isLive: boolean
  readonly witness: WitnessEntry
  readonly at: number | null
  /** SHA-256 of the record's exact text. */
  readonly recordHash: string
  /** The same without the members that were added to it. */
  readonly baseHash: string
  readonly provenance: Provenance | null
  readonly isRedacted: boolean
}

/** What the store has of a session. */
export interface ProvenSession {
  readonly session: Session
  /** Live ones in the order they are said, then history in the order it was written. */
  readonly live: readonly StoredEntry[]
  readonly history: readonly StoredEntry[]
  /** Entries that others stand for: originals of a combined one, older forms of a live one. */
  readonly stoodFor: ReadonlySet<number>
  readonly byId: ReadonlyMap<number, StoredEntry>
  /** Entries whose hash is not that of what they say, or -1 for the head. */
  readonly unhashed: readonly number[]
}

/**
 * Reads a session once, live and history. Memory: about 400 bytes for an entry.
 *
 * @param lineage where lines of earlier files stand now: so their provenance is given
 */
export async function proveSession(
  store: TranscriptReader & HistoryReader,
  session: Session,
  signal?: AbortSignal,
  lineage: FileLineage = NO_LINEAGE,
): Promise<ProvenSession> {
  const codec = codecNamed(session.codec)
  const table = new EntryTable()
  const live: StoredEntry[] = []
  const history: StoredEntry[] = []
  const stoodFor = new Set<number>()
  const unhashed: number[] = []
  const take = (entry: Omit<Entry, 'seq'>, isLive: boolean): StoredEntry => {
    signal?.throwIfAborted()
    const { id, kind, at, record, provenance, redaction } = entry
    if ((redaction?.hash ?? entry.hash) !== entryHash(kind, at, record)) unhashed.push(id)
    if (provenance?.supersedes !== undefined) stoodFor.add(provenance.supersedes)
    if (provenance?.standing === 'original') stoodFor.add(id)
    const base = provenance?.added ? uncombineRecord(record, provenance.added) : record
    return {
      id,
      isLive,
      witness: table.add(recordTraits(kind, parseRecord(record), codec), at),
      at,
      recordHash: hash('sha256', record),
      baseHash: hash('sha256', base ?? ''),
      provenance: provenance && placedNow(provenance, lineage),
      isRedacted: redaction !== undefined,
    }
  }
  let head = EMPTY_HEAD
  for await (const entry of store.read(session, { to: session.entryCount })) {
    live.push(take(entry, true))
    head = chainHead(head, entry.hash)
  }
  if (head !== session.head || live.length !== session.entryCount) unhashed.push(-1)
  for await (const entry of store.history(session)) history.push(take(entry, false))
  const byId = new Map<number, StoredEntry>()
  for (const entries of [live, history]) await eachInTurn(entries, (entry) => byId.set(entry.id, entry))
  return { session, live, history, stoodFor, byId, unhashed }
}

function placedNow(provenance: Provenance, lineage: FileLineage): Provenance {
  const { importId, offset } = provenance
  return offset === undefined ? provenance : { ...provenance, offset: lineage.offsetNow(importId, offset) }
}
