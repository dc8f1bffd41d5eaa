import { dirname } from 'node:path'
import { countEntries, type EntryRange, type StoreFacts } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { statOrNull } from '../file/location.ts'
import { readStoreId } from '../file/store-row.ts'
import { merged } from '../rows/said.ts'

const LISTED = `SELECT r.owner, r.first, r.last, s.state = 'live' AND r.generation = t.generation AS live
  FROM range AS r JOIN session AS s ON s.number = r.session JOIN tip AS t ON t.session = r.session
  WHERE s.state <> 'staged'`
const SHARED_TAILS = `SELECT t.session AS owner, t.tail_first AS first, t.tail_last AS last, s.state = 'live' AS live
  FROM tip AS t JOIN session AS s ON s.number = t.session
  WHERE t.tail_seq > 0 AND s.state <> 'staged' AND t.session IN (SELECT owner FROM range)`
/** Of nearly all sessions nothing is in any list but their tail, so that nothing of it can be counted twice. */
const SESSIONS = `SELECT count(*) FILTER (WHERE live) AS sessions, count(ended_at) FILTER (WHERE live) AS ended,
  count(deleted_at) FILTER (WHERE state = 'deleted') AS deleted,
  total(lone) AS loneEntries, total(lone) FILTER (WHERE live) AS loneLive
  FROM (SELECT s.state, s.state = 'live' AS live, s.ended_at, s.deleted_at,
    CASE WHEN t.tail_seq > 0 AND s.state <> 'staged' AND s.number NOT IN (SELECT owner FROM range)
      THEN t.tail_last - t.tail_first + 1 END AS lone
    FROM session AS s JOIN tip AS t ON t.session = s.number)`
const STAGED = 'SELECT total(last - first + 1) AS count FROM staging'
const HELD = 'SELECT count(*) AS count FROM held WHERE held_at >= ?'

/** All that a snapshot tells; who else has one, and what waits to be written, is looked at outside of it. */
export type ReadFacts = Omit<StoreFacts, 'logHolders' | 'waitingWrites' | 'oldestWaitMs'>

/** The facts of a store that has a file. Entries are counted from the lists, so none is read. Cost: O(sessions and lists of ranges). */
export function readFacts(connection: Connection, path: string, heldSince: number): ReadFacts {
  const all = connection.get<SessionCounts>(SESSIONS)
  const lists = [...connection.all<SaidRange>(LISTED), ...connection.all<SaidRange>(SHARED_TAILS)]
  const entries = countEntries(merged(lists)) + (all?.loneEntries ?? 0)
  const live = countEntries(merged(lists.filter((range) => range.live === 1))) + (all?.loneLive ?? 0)
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
    sessions: all?.sessions ?? 0,
    endedSessions: all?.ended ?? 0,
    deletedSessions: all?.deleted ?? 0,
    entries,
    historyEntries: entries - live,
    stagedEntries: countOf(connection, STAGED),
    heldDeliveries: countOf(connection, HELD, heldSince),
  }
}

interface SessionCounts {
  readonly sessions: number
  readonly ended: number
  readonly deleted: number
  readonly loneEntries: number
  readonly loneLive: number
}

interface SaidRange extends EntryRange {
  readonly live: 0 | 1
}

function countOf(connection: Connection, sql: string, ...values: number[]): number {
  return connection.get<{ count: number }>(sql, ...values)?.count ?? 0
}
