import {
  checkArgument,
  type Entry,
  type EntryRange,
  GenerationGone,
  type GenerationInfo,
  generationSchema,
  type HistoryEntry,
  InvalidArgument,
} from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { readEntries } from './entry-row.ts'
import { missingPlace } from './missing-place.ts'
import { readAllRanges, readRanges, readRangesBetween, readSeq } from './ranges.ts'
import { liveTip } from './reading.ts'
import type { Address } from './session-row.ts'
import type { StoreFile } from './store-file.ts'
import { readTip, type Tip } from './tip.ts'

const PAGE_ENTRIES = 256
const PAGE_UNITS = 4 * 1024 * 1024

const COUNT = 'SELECT entry_count AS count FROM generation WHERE session = ? AND number = ?'
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

  /** What a session said in one of its generations, page by page. */
  async *generation(address: Address, generation: number): AsyncGenerator<Entry, void, undefined> {
    const number = checkArgument(generationSchema, generation, 'generation')
    const { session, count } = await this.#file.read((connection) => placesOf(connection, address, number))
    for (let from = 1; from <= count; ) {
      const page: Entry[] = []
      await this.#file.read((connection) => {
        page.length = 0
        const to = Math.min(count, from + PAGE_ENTRIES - 1)
        const ranges = readRangesBetween(connection, readTip(connection, session), number, from, to)
        let units = 0
        for (const range of ranges) {
          readEntries<number>(connection, range, 'forward', from + page.length, (entry) => {
            page.push(entry)
            units += entry.record.length
            return units < PAGE_UNITS
          })
          if (units >= PAGE_UNITS) return
        }
        if (page.length < to - from + 1) throw missingPlace(connection, this.#file.path, session, number)
      })
      from += page.length
      yield* page
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

/** How many places a generation has. Fails with `InvalidArgument`, `GenerationGone`. */
function placesOf(
  connection: Connection,
  address: Address,
  number: number,
): { readonly session: number; readonly count: number } {
  const tip = liveTip(connection, address)
  if (number > tip.generation) throw new InvalidArgument(`generation: the session has had ${tip.generation}`)
  const row = connection.get<{ count: number | null }>(COUNT, tip.session, number)
  if (!row) throw new GenerationGone(address, number)
  return { session: tip.session, count: row.count ?? tip.entryCount }
}

/**
 * What the lists of a session said before and the current one says no longer, by id: its history (S7). Of a fork also
 * what it said of its parent. What was pruned is in no list.
 */
export function historyRanges(connection: Connection, tip: Tip): EntryRange[] {
  const live = readRanges(connection, tip, tip.generation).sort(byId)
  const ranges: EntryRange[] = []
  let next = 1
  for (const known of readAllRanges(connection, tip).sort(byId)) {
    let first = Math.max(known.first, next)
    for (const said of live) {
      if (said.last < first) continue
      if (said.first > known.last) break
      if (said.first > first) ranges.push({ owner: known.owner, first, last: said.first - 1 })
      first = said.last + 1
    }
    if (first <= known.last) ranges.push({ owner: known.owner, first, last: known.last })
    next = Math.max(next, known.last + 1)
  }
  return ranges
}

function byId(a: EntryRange, b: EntryRange): number {
  return a.first - b.first
}
