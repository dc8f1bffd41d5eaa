import type { EntryRange, GenerationInfo, HistoryEntry } from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { readEntries } from './entry-row.ts'
import { readRanges, readSeq } from './ranges.ts'
import { liveTip } from './reading.ts'
import type { Address } from './session-row.ts'
import type { StoreFile } from './store-file.ts'
import type { Tip } from './tip.ts'

const PAGE_ENTRIES = 256
const PAGE_UNITS = 4 * 1024 * 1024

const GENERATIONS = `SELECT number AS generation, at, reason, entry_count AS entryCount FROM generation
  WHERE session = ? ORDER BY number`

/** Reads what sessions said before (S7). */
export class HistoryReading {
  readonly #file: StoreFile

  constructor(file: StoreFile) {
    this.#file = file
  }

  async *history(address: Address): AsyncGenerator<HistoryEntry, void, undefined> {
    const gaps = await this.#file.read((connection) =>
      historyRanges(connection, liveTip(connection, address)),
    )
    for (const gap of gaps) {
      for (let first = gap.first; first <= gap.last; ) {
        const page: HistoryEntry[] = []
        await this.#file.read((connection) => {
          page.length = 0
          let units = 0
          const range = { ...gap, first, last: Math.min(gap.last, first + PAGE_ENTRIES - 1) }
          readEntries<null>(connection, range, 'forward', null, (entry) => {
            page.push(entry)
            units += entry.record.length
            return units < PAGE_UNITS
          })
          // Ids that a failed import had taken have no entry: a page that ends early without being full is at its end.
          first = units < PAGE_UNITS ? range.last + 1 : (page.at(-1)?.id ?? range.last) + 1
        })
        yield* page
      }
    }
  }

  generations(address: Address): Promise<readonly GenerationInfo[]> {
    return this.#file.read((connection) => {
      const tip = liveTip(connection, address)
      const rows = connection.all<Omit<GenerationInfo, 'entryCount'> & { entryCount: number | null }>(
        GENERATIONS,
        tip.session,
      )
      return rows.map((row) => ({ ...row, entryCount: row.entryCount ?? tip.entryCount }))
    })
  }

  locate(address: Address, entryId: number): Promise<number | null> {
    return this.#file.read((connection) => readSeq(connection, liveTip(connection, address), entryId))
  }
}

/** The id ranges of a session that are neither live nor staged: its history, with gaps where ids were never used. */
export function historyRanges(connection: Connection, tip: Tip): EntryRange[] {
  const staged = connection.all<{ first: number; last: number }>(
    'SELECT first, last FROM staging WHERE session = ?',
    tip.session,
  )
  const live = readRanges(connection, tip, tip.generation).filter((range) => range.owner === tip.session)
  const taken = [...live, ...staged].sort((a, b) => a.first - b.first)
  const ranges: EntryRange[] = []
  let next = 1
  for (const { first, last } of taken) {
    if (first > next) ranges.push({ owner: tip.session, first: next, last: first - 1 })
    next = Math.max(next, last + 1)
  }
  if (next < tip.nextId) ranges.push({ owner: tip.session, first: next, last: tip.nextId - 1 })
  return ranges
}
