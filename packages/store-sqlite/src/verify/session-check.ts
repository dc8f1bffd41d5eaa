import type { EntryRange } from '@faircopy/store-core/backend'
import { chainHead, EMPTY_HEAD } from '@faircopy/store-core/operator'
import { entryId, entryKey, LAST_ENTRY_ID } from '../file/schema.ts'
import type { Value } from '../file/seal.ts'
import type { Address } from '../rows/session-row.ts'
import { merged } from '../rows/unlisted.ts'
import { checkEntries } from './entry-check.ts'
import { checkLists, type Lists, type ReadTip } from './list-check.ts'
import { RowCheck } from './row-check.ts'
import { UNREADABLE } from './snapshot.ts'
import type { Checking } from './table-check.ts'

/** What a session counts for. */
export interface Checked {
  readonly isLive: boolean
  readonly entries: number
}

const OTHERS = 'SELECT owner, first, last FROM range WHERE owner = ? AND owner <> session'
const CHANGE = 'SELECT session, what FROM change WHERE number = ?'

/**
 * Checks a session: its row, its tip, its lists, its head and heads kept on the way, and its entries. `alone`: also those
 * of other sessions that it contains or contained, and those alone are counted; else each entry is looked at, and counted, with
 * the session that it is stored under.
 */
export async function checkSession(checking: Checking, session: number, alone: boolean): Promise<Checked> {
  const { names, findings } = checking
  const named = names.of(session)
  const address = names.addressOf(session)
  const isStaged = named !== null && named !== UNREADABLE && named.state === 'staged'
  const isLive = named !== null && named !== UNREADABLE && named.state === 'live'
  if (named === null)
    findings.add('row-damaged', { address: null }, 'Rows belong to a session that is not there')
  checkRow(checking, session, address)
  const before = findings.size
  const tip = readTip(checking, session)
  const lists: Lists = tip ? await checkLists(checking, session, tip.values, isLive) : { live: [], all: [] }
  if (tip) {
    const count = lists.live.reduce((sum, { first, last }) => sum + last - first + 1, 0)
    if (count !== tip.values.entryCount)
      findings.add(
        'entry-count',
        { address },
        `The session says ${count} entries and counts ${tip.values.entryCount}`,
      )
    await checkHead(checking, session, lists.live, tip.head)
    const fault = tip.fault ?? changeFault(checking, session, tip.change, isStaged)
    if (fault && findings.size === before)
      findings.add('row-damaged', { address }, `Where the session stands ${fault}`)
    checkLastId(checking, session, tip.values)
  } else findings.add('row-damaged', { address }, 'Where the session stands is not there, or cannot be read')
  const entries = await checkOwned(checking, session, lists, alone)
  return { isLive, entries }
}

function checkRow(checking: Checking, session: number, address: Address | null): void {
  const check = new RowCheck('session', checking.isWhole)
  const row = readOne(checking, check, session)
  if (row === UNREADABLE)
    checking.findings.add('database-damaged', { address }, 'Rows of session cannot be read')
  const fault = row === null || row === UNREADABLE ? null : check.faultIn(row)
  if (fault) checking.findings.add('row-damaged', { address }, `The session's row ${fault}`)
}

interface FoundTip {
  readonly values: ReadTip
  readonly head: string
  readonly change: readonly [number: Value, kind: Value]
  readonly fault: string | null
}

function readTip(checking: Checking, session: number): FoundTip | null {
  const check = new RowCheck('tip', checking.isWhole)
  const found = readOne(checking, check, session)
  if (found === null || found === UNREADABLE) return null
  const row = check.read(found)
  const number = (column: string): number => Number(row(column))
  const head = row('head')
  return {
    values: {
      generation: number('generation'),
      nextId: number('next_id'),
      entryCount: number('entry_count'),
      tail: { seq: number('tail_seq'), first: number('tail_first'), last: number('tail_last') },
    },
    head: head instanceof Buffer ? head.toString('hex') : '',
    change: [row('change'), row('change_kind')],
    fault: check.faultIn(found),
  }
}

function readOne(
  { snapshot }: Checking,
  { table, keys, columns }: RowCheck,
  session: number,
): readonly Value[] | null | typeof UNREADABLE {
  const wanted = [...keys, ...columns].map((column) => `"${column}"`).join(', ')
  return snapshot.find(`SELECT ${wanted} FROM "${table}" WHERE "${keys[0]}" = ?`, session)
}

/** What is wrong with what a tip says of its last change (S19). */
function changeFault(
  { snapshot }: Checking,
  session: number,
  [number, kind]: readonly [Value, Value],
  isStaged: boolean,
): string | null {
  if (number === null) return kind === null ? null : 'names no change'
  const found = snapshot.find(CHANGE, number)
  if (found === UNREADABLE) return null
  return isStaged || found?.[0] !== session || found[1] !== kind
    ? 'names a change that is not its last'
    : null
}

function checkLastId({ snapshot, findings, names }: Checking, session: number, { nextId }: ReadTip): void {
  const last = snapshot.find(
    'SELECT max(key) FROM entry WHERE key BETWEEN ? AND ?',
    entryKey(session, 1),
    entryKey(session, LAST_ENTRY_ID),
  )
  const key = last === UNREADABLE ? null : last?.[0]
  if (typeof key === 'number' && entryId(key) >= nextId)
    findings.add(
      'row-damaged',
      { address: names.addressOf(session) },
      'Where the session stands is before its last entry',
    )
}

/** Chains the head of what a session contains, and compares the heads that are kept on the way. */
async function checkHead(
  { snapshot, findings, names }: Checking,
  session: number,
  live: readonly EntryRange[],
  kept: string,
): Promise<void> {
  const address = names.addressOf(session)
  const waypoints = new Map<number, string>()
  await snapshot.each(
    { table: 'waypoint', keys: ['session', 'seq'], columns: ['head'], first: session, through: session },
    ([, seq, head]) => waypoints.set(Number(seq), head instanceof Buffer ? head.toString('hex') : ''),
    () => findings.add('database-damaged', { address }, 'Rows of waypoint cannot be read'),
  )
  let head = EMPTY_HEAD
  let seq = 0
  let isWhole = true
  for (const { owner, first, last } of live) {
    let next = first
    await snapshot.each(
      {
        table: 'entry',
        keys: ['key'],
        columns: ['hash'],
        first: entryKey(owner, first),
        through: entryKey(owner, last),
      },
      ([key, hash]) => {
        const id = entryId(Number(key))
        if (id !== next) isWhole = false
        next = id + 1
        head = chainHead(head, hash instanceof Buffer ? hash.toString('hex') : '')
        const waypoint = waypoints.get(++seq)
        if (waypoint === undefined) return
        waypoints.delete(seq)
        if (isWhole && waypoint !== head)
          findings.add('head', { address }, 'A head kept on the way is not the chain of the entries')
      },
      () => {
        isWhole = false
      },
    )
    if (next !== last + 1) isWhole = false
  }
  if (head !== kept) findings.add('head', { address }, 'The head is not the chain of the live entries')
  else if (waypoints.size > 0)
    findings.add('head', { address }, 'A head is kept of a place that the session does not say')
}

async function checkOwned(
  checking: Checking,
  session: number,
  lists: Lists,
  alone: boolean,
): Promise<number> {
  const { names, snapshot } = checking
  const all = merged(lists.all)
  const keyed = all.filter(({ owner }) => owner === session)
  const others = alone ? [] : await listedElsewhere(checking, session)
  const address = names.addressOf(session)
  let entries = await checkEntries(checking, {
    owner: session,
    first: 0,
    last: LAST_ENTRY_ID,
    said: merged([...keyed, ...others]),
    keyed,
    address: alone ? () => address : (id) => names.openable(session, id),
  })
  for (const range of alone ? all.filter(({ owner }) => owner !== session) : []) {
    await snapshot.breathe()
    entries += await checkEntries(checking, { ...range, said: [range], keyed: [], address: () => address })
  }
  return entries
}

/** What other sessions contain of this one's entries. */
async function listedElsewhere({ snapshot, names }: Checking, session: number): Promise<EntryRange[]> {
  const named = names.of(session)
  const most = named === null || named === UNREADABLE ? null : named.lastId
  try {
    const rows = snapshot.connection.all<EntryRange>(OTHERS, session)
    return rows.filter(({ first, last }) => first >= 1 && first <= last && last <= (most ?? LAST_ENTRY_ID))
  } catch {
    // That rows of range cannot be read is found with those who say them.
    return []
  }
}
