import type { EntryRange } from '@faircopy/store-core/backend'
import { LAST_ENTRY_ID } from '../file/schema.ts'
import type { Value } from '../file/seal.ts'
import { UNREADABLE } from './snapshot.ts'
import type { Checking } from './table-check.ts'

/** The tip of a session, as a check reads it. */
export interface ReadTip {
  readonly generation: number
  readonly nextId: number
  readonly entryCount: number
  readonly tail: { readonly seq: number; readonly first: number; readonly last: number }
}

/** The lists of a session. */
export interface Lists {
  /** What it says now. */
  readonly live: readonly EntryRange[]
  /** What each of its lists says, with repeats. */
  readonly all: readonly EntryRange[]
}

interface List {
  readonly ranges: EntryRange[]
  /** How many entries they are so far. */
  length: number
  /** How many entries its row says it had; null for the current one. */
  readonly count: number | null
}

/**
 * Reads a session's lists and says what does not fit together in them: a range that no session can have, one that does
 * not begin where the one before it ends, a list without its row, one of another length than its row says.
 */
export async function checkLists(
  { snapshot, names, findings }: Checking,
  session: number,
  tip: ReadTip,
  isLive: boolean,
): Promise<Lists> {
  const address = names.addressOf(session)
  const wrong = (detail: string): void => findings.add('list', { address }, detail)
  const lost = (table: string) => () =>
    findings.add('database-damaged', { address }, `Rows of ${table} cannot be read`)
  const lists = new Map<number, List>()
  await snapshot.each(
    {
      table: 'generation',
      keys: ['session', 'number'],
      columns: ['entry_count'],
      first: session,
      through: session,
    },
    ([, number, count]) =>
      lists.set(Number(number), { ranges: [], length: 0, count: count as number | null }),
    lost('generation'),
  )
  const take = (number: number, [seq, owner, first, last]: readonly Value[]): void => {
    const list = lists.get(number)
    if (!list) {
      wrong(`List ${number} has entries and is not there`)
      return
    }
    const range = { owner: Number(owner), first: Number(first), last: Number(last) }
    const stored = names.of(range.owner)
    if (stored === UNREADABLE) return
    if (
      stored === null ||
      range.first < 1 ||
      range.first > range.last ||
      range.last > (stored.lastId ?? LAST_ENTRY_ID)
    ) {
      wrong(`List ${number} names entries that no session has`)
      return
    }
    if (Number(seq) !== list.length + 1) wrong(`List ${number} has a gap or an overlap`)
    list.ranges.push(range)
    list.length += range.last - range.first + 1
  }
  await snapshot.each(
    {
      table: 'range',
      keys: ['session', 'generation', 'seq'],
      columns: ['owner', 'first', 'last'],
      first: session,
      through: session,
    },
    ([, generation, seq, owner, first, last]) =>
      take(Number(generation), [seq ?? null, owner ?? null, first ?? null, last ?? null]),
    lost('range'),
  )
  const { tail, generation } = tip
  if (tail.seq !== 0) take(generation, [tail.seq, session, tail.first, tail.last])
  else if (tail.first !== 0 || tail.last !== 0) wrong('The end of the current list is half there')
  const current = lists.get(generation)
  if (isLive && !current) wrong('The current list is not there')
  for (const [number, { length, count }] of lists) {
    if (number > generation) wrong(`List ${number} is newer than the current one`)
    else if ((count === null) !== (number === generation))
      wrong(`List ${number} does not say its length as it should`)
    else if (count !== null && count !== length) wrong(`List ${number} has not as many entries as it says`)
  }
  return { live: current?.ranges ?? [], all: [...lists.values()].flatMap(({ ranges }) => ranges) }
}
