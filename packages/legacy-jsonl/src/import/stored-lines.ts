import { hash } from 'node:crypto'
import { uncombineRecord } from '@faircopy/reconcile'
import type { Entry, HistoryReader, SessionAddress, TranscriptReader } from '@faircopy/store-core'
import { entryHash, type QuarantinedLine, type TranscriptImporter } from '@faircopy/store-core/operator'
import type { LegacyEntry } from '../source/legacy-entry.ts'

/** What a store is asked about the lines of a session. */
export type LineStore = TranscriptReader & HistoryReader & Pick<TranscriptImporter, 'quarantined'>

type Place = Pick<QuarantinedLine, 'line' | 'offset'>

/**
 * The lines that a store has of a session byte for byte, as an entry's record or beside the entries, and those that were
 * redacted. It is read when it is first asked for: most imports never ask. Memory: a hash for each.
 */
export class StoredLines {
  readonly #store: LineStore
  readonly #session: Required<SessionAddress>
  readonly #taken = new Map<string, number>()
  #read: Promise<ReadonlyMap<string, number>> | null = null

  constructor(store: LineStore, session: Required<SessionAddress>) {
    this.#store = store
    this.#session = session
  }

  /**
   * Whether an entry has the text, less the members that were added to it, or had it until it was redacted. An entry is
   * the text of one line: that many lines are told of as there are entries with it.
   */
  async takeRecord({ kind, at, record }: Pick<LegacyEntry, 'kind' | 'at' | 'record'>): Promise<boolean> {
    const stored = await this.#stored()
    if (stored.has(`redacted ${entryHash(kind, at, record)}`)) return true
    const text = hash('sha256', record)
    const taken = this.#taken.get(text) ?? 0
    if (taken >= (stored.get(text) ?? 0)) return false
    this.#taken.set(text, taken + 1)
    return true
  }

  /** Whether the line is kept already, at the same place for the same reason. */
  async hasLine(line: QuarantinedLine): Promise<boolean> {
    return (await this.#stored()).has(lineKey(line))
  }

  /** Whether what an import took from a place was redacted. */
  async isRedacted(place: Place): Promise<boolean> {
    return (await this.#stored()).has(placeKey(place))
  }

  #stored(): Promise<ReadonlyMap<string, number>> {
    this.#read ??= this.#all()
    return this.#read
  }

  async #all(): Promise<ReadonlyMap<string, number>> {
    const stored = new Map<string, number>()
    const count = (key: string): void => void stored.set(key, (stored.get(key) ?? 0) + 1)
    if (!(await this.#store.get(this.#session))) return stored
    const add = (entry: Pick<Entry, 'record' | 'hash' | 'provenance' | 'redaction'>): void => {
      const { record, provenance, redaction } = entry
      const { line, offset, added } = provenance ?? {}
      if (redaction) {
        count(`redacted ${entry.hash}`)
        if (line !== undefined && offset !== undefined) count(placeKey({ line, offset }))
        return
      }
      count(hash('sha256', record))
      const base = added && uncombineRecord(record, added)
      if (base) count(hash('sha256', base))
    }
    for await (const entry of this.#store.read(this.#session)) add(entry)
    for await (const entry of this.#store.history(this.#session)) add(entry)
    for await (const line of this.#store.quarantined(this.#session, { settled: true }))
      count(line.bytes ? lineKey(line) : placeKey(line))
    return stored
  }
}

function lineKey({ reason, line, offset, bytes }: QuarantinedLine): string {
  return `${reason} ${line} ${offset} ${bytes && hash('sha256', bytes)}`
}

function placeKey({ line, offset }: Place): string {
  return `redacted ${line} ${offset}`
}
