import { dirname } from 'node:path'
import { countEntries, type EntryRange, type StoreFacts } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { statOrNull } from '../file/location.ts'
import { merged } from '../rows/said.ts'
import { readStoreId } from './change-reading.ts'

const SESSIONS = `SELECT count(*) AS sessions, count(ended_at) AS ended FROM session WHERE state = 'live'`
const DELETED = `SELECT count(*) AS count FROM session WHERE state = 'deleted' AND deleted_at IS NOT NULL`
const LISTED = `SELECT r.owner, r.first, r.last, s.state = 'live' AND r.generation = t.generation AS live
  FROM range AS r JOIN session AS s ON s.number = r.session JOIN tip AS t ON t.session = r.session
  WHERE s.state <> 'staged'`
const TAILS = `FROM tip AS t JOIN session AS s ON s.number = t.session WHERE t.tail_seq > 0 AND s.state <> 'staged'
  AND t.session`
const SHARED_TAILS = `SELECT t.session AS owner, t.tail_first AS first, t.tail_last AS last, s.state = 'live' AS live
  ${TAILS} IN (SELECT owner FROM range)`
/** Nearly all sessions: nothing of them is in any list but their tail, so that nothing is counted twice. */
const LONE_TAILS = `SELECT total(t.tail_last - t.tail_first + 1) AS entries,
  total((t.tail_last - t.tail_first + 1) * (s.state = 'live')) AS live ${TAILS} NOT IN (SELECT owner FROM range)`
const STAGED = 'SELECT total(last - first + 1) AS count FROM staging'
const HELD = 'SELECT count(*) AS count FROM held WHERE held_at >= ?'

/** The facts of a store that has a file. Entries are counted from the lists, so none is read. Cost: O(lists of ranges). */
export function readFacts(connection: Connection, path: string, heldSince: number): StoreFacts {
  const lists = [...connection.all<SaidRange>(LISTED), ...connection.all<SaidRange>(SHARED_TAILS)]
  const lone = connection.get<{ entries: number; live: number }>(LONE_TAILS)
  const entries = countEntries(merged(lists)) + (lone?.entries ?? 0)
  const live = countEntries(merged(lists.filter((range) => range.live === 1))) + (lone?.live ?? 0)
  const sessions = connection.get<{ sessions: number; ended: number }>(SESSIONS)
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
    sessions: sessions?.sessions ?? 0,
    endedSessions: sessions?.ended ?? 0,
    deletedSessions: countOf(connection, DELETED),
    entries,
    historyEntries: entries - live,
    stagedEntries: countOf(connection, STAGED),
    heldDeliveries: countOf(connection, HELD, heldSince),
  }
}

interface SaidRange extends EntryRange {
  readonly live: 0 | 1
}

function countOf(connection: Connection, sql: string, ...values: number[]): number {
  return connection.get<{ count: number }>(sql, ...values)?.count ?? 0
}
