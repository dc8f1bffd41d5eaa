import { type Context, type Going, heldSince, type Removed } from '@faircopy/store-core/backend'
import {
  entryHash,
  type StoreFacts,
  type VerifyFinding,
  type VerifyReport,
} from '@faircopy/store-core/operator'
import { removeStaged } from './effects.ts'
import { type EntryRow, headOf } from './entries.ts'
import { isGone } from './processes.ts'
import type { Rows } from './rows.ts'
import { SCHEMA_VERSION } from './schema.ts'
import { findSession, rangesOf, type SessionRow } from './sessions.ts'

const UNSAID = `NOT EXISTS (SELECT 1 FROM range r WHERE r.owner = entry.owner AND entry.id BETWEEN r.first AND r.last)`

/** Removes the entries that no list contains (S8). */
export function removeUnlisted(rows: Rows): Removed {
  const sql = `SELECT count(*) AS entries, coalesce(sum(octet_length(record)), 0) AS bytes FROM entry WHERE ${UNSAID}`
  const removed = rows.get<Removed>(sql) ?? { entries: 0, bytes: 0 }
  rows.run(`DELETE FROM entry WHERE ${UNSAID}`)
  return { ...removed }
}

/** What would be removed without some lists: they go for a moment, and are back (S8). */
export function unlistedWithout(rows: Rows, going: readonly Going[]): Removed {
  rows.db.exec('SAVEPOINT look')
  for (const { session, generations } of going) {
    const number = findSession(rows, session)?.number ?? 0
    const sql = `DELETE FROM range WHERE session = ? AND (? OR generation IN (SELECT value FROM json_each(?)))`
    rows.run(sql, number, Number(generations === null), JSON.stringify(generations ?? []))
  }
  const removed = removeUnlisted(rows)
  rows.db.exec('ROLLBACK TO look; RELEASE look')
  return removed
}

/** Takes away what imports staged whose process is gone (S9). */
export function sweepStaged(rows: Rows): void {
  const staged = rows.all<{ token: string; host: string; pid: number }>(
    'SELECT DISTINCT token, host, pid FROM staged',
  )
  for (const one of staged) if (isGone(one)) removeStaged(rows, one.token)
}

/** Re-hashes every entry that sessions contain or contained, each once, and re-chains every head (S25). */
export function* verifySteps(
  rows: Rows,
  asked: SessionRow | null,
): Generator<Omit<VerifyReport, 'findings'>, VerifyReport> {
  const sql = `SELECT * FROM session WHERE state <> 'undone' ORDER BY state <> 'living', number`
  const sessions = asked ? [asked] : rows.all<SessionRow>(sql)
  const done = { sessions: 0, entries: 0 }
  const seen = new Set<string>()
  const findings: VerifyFinding[] = []
  for (const session of sessions) {
    const { namespace, id } = session
    const add = (code: VerifyFinding['code'], detail: string, entry?: number): void => {
      findings.push({ code, namespace, session: id, ...(entry !== undefined && { entry }), detail })
    }
    const lists = 'SELECT DISTINCT owner, first, last FROM range WHERE session = ?'
    for (const { owner, first, last } of rows.all<{ owner: number; first: number; last: number }>(
      lists,
      session.number,
    )) {
      for (let at = first; at <= last; at++) {
        if (seen.has(`${owner} ${at}`)) continue
        seen.add(`${owner} ${at}`)
        const entry = rows.get<EntryRow>('SELECT * FROM entry WHERE owner = ? AND id = ?', owner, at)
        if (!entry) add('entry-missing', 'A list of ranges names an entry that is not stored', at)
        else {
          done.entries++
          if (!isAsWritten(entry)) add('entry-hash', 'The entry is not what was written', at)
        }
        yield done
      }
    }
    if (session.state !== 'living') continue
    done.sessions++
    if (headOf(rows, rangesOf(rows, session)) !== session.head) {
      add('head', 'The head is not that of what the session says')
    }
    yield done
  }
  return { ...done, findings }
}

function isAsWritten({ kind, at, record, hash, redaction }: EntryRow): boolean {
  const written = redaction === null ? hash : (JSON.parse(redaction) as { readonly hash: string }).hash
  return entryHash(kind, at, record) === written
}

const FACTS = `SELECT
  (SELECT id FROM store) AS storeId,
  (SELECT count(*) FROM session WHERE state = 'living') AS sessions,
  (SELECT count(*) FROM session WHERE state = 'living' AND ended_at IS NOT NULL) AS endedSessions,
  (SELECT count(*) FROM session WHERE state = 'deleted') AS deletedSessions,
  (SELECT count(*) FROM entry) AS entries,
  (SELECT count(*) FROM entry WHERE NOT EXISTS (
    SELECT 1 FROM range r JOIN session s ON s.number = r.session AND s.generation = r.generation AND s.state = 'living'
    WHERE r.owner = entry.owner AND entry.id BETWEEN r.first AND r.last)) AS historyEntries,
  (SELECT count(*) FROM staged WHERE id IS NOT NULL) AS stagedEntries,
  (SELECT count(*) FROM held WHERE at >= ?) AS heldDeliveries`

export function storeFacts(rows: Rows, path: string, context: Context): StoreFacts {
  const counted = rows.get(FACTS, heldSince(context)) as Counted
  const { bytes } = rows.get<{ bytes: number }>(
    'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
  ) ?? { bytes: 0 }
  return {
    backend: 'node-sqlite',
    path,
    schemaVersion: SCHEMA_VERSION,
    bytes,
    walBytes: null,
    logHolders: null,
    waitingWrites: null,
    oldestWaitMs: null,
    freeBytes: null,
    fileMode: null,
    folderMode: null,
    hardLinks: null,
    ...counted,
  }
}

type Counted = Pick<
  StoreFacts,
  | 'storeId'
  | 'sessions'
  | 'endedSessions'
  | 'deletedSessions'
  | 'entries'
  | 'historyEntries'
  | 'stagedEntries'
  | 'heldDeliveries'
>
