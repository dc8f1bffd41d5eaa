import { AWAITING_VERDICTS, type EntryRange } from '@faircopy/store-core/backend'
import { EMPTY_HEAD, PARTLY_READ, type PrunePolicy, type PruneReport } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { insertStatement, resealStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import type { StoreFile } from '../file/store-file.ts'
import { misordered } from '../rows/damage.ts'
import { readAllRanges } from '../rows/ranges.ts'
import { listName, merged, unsaid, type WithoutLists } from '../rows/said.ts'
import { type Address, factsOf, setState, updateSession } from '../rows/session-row.ts'
import { readTip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import type { Writer } from './writer.ts'

/** One transaction removes at most so many entries. */
const REMOVED_AT_ONCE = 500
/** So many sessions, lists, and entries of them, are looked at in one snapshot. */
const SESSIONS_AT_ONCE = 1000
const LOOKED_AT_ONCE = 50
const SUMMED_AT_ONCE = 2000

/** A session that a policy touches: it goes, or lists of it go. */
interface Touched extends Address {
  readonly session: number
  /** Null: all of it. */
  readonly generations: readonly number[] | null
}

/** Whether something of a session is not imported yet, by the last note on it. */
const IS_AWAITING = `coalesce((SELECT coalesce(l.reason, '') = '${PARTLY_READ}' OR
  l.verdict IN (${AWAITING_VERDICTS.map((verdict) => `'${verdict}'`).join(', ')})
  FROM ledger AS l WHERE l.namespace = session.namespace AND l.session = session.id
  ORDER BY l.number DESC LIMIT 1), 0)`
const SOME = `SELECT max(number) AS last FROM (SELECT number FROM session WHERE number > ? ORDER BY number LIMIT ${SESSIONS_AT_ONCE})`
const BETWEEN = 'session > ? AND session <= ?'
const GOING = `SELECT number AS session, namespace, id FROM session
  WHERE (state = 'deleted' AND deleted_at < ?) OR (state = 'live' AND ended_at < ? AND NOT ${IS_AWAITING})`
const SOME_AWAITING = `SELECT namespace, id FROM session WHERE state = 'live' AND ended_at < ? AND ${IS_AWAITING}
  AND number > ? AND number <= ? ORDER BY number`
const GOES = `SELECT 1 FROM (${GOING}) WHERE session = ?`
const LEFT = `SELECT g.session, g.number AS generation, s.namespace, s.id FROM session AS s
  JOIN generation AS g ON g.session = s.number JOIN tip AS t ON t.session = s.number
  WHERE s.state = 'live' AND g.number < t.generation AND
    (SELECT n.at FROM generation AS n WHERE n.session = g.session AND n.number > g.number ORDER BY n.number LIMIT 1) < ?`
const SOME_GOING = `SELECT * FROM (${GOING}) WHERE ${BETWEEN}`
const SOME_LEFT = `${LEFT} AND s.number > ? AND s.number <= ?`
const LEFT_OF_ONE = `${LEFT} AND s.number = ?`
const RANGES_OF_LIST = 'SELECT owner, first, last FROM range WHERE session = ? AND generation = ?'
const DOOM = insertStatement('doomed')
const RESEAL_DOOMED = resealStatement('doomed', 'number = ?')
const NEXT_DOOMED = 'SELECT number, owner, first, last FROM doomed ORDER BY number LIMIT 1'
const SUM =
  'SELECT count(*) AS entries, total(octet_length(record)) AS bytes FROM entry WHERE key BETWEEN ? AND ?'
const DOOMED_ENTRIES = `SELECT key, kind, at, hash, idempotency_key, octet_length(record) AS bytes FROM entry
  WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ${REMOVED_AT_ONCE}`
const INHERITED = 'SELECT 1 FROM inherited WHERE owner = ? AND ? BETWEEN first AND last LIMIT 1'
const TAKEN = 'SELECT 1 FROM entry_key WHERE session = ? AND idempotency_key = ? AND id = ?'
const KEEP_USE = insertStatement('pruned_entry', 'OR REPLACE')
/** Of a session that goes: everything that names it but its row, its tip, and its entries. */
export const FORGET_SESSION: readonly string[] = [
  `DELETE FROM delivery_key WHERE session = ?1 AND EXISTS
    (SELECT 1 FROM pruned_entry AS p WHERE p.key = delivery_key.session * 16777216 + delivery_key.id UNION ALL
      SELECT 1 FROM entry AS e WHERE e.key = delivery_key.session * 16777216 + delivery_key.id
        AND e.idempotency_key IS NOT delivery_key.idempotency_key)
    AND NOT EXISTS (SELECT 1 FROM inherited AS i WHERE i.owner = delivery_key.session AND delivery_key.id BETWEEN i.first AND i.last)`,
  `DELETE FROM entry_key WHERE session = ?1 AND EXISTS
    (SELECT 1 FROM pruned_entry AS p WHERE p.key = entry_key.session * 16777216 + entry_key.id UNION ALL
      SELECT 1 FROM entry AS e WHERE e.key = entry_key.session * 16777216 + entry_key.id
        AND e.idempotency_key IS NOT entry_key.idempotency_key)
    AND NOT EXISTS (SELECT 1 FROM inherited AS i WHERE i.owner = entry_key.session AND entry_key.id BETWEEN i.first AND i.last)`,
  'DELETE FROM range WHERE session = ?1',
  'DELETE FROM generation WHERE session = ?1',
  'DELETE FROM inherited WHERE session = ?1',
  'DELETE FROM waypoint WHERE session = ?1',
  'DELETE FROM operation WHERE session = ?1',
  'DELETE FROM route WHERE session = ?1',
  'DELETE FROM quarantine WHERE session = ?1',
  'DELETE FROM brought WHERE session = ?1',
  'DELETE FROM imported WHERE session = ?1',
  'DELETE FROM fork_key WHERE session = ?1',
].map((sql) => sql.replaceAll('?1', '?'))

/** What a policy lets go, as times. */
interface Deadlines {
  readonly deletedBefore: number
  readonly endedBefore: number | null
  readonly leftBefore: number | null
}

/**
 * Drops what a policy lets go and nobody says any more (S27, S8). Each session's lists go in one transaction that also
 * notes which entries that dooms; the entries go in small ones behind it. Killed anywhere, the next run goes on there.
 */
export async function prune(
  file: StoreFile,
  writer: Writer,
  policy: Omit<PrunePolicy, 'hold'>,
  { hold, signal }: { readonly hold: readonly Address[]; readonly signal: AbortSignal | undefined },
): Promise<PruneReport> {
  signal?.throwIfAborted()
  const { dryRun = true } = policy
  const deadlines = deadlinesOf(policy, file.options.now(), file.options.policy.undeleteForMs)
  const { touched, awaiting } = await findTouched(file, deadlines)
  const isHeld = ({ namespace, id }: Address): boolean =>
    hold.some((one) => one.namespace === namespace && one.id === id)
  const going = touched.filter((one) => !isHeld(one))
  const held = touched.length - going.length
  if (dryRun) {
    const sessions = going.filter(({ generations }) => generations === null).length
    const sums = await wouldGo(file, going)
    return { dryRun, sessions, ...sums, held, awaiting }
  }
  let sessions = 0
  for (const one of going) {
    signal?.throwIfAborted()
    const gone = await writer.submit(
      one.generations ? dropLists(one, deadlines) : dropSession(one, deadlines),
    )
    if (gone) sessions++
  }
  return { dryRun, sessions, ...(await removeAllDoomed(writer, signal)), held, awaiting }
}

/** Removes the doomed entries that no list says, in short transactions. */
export async function removeAllDoomed(
  writer: Writer,
  signal?: AbortSignal,
): Promise<{ readonly entries: number; readonly bytes: number }> {
  const all = { entries: 0, bytes: 0 }
  for (;;) {
    signal?.throwIfAborted()
    const removed = await writer.submit(removeDoomed)
    if (!removed) return all
    all.entries += removed.entries
    all.bytes += removed.bytes
  }
}

function deadlinesOf(
  { endedOlderThan, historyOlderThan }: Omit<PrunePolicy, 'hold'>,
  now: number,
  undeleteForMs: number,
): Deadlines {
  return {
    deletedBefore: now - undeleteForMs,
    endedBefore: endedOlderThan === undefined ? null : now - endedOlderThan,
    leftBefore: historyOlderThan === undefined ? null : now - historyOlderThan,
  }
}

/** What a policy touches, and what it leaves for an import to come, looked at in short snapshots. */
async function findTouched(
  file: StoreFile,
  deadlines: Deadlines,
): Promise<{ readonly touched: readonly Touched[]; readonly awaiting: readonly Address[] }> {
  const touched: Touched[] = []
  const awaiting: Address[] = []
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after
    const some = await file.read((connection) => {
      const through = connection.get<{ last: number | null }>(SOME, from)?.last ?? null
      if (through === null) return null
      if (through <= from) throw misordered()
      return {
        through,
        touched: readTouched(connection, deadlines, [from, through]),
        awaiting: connection.all<Address>(SOME_AWAITING, deadlines.endedBefore, from, through),
      }
    })
    touched.push(...(some?.touched ?? []))
    awaiting.push(...(some?.awaiting ?? []))
    after = some?.through ?? null
  }
  return { touched, awaiting }
}

function readTouched(
  connection: Connection,
  { deletedBefore, endedBefore, leftBefore }: Deadlines,
  some: readonly [after: number, through: number],
): Touched[] {
  const touched = new Map<number, Touched & { generations: number[] | null }>()
  for (const row of connection.all<Address & { session: number }>(
    SOME_GOING,
    deletedBefore,
    endedBefore,
    ...some,
  )) {
    touched.set(row.session, { ...row, generations: null })
  }
  if (leftBefore === null) return [...touched.values()]
  for (const { generation, ...row } of connection.all<Address & { session: number; generation: number }>(
    SOME_LEFT,
    leftBefore,
    ...some,
  )) {
    const known = touched.get(row.session)
    if (known) known.generations?.push(generation)
    else touched.set(row.session, { ...row, generations: [generation] })
  }
  return [...touched.values()]
}

function rangesOf(connection: Connection, { session, generations }: Touched): EntryRange[] {
  return generations
    ? generations.flatMap((generation) => connection.all<EntryRange>(RANGES_OF_LIST, session, generation))
    : readAllRanges(connection, readTip(connection, session))
}

/** What would go, looked at in short snapshots. */
async function wouldGo(
  file: StoreFile,
  going: readonly Touched[],
): Promise<{ readonly entries: number; readonly bytes: number }> {
  const without: WithoutLists = {
    sessions: new Set(going.filter(({ generations }) => generations === null).map(({ session }) => session)),
    lists: new Set(
      going.flatMap(({ session, generations }) => (generations ?? []).map((one) => listName(session, one))),
    ),
  }
  const sum = { entries: 0, bytes: 0 }
  const ranges: EntryRange[] = []
  for (let at = 0; at < going.length; at += LOOKED_AT_ONCE) {
    const some = going.slice(at, at + LOOKED_AT_ONCE)
    ranges.push(...(await file.read((connection) => some.flatMap((one) => rangesOf(connection, one)))))
  }
  for (const some of inPieces(merged(ranges))) {
    const { entries, bytes } = await file.read((connection) => sumUnsaid(connection, some, without))
    sum.entries += entries
    sum.bytes += bytes
  }
  return sum
}

/** The same ranges, some at a time: so many, and of so many entries, as are looked at in one snapshot. */
function* inPieces(ranges: readonly EntryRange[]): Generator<readonly EntryRange[], void, undefined> {
  let some: EntryRange[] = []
  let ids = 0
  for (const range of ranges) {
    for (let { first } = range; first <= range.last; ) {
      const last = Math.min(range.last, first + SUMMED_AT_ONCE - ids - 1)
      some.push({ ...range, first, last })
      ids += last - first + 1
      first = last + 1
      if (some.length < LOOKED_AT_ONCE && ids < SUMMED_AT_ONCE) continue
      yield some
      some = []
      ids = 0
    }
  }
  if (some.length > 0) yield some
}

function sumUnsaid(
  connection: Connection,
  ranges: readonly EntryRange[],
  without: WithoutLists,
): { readonly entries: number; readonly bytes: number } {
  const sum = { entries: 0, bytes: 0 }
  for (const { owner, first, last } of unsaid(connection, ranges, without)) {
    const [from, to] = [entryKey(owner, first), entryKey(owner, last)]
    const row = connection.get<{ entries: number; bytes: number }>(SUM, from, to)
    sum.entries += row?.entries ?? 0
    sum.bytes += row?.bytes ?? 0
  }
  return sum
}

/** Notes entries that are to be removed unless a list says them. */
export function doom(connection: Connection, ranges: readonly EntryRange[]): void {
  for (const { owner, first, last } of merged(ranges)) insertSealed(connection, DOOM, owner, first, last)
}

/** The write that drops lists which a session left long ago. */
function dropLists({ session }: Touched, { leftBefore }: Deadlines): Write<boolean> {
  return ({ connection }) => ({
    apply: () => {
      // Looks again: which lists are still to go: the session was deleted or pruned since.
      const rows = connection.all<{ generation: number }>(LEFT_OF_ONE, leftBefore, session)
      const generations = rows.map(({ generation }) => generation)
      doom(connection, rangesOf(connection, { session, namespace: '', id: '', generations }))
      for (const generation of generations) {
        connection.run('DELETE FROM range WHERE session = ? AND generation = ?', session, generation)
        connection.run('DELETE FROM generation WHERE session = ? AND number = ?', session, generation)
      }
      return false
    },
  })
}

/** The write that leaves nothing of a session but its tombstone. False where it does not go any more. */
function dropSession({ session }: Touched, { deletedBefore, endedBefore }: Deadlines): Write<boolean> {
  return (transaction) => {
    const { connection, now } = transaction
    // Looks again: whether the session still goes: it was continued, taken back, or waits for an import since.
    if (!connection.get(GOES, deletedBefore, endedBefore, session)) return { answer: false }
    return {
      apply: () => {
        const tip = transaction.tip(session)
        const wasLive = connection.get(`SELECT 1 FROM session WHERE number = ? AND state = 'live'`, session)
        doom(connection, readAllRanges(connection, tip))
        updateSession(connection, session, 'live', factsOf({}))
        setState(connection, session, 'deleted', null)
        for (const sql of FORGET_SESSION) connection.run(sql, session)
        const nothing = { entryCount: 0, tailSeq: 0, tailFirst: 0, tailLast: 0, head: EMPTY_HEAD }
        // What a person deleted stays barred, also where it never had an entry: its tombstone tells it by the next id.
        const nextId = wasLive ? tip.nextId : Math.max(tip.nextId, 2)
        const after = { ...tip, ...nothing, nextId, generation: 0, updatedAt: now }
        transaction.setTip(after, wasLive ? 'deleted' : null)
        return true
      },
    }
  }
}

interface DoomedEntry {
  readonly key: number
  readonly kind: string
  readonly at: number | null
  readonly hash: Buffer
  readonly idempotency_key: string | null
  readonly bytes: number
}

/** The write that removes some of the doomed entries. Null: there are none any more. */
const removeDoomed: Write<{ entries: number; bytes: number } | null> = (transaction) => {
  const { connection } = transaction
  // Looks again: what is still doomed.
  const next = connection.get<EntryRange & { number: number }>(NEXT_DOOMED)
  if (!next) return { answer: null }
  return {
    apply: () => {
      transaction.flush()
      const removed = { entries: 0, bytes: 0 }
      const { number, owner } = next
      const gone =
        connection.get('SELECT 1 FROM tip WHERE session = ? AND generation = 0', owner) !== undefined
      const nobody: WithoutLists = { sessions: new Set(), lists: new Set() }
      // Looks again: whether a list says the entries that were doomed.
      for (const range of unsaid(connection, [next], nobody)) {
        const rows = connection.all<DoomedEntry>(
          DOOMED_ENTRIES,
          entryKey(owner, range.first),
          entryKey(owner, range.last),
        )
        for (const row of rows) removeEntry(transaction, owner, gone, row)
        removed.entries += rows.length
        removed.bytes += rows.reduce((sum, { bytes }) => sum + bytes, 0)
        const last = rows.at(-1)
        if (last && rows.length === REMOVED_AT_ONCE) {
          connection.run('UPDATE doomed SET first = ? WHERE number = ?', entryId(last.key) + 1, number)
          connection.run(RESEAL_DOOMED, number)
          return removed
        }
      }
      if (connection.run('DELETE FROM doomed WHERE number = ?', number) === 0) throw misordered()
      return removed
    },
  }
}

/** Removes an entry. Its key stays taken (S4), unless its session is gone or freed it, and no fork began with it. */
function removeEntry({ connection }: Transaction, owner: number, gone: boolean, entry: DoomedEntry): void {
  const { key, kind, at, hash, idempotency_key: name } = entry
  connection.run('DELETE FROM entry WHERE key = ?', key)
  if (name === null) return
  const isTaken = !gone && connection.get(TAKEN, owner, name, entryId(key)) !== undefined
  if (isTaken || connection.get(INHERITED, owner, entryId(key))) {
    insertSealed(connection, KEEP_USE, key, kind, at, hash)
    return
  }
  const id = entryId(key)
  connection.run(
    'DELETE FROM entry_key WHERE session = ? AND idempotency_key = ? AND id = ?',
    owner,
    name,
    id,
  )
  connection.run(
    'DELETE FROM delivery_key WHERE idempotency_key = ? AND session = ? AND id = ?',
    name,
    owner,
    id,
  )
}
