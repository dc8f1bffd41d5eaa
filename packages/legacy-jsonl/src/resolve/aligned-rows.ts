import { type Entry, type EntryKind, parseRecord } from '@faircopy/store-core'
import { isNaiveStamp, stampMember } from '../formats/time-stamp.ts'
import { EntryCursor } from '../import/entry-cursor.ts'
import type { LegacyEntry } from '../source/legacy-entry.ts'
import type { ResolutionPlan } from './resolution-plan.ts'

/** An entry as one side of a decision tells it. */
export interface SideEntry {
  readonly kind: EntryKind
  readonly record: string
  /** Epoch ms where it is known beyond doubt. */
  readonly at: number | null
  /** What the record says of the time where that names no zone, as it stands there; null where `at` is known. */
  readonly naiveStamp: string | null
  /** In the store: its id and its place. Null on the legacy side. */
  readonly stored: { readonly id: number; readonly seq: number } | null
  /** Where it was found: a line of the file, a row of the database, or both. */
  readonly line: number | null
  readonly row: number | null
}

/** One row of two sides laid beside each other. */
export type AlignedRow =
  /** So many entries that both sides tell, folded; the last of them is shown. */
  | { readonly as: 'common'; readonly entries: number; readonly last: SideEntry | null }
  /**
   * A row of a gap, the n-th entry of each side beside each other; null where a side has no more. `contested`: both
   * sides have messages in this gap.
   */
  | {
      readonly as: 'gap'
      /** Counts the gaps, from 1. */
      readonly gap: number
      readonly contested: boolean
      readonly canonical: SideEntry | null
      readonly legacy: SideEntry | null
    }

/**
 * The two sides of a plan, row by row, for people. Reads both front to back, a few bodies in memory at a time. Fails
 * with `SourceChanged` where a witness is shorter than it was planned with.
 */
export async function* alignedRows(plan: ResolutionPlan): AsyncGenerator<AlignedRow> {
  const { sides, live } = plan.work
  const { alignment } = sides
  const store = new StoreSide(plan, live)
  const told = new ToldSide(plan)
  try {
    if (live > 0) yield { as: 'common', entries: live, last: await store.at(-1) }
    let gap = 0
    for (const { as, from, to } of alignment.stretches) {
      if (as === 'common') {
        const last = alignment.canonical.slice(from, to).findLast((index) => index !== -1)
        yield {
          as: 'common',
          entries: to - from,
          last: last === undefined ? null : await store.at(last),
        }
        continue
      }
      gap++
      const isThere = (index: number): boolean => index !== -1
      const canonical = alignment.canonical.slice(from, to).filter(isThere)
      const legacy = alignment.legacy.slice(from, to).filter(isThere)
      for (let i = 0; i < Math.max(canonical.length, legacy.length); i++) {
        const [one, other] = [canonical[i], legacy[i]]
        yield {
          as: 'gap',
          gap,
          contested: as === 'contested',
          canonical: one === undefined ? null : await store.at(one),
          legacy: other === undefined ? null : await told.at(other),
        }
      }
    }
  } finally {
    await store.close()
    await told.close()
  }
}

/** The store's entries by their index, forward only. */
class StoreSide {
  readonly #entries: AsyncIterator<Entry>
  readonly #live: number

  constructor({ store, session }: ResolutionPlan, live: number) {
    this.#entries = store.read(session)[Symbol.asyncIterator]()
    this.#live = live
  }

  async at(index: number): Promise<SideEntry | null> {
    for (;;) {
      const { done, value } = await this.#entries.next()
      if (done) return null
      if (value.seq !== this.#live + index + 1) continue
      const { kind, record, at, id, seq, provenance } = value
      return {
        kind,
        record,
        at,
        naiveStamp: naiveStampOf(record, at),
        stored: { id, seq },
        line: provenance?.line ?? null,
        row: provenance?.row ?? null,
      }
    }
  }

  async close(): Promise<void> {
    await this.#entries.return?.()
  }
}

/** The legacy side's entries by their index, forward only; of a pair the file's text. */
class ToldSide {
  readonly #plan: ResolutionPlan
  readonly #database: EntryCursor | null
  readonly #file: EntryCursor | null

  constructor(plan: ResolutionPlan) {
    this.#plan = plan
    this.#database = plan.work.database && new EntryCursor(plan.work.database)
    this.#file = plan.work.file && new EntryCursor(plan.work.file)
  }

  async at(index: number): Promise<SideEntry | null> {
    const { telling } = this.#plan.work
    const row = await entryAt(this.#database, telling.database[index] ?? -1)
    const line = await entryAt(this.#file, telling.file[index] ?? -1)
    const told = line ?? row
    if (!told) return null
    const isPair = telling.certain[index] === 1
    const at = isPair ? (row?.at ?? told.at) : told.at
    return {
      kind: told.kind,
      record: told.record,
      at,
      naiveStamp: naiveStampOf(told.record, at),
      stored: null,
      line: placeOf(line, 'line'),
      row: placeOf(row, 'row'),
    }
  }

  async close(): Promise<void> {
    await this.#database?.close()
    await this.#file?.close()
  }
}

function naiveStampOf(record: string, at: number | null): string | null {
  const stamp = at === null ? stampMember(parseRecord(record)) : null
  return typeof stamp === 'string' && isNaiveStamp(stamp) ? stamp : null
}

async function entryAt(cursor: EntryCursor | null, position: number): Promise<LegacyEntry | null> {
  if (!cursor || position === -1) return null
  for await (const passed of cursor.upTo(position))
    if (passed.as === 'entry' && passed.position === position) return passed.entry
  return null
}

function placeOf(entry: LegacyEntry | null, name: 'line' | 'row'): number | null {
  const place: { readonly line?: number; readonly row?: number } = entry?.place ?? {}
  return place[name] ?? null
}
