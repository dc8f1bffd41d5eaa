import type { Entry, GenerationInfo, HistoryEntry } from '@faircopy/store-core'
import { type EntryRange, type Pages, readableList } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { boundRange, readEntries } from '../rows/entry-row.ts'
import { readGenerations } from '../rows/generation-row.ts'
import { readAllRanges, readRanges, readSeq } from '../rows/ranges.ts'
import type { Address } from '../rows/session-row.ts'
import { readTip, type SessionTip } from '../rows/tip.ts'
import { readStep, STEP_BYTES } from './entry-steps.ts'
import { liveTip } from './reading.ts'

const PAGE = { entries: 256, bytes: STEP_BYTES }

const COUNT = 'SELECT entry_count AS count FROM generation WHERE session = ? AND number = ?'

/** Reads what sessions contained before (S7). */
export class HistoryReading {
  readonly #file: StoreFile

  constructor(file: StoreFile) {
    this.#file = file
  }

  generations(address: Address): Promise<readonly GenerationInfo[]> {
    return this.#file.read((connection) => readGenerations(connection, liveTip(connection, address)))
  }

  locate(address: Address, entryId: number): Promise<number | null> {
    return this.#file.read((connection) => readSeq(connection, liveTip(connection, address), entryId))
  }

  /** What a session contained in one of its generations. */
  async *generation(address: Address, generation: number): Pages<Entry> {
    const { session, count } = await this.#file.read((connection) =>
      placesOf(connection, address, generation),
    )
    for (let from = 1; from <= count; ) {
      const page = await this.#file.read((connection) => {
        const tip = readTip(connection, session)
        const step = { tip, generation, most: PAGE }
        return readStep(connection, step, { from, to: count, direction: 'forward' })
      })
      from += page.length
      yield page
    }
  }

  async *history(address: Address): Pages<HistoryEntry> {
    const gaps = await this.#file.read((connection) =>
      historyRanges(connection, liveTip(connection, address)),
    )
    for (const gap of gaps) {
      for (let first = gap.first; first <= gap.last; ) {
        const { entries, last } = await this.#file.read((connection) => {
          const range = boundRange(connection, { ...gap, first }, 'forward', PAGE)
          return { entries: readEntries(connection, range, 'forward', null), last: range.last }
        })
        // Ids that a failed import had taken have no entry.
        if (entries.length > 0) yield entries
        first = last + 1
      }
    }
  }
}

/** How many places a generation has. Fails with `NoSession`, `InvalidArgument`, `GenerationGone`. */
function placesOf(
  connection: Connection,
  address: Address,
  number: number,
): { readonly session: number; readonly count: number } {
  const { session, generation: had, entryCount } = liveTip(connection, address)
  const row = connection.get<{ count: number | null }>(COUNT, session, number) ?? null
  const { count } = readableList(address, { asked: number, had }, row)
  return { session, count: count ?? entryCount }
}

/**
 * What the lists of a session contained before and the current one contains no longer, by id: its history (S7). Of a fork also
 * what it said of its parent. What was pruned is in no list.
 */
export function historyRanges(connection: Connection, tip: SessionTip): EntryRange[] {
  const live = readRanges(connection, tip, tip.generation).sort(byId)
  const ranges: EntryRange[] = []
  let next = 1
  let at = 0
  for (const known of readAllRanges(connection, tip).sort(byId)) {
    let first = Math.max(known.first, next)
    for (; ; at++) {
      const said = live[at]
      if (!said || said.first > known.last) break
      if (said.last < first) continue
      if (said.first > first) ranges.push({ owner: known.owner, first, last: said.first - 1 })
      first = said.last + 1
      // The next one that is known may begin within it.
      if (said.last > known.last) break
    }
    if (first <= known.last) ranges.push({ owner: known.owner, first, last: known.last })
    next = Math.max(next, known.last + 1)
  }
  return ranges
}

function byId(a: EntryRange, b: EntryRange): number {
  return a.first - b.first
}
