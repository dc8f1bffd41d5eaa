import type { Entry, SessionAddress, TranscriptReader } from '@faircopy/store-core'
import {
  type ImportStep,
  METADATA_LINE,
  type QuarantinedLine,
  TEXT_LINE,
} from '@faircopy/store-core/operator'
import type { Placement, SessionWork } from '../plan/import-plan.ts'
import type { LegacyEntry } from '../source/legacy-entry.ts'
import { type ComposedEntry, composeOver, composePair, composeTime, importedEntry } from './compose-entry.ts'
import { EntryCursor, type Passed } from './entry-cursor.ts'
import { type LineStore, StoredLines } from './stored-lines.ts'

/** What steps are made of. */
export interface SteppedWork
  extends Pick<SessionWork, 'telling' | 'database' | 'file' | 'isContinued' | 'leftLines'> {
  readonly placement: Placement
}

/**
 * A session's steps, whole and in order, with the bodies read as they are needed: each witness once, front to back,
 * one entry in memory. A line of the file that becomes no entry is kept beside the session, as is the text of one that an
 * entry with another text stands for. Fails with `SourceChanged`, before its end, if a witness is not what was planned.
 */
export async function* importSteps(
  session: Required<SessionAddress>,
  work: SteppedWork,
  store: LineStore,
  importId: string,
): AsyncGenerator<ImportStep> {
  const { telling, placement } = work
  const database = work.database && new EntryCursor(work.database)
  const file = work.file && new EntryCursor(work.file)
  const lines = new StoredLines(store, session)
  const stored = placement.combine.some((how) => how > 0) ? new StoredCursor(store, session) : null
  try {
    let keep: { from: number; to: number } | null = null
    for (let at = 0; at < placement.store.length; at++) {
      const seq = placement.store[at] ?? 0
      if (seq > 0 && placement.combine[at] === 0) {
        if (keep && keep.to + 1 === seq) keep.to = seq
        else {
          if (keep) yield { keep }
          keep = { from: seq, to: seq }
        }
        continue
      }
      if (keep) yield { keep }
      keep = null
      const index = placement.told[at] ?? -1
      const row = yield* take(database, telling.database[index] ?? -1)
      const line = yield* take(file, telling.file[index] ?? -1)
      let composed = compose(row, line, telling.certain[index] === 1)
      if (seq > 0 && stored) {
        const over = placement.combine[at] === 2 ? composeTime : composeOver
        composed = over(await stored.at(seq), composed)
      }
      for (const original of composed.originals) yield { history: original }
      yield { live: composed.entry }
    }
    if (keep) yield { keep }
    yield* drain(database)
    yield* drain(file)
  } finally {
    await database?.close()
    await file?.close()
    await stored?.close()
  }

  async function* take(
    cursor: EntryCursor | null,
    position: number,
  ): AsyncGenerator<ImportStep, LegacyEntry | null> {
    if (!cursor || position === -1) return null
    for await (const passed of cursor.upTo(position)) {
      if (passed.as === 'entry' && passed.position === position) return passed.entry
      yield* setAside(cursor, passed)
    }
    return null
  }

  async function* drain(cursor: EntryCursor | null): AsyncGenerator<ImportStep> {
    if (cursor) for await (const passed of cursor.rest()) yield* setAside(cursor, passed)
  }

  async function* setAside(cursor: EntryCursor, passed: Passed): AsyncGenerator<ImportStep> {
    if (passed.as === 'aside') {
      if (!(await isKept(passed.line))) yield { quarantine: passed.line }
    } else if (cursor === database) {
      const standing = telling.history.get(passed.position)
      if (standing) yield { history: importedEntry(passed.entry, importId, standing) }
    } else if (passed.position >= work.leftLines && !(await lines.takeRecord(passed.entry))) {
      const line = textLine(passed.entry)
      if (line && !(await isKept(line))) yield { quarantine: line }
    }
  }

  /** What was redacted is known by its place, and comes back with no file that stands where it stood (S27). */
  async function isKept(line: QuarantinedLine): Promise<boolean> {
    if (work.isContinued && (await lines.isRedacted(line))) return true
    if (line.reason === METADATA_LINE) return work.isContinued && (await lines.hasLine(line))
    return line.reason === TEXT_LINE && (await lines.hasLine(line))
  }

  function compose(row: LegacyEntry | null, line: LegacyEntry | null, certain: boolean): ComposedEntry {
    if (row && line) return composePair(row, line, certain, importId)
    const only = line ?? row
    if (!only) throw new Error('a placement names neither a store entry nor a told one')
    return { entry: importedEntry(only, importId), originals: [] }
  }
}

/** A line whose text no entry has for it. */
function textLine({ record, place }: LegacyEntry): QuarantinedLine | null {
  if (!('line' in place)) return null
  const bytes = new TextEncoder().encode(record)
  return { reason: TEXT_LINE, line: place.line, offset: place.offset, length: bytes.length, bytes }
}

/** The store's own entries by place, forward only. */
class StoredCursor {
  readonly #entries: AsyncIterator<Entry>

  constructor(store: TranscriptReader, session: Required<SessionAddress>) {
    this.#entries = store.read(session)[Symbol.asyncIterator]()
  }

  async at(seq: number): Promise<Entry> {
    for (;;) {
      const { done, value } = await this.#entries.next()
      if (done) throw new Error('the store has fewer entries than were planned with')
      if (value.seq === seq) return value
    }
  }

  async close(): Promise<void> {
    await this.#entries.return?.()
  }
}
