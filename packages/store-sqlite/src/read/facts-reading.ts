import { dirname } from 'node:path'
import { countEntries, type EntryRange, type InSteps } from '@faircopy/store-core/backend'
import type { StoreFacts } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { statOrNull } from '../file/location.ts'
import { readStoreId } from '../file/store-row.ts'
import { inOrder, misordered } from '../rows/damage.ts'
import { merged } from '../rows/unlisted.ts'

const RANGES = `SELECT r.session, r.generation, r.seq, r.owner, r.first, r.last, s.state = 'live' AND r.generation = t.generation
  FROM range AS r JOIN session AS s ON s.number = r.session JOIN tip AS t ON t.session = r.session
  WHERE s.state <> 'staged' AND (r.session, r.generation, r.seq) > (?, ?, ?)
  ORDER BY r.session, r.generation, r.seq LIMIT 500`
const SESSIONS = `SELECT s.number, s.state, s.ended_at IS NOT NULL, s.deleted_at IS NOT NULL, t.tail_seq, t.tail_first, t.tail_last
  FROM session AS s JOIN tip AS t ON t.session = s.number WHERE s.number > ? ORDER BY s.number LIMIT 500`
const STAGED = 'SELECT total(last - first + 1) AS count FROM staging'
const HELD = 'SELECT count(*) AS count FROM held WHERE held_at >= ?'

/** All that a snapshot tells; who else has one, and what waits to be written, is looked at outside of it. */
export type ReadFacts = Omit<StoreFacts, 'logHolders' | 'waitingWrites' | 'oldestWaitMs'>

/**
 * The facts of a store that has a file, of one moment, in steps. Entries are counted from the lists, so none is read. Cost:
 * O(sessions and lists of ranges).
 */
export function* readFacts(connection: Connection, path: string, heldSince: number): InSteps<ReadFacts> {
  const lists = yield* readLists(connection)
  const { sessions, ended, deleted, lone } = yield* countSessions(connection, lists)
  const listed = yield* countListed(lists)
  const file = statOrNull(path)
  const folder = statOrNull(dirname(path))
  const pragma = (name: string): number => Number(connection.db.pragma(name, { simple: true }))
  return {
    backend: 'sqlite',
    storeId: readStoreId(connection),
    path,
    schemaVersion: connection.db.pragma('user_version', { simple: true }) as number,
    bytes: file && Number(file.size),
    walBytes: Number(statOrNull(`${path}-wal`)?.size ?? 0),
    freeBytes: pragma('freelist_count') * pragma('page_size'),
    fileMode: file && Number(file.mode & 0o777n),
    folderMode: folder && Number(folder.mode & 0o777n),
    hardLinks: file && Number(file.nlink),
    sessions,
    endedSessions: ended,
    deletedSessions: deleted,
    entries: lone.entries + listed.entries,
    historyEntries: lone.entries - lone.live + listed.entries - listed.live,
    stagedEntries: countOf(connection, STAGED),
    heldDeliveries: countOf(connection, HELD, heldSince),
  }
}

interface ListedRange extends EntryRange {
  readonly isLive: boolean
}

/** What lists contain, by the session whose entries these are. */
type Lists = Map<number, ListedRange[]>

/** How many entries, and how many of them are live. */
interface Counts {
  entries: number
  live: number
}

function* readLists(connection: Connection): InSteps<Lists> {
  const lists: Lists = new Map()
  for (let after: readonly [number, number, number] | undefined = [0, 0, 0]; after; ) {
    const rows = connection.raw(RANGES).all(...after) as [...number[]][]
    let last: readonly [number, number, number] = after
    for (const [session = 0, generation = 0, seq = 0, owner = 0, first = 0, end = 0, live] of rows) {
      const at = [session, generation, seq] as const
      if (!isBehind(at, last)) throw misordered()
      last = at
      list(lists, { owner, first, last: end, isLive: live === 1 })
    }
    after = rows.length > 0 ? last : undefined
    yield
  }
  return lists
}

function isBehind(place: readonly number[], other: readonly number[]): boolean {
  const at = place.findIndex((value, i) => value !== other[i])
  return at >= 0 && (place[at] ?? 0) > (other[at] ?? 0)
}

function list(lists: Lists, range: ListedRange): void {
  const said = lists.get(range.owner)
  if (said) said.push(range)
  else lists.set(range.owner, [range])
}

/** Of nearly all sessions nothing is in any list but their tail, so that nothing of it can be counted twice. */
function* countSessions(
  connection: Connection,
  lists: Lists,
): InSteps<{
  readonly sessions: number
  readonly ended: number
  readonly deleted: number
  readonly lone: Counts
}> {
  const counts = { sessions: 0, ended: 0, deleted: 0 }
  const lone: Counts = { entries: 0, live: 0 }
  for (let after: number | undefined = 0; after !== undefined; ) {
    const found = connection.raw(SESSIONS).all(after) as unknown[] as SessionColumns[]
    const rows: SessionColumns[] = inOrder(found, after, ([number]) => number)
    for (const [number, state, hasEnded, wasDeleted, seq, first, last] of rows) {
      const isLive = state === 'live'
      if (isLive) counts.sessions++
      if (isLive && hasEnded === 1) counts.ended++
      if (state === 'deleted' && wasDeleted === 1) counts.deleted++
      if (seq <= 0 || state === 'staged') continue
      if (lists.has(number)) list(lists, { owner: number, first, last, isLive })
      else {
        lone.entries += last - first + 1
        if (isLive) lone.live += last - first + 1
      }
    }
    after = rows.at(-1)?.[0]
    yield
  }
  return { ...counts, lone }
}

type SessionColumns = readonly [
  number: number,
  state: string,
  hasEnded: 0 | 1,
  wasDeleted: 0 | 1,
  tailSeq: number,
  tailFirst: number,
  tailLast: number,
]

function* countListed(lists: Lists): InSteps<Counts> {
  const counts: Counts = { entries: 0, live: 0 }
  for (const ranges of lists.values()) {
    counts.entries += countEntries(merged(ranges))
    counts.live += countEntries(merged(ranges.filter(({ isLive }) => isLive)))
    yield
  }
  return counts
}

function countOf(connection: Connection, sql: string, ...values: number[]): number {
  return connection.get<{ count: number }>(sql, ...values)?.count ?? 0
}
