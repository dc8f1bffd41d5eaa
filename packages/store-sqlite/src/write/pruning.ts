import type { Address, EntryRange, Going, PruneEngine, Removed } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import type { StoreFile } from '../file/store-file.ts'
import { misordered } from '../rows/damage.ts'
import { deleteDoomed, goOnAt, nextDoomed } from '../rows/doomed-row.ts'
import { readAllRanges, readRanges } from '../rows/ranges.ts'
import { readTip, readTipAt } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { listName, merged, unlisted, type WithoutLists } from '../rows/unlisted.ts'
import type { Writer } from './writer.ts'

/** One transaction removes at most so many entries. */
const REMOVED_AT_ONCE = 500
/** So many sessions, lists, and entries of them, are looked at in one snapshot. */
const SESSIONS_AT_ONCE = 1000
const LOOKED_AT_ONCE = 50
const SUMMED_AT_ONCE = 2000

const SOME = `SELECT max(number) AS last FROM (SELECT number FROM session WHERE number > ? ORDER BY number LIMIT ${SESSIONS_AT_ONCE})`
const MAYBE_DUE = `SELECT namespace, id FROM session WHERE number > ? AND number <= ? AND (
    (state = 'deleted' AND deleted_at < ?) OR (state = 'live' AND (ended_at < ? OR (
      EXISTS (SELECT 1 FROM generation AS g WHERE g.session = session.number AND g.at < ?) AND
      (SELECT count(*) FROM generation AS g WHERE g.session = session.number) > 1)))) ORDER BY number`
const SUM =
  'SELECT count(*) AS entries, total(octet_length(record)) AS bytes FROM entry WHERE key BETWEEN ? AND ?'
const DOOMED_ENTRIES = `SELECT key, kind, at, hash, idempotency_key, octet_length(record) AS bytes FROM entry
  WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ${REMOVED_AT_ONCE}`
const INHERITED = 'SELECT 1 FROM inherited WHERE owner = ? AND ? BETWEEN first AND last LIMIT 1'
const TAKEN = 'SELECT 1 FROM entry_key WHERE session = ? AND idempotency_key = ? AND id = ?'
const KEEP_USE = insertStatement('pruned_entry', 'OR REPLACE')

/** What pruning asks of a file besides carrying out rules. Everything is looked at in short snapshots. */
export function pruneWork(file: StoreFile, writer: Writer): Omit<PruneEngine, 'decide' | 'answer'> {
  return {
    maybeDue: (deadlines) => maybeDue(file, deadlines),
    unlistedWithout: (going) => unlistedWithout(file, going),
    removeUnlisted: (signal) => removeAllDoomed(writer, signal),
  }
}

/**
 * Removes the doomed entries that no list contains, in short transactions. Killed anywhere, it goes on there the next time.
 */
export async function removeAllDoomed(writer: Writer, signal?: AbortSignal): Promise<Removed> {
  const all = { entries: 0, bytes: 0 }
  for (;;) {
    signal?.throwIfAborted()
    const removed = await writer.submit(removeDoomed)
    if (!removed) return all
    all.entries += removed.entries
    all.bytes += removed.bytes
  }
}

async function* maybeDue(
  file: StoreFile,
  { deletedBefore, endedBefore, leftBefore }: Parameters<PruneEngine['maybeDue']>[0],
): AsyncGenerator<readonly Address[], void, undefined> {
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after
    const some = await file.read((connection) => {
      const through = connection.get<{ last: number | null }>(SOME, from)?.last ?? null
      if (through === null) return null
      if (through <= from) throw misordered()
      const times = [deletedBefore, endedBefore, leftBefore]
      return { through, sessions: connection.all<Address>(MAYBE_DUE, from, through, ...times) }
    })
    const { sessions = [] } = some ?? {}
    for (let at = 0; at < sessions.length; at += LOOKED_AT_ONCE) yield sessions.slice(at, at + LOOKED_AT_ONCE)
    after = some?.through ?? null
  }
}

/** A session of which something would go, where it is still. */
interface Found extends Going {
  readonly number: number
}

async function unlistedWithout(file: StoreFile, all: readonly Going[]): Promise<Removed> {
  const going: Found[] = []
  const ranges: EntryRange[] = []
  for (let at = 0; at < all.length; at += LOOKED_AT_ONCE) {
    const some = all.slice(at, at + LOOKED_AT_ONCE)
    await file.read((connection) => {
      for (const one of some) {
        const found = readTipAt(connection, one.session.namespace, one.session.id)
        if (!found) continue
        going.push({ ...one, number: found.tip.session })
        ranges.push(...rangesOf(connection, one, found.tip.session))
      }
    })
  }
  const without: WithoutLists = {
    sessions: new Set(going.filter(({ generations }) => generations === null).map(({ number }) => number)),
    lists: new Set(
      going.flatMap(({ number, generations }) => (generations ?? []).map((one) => listName(number, one))),
    ),
  }
  const sum = { entries: 0, bytes: 0 }
  for (const some of inPieces(merged(ranges))) {
    const { entries, bytes } = await file.read((connection) => sumUnlisted(connection, some, without))
    sum.entries += entries
    sum.bytes += bytes
  }
  return sum
}

function rangesOf(connection: Connection, { generations }: Going, session: number): EntryRange[] {
  const tip = readTip(connection, session)
  return generations
    ? generations.flatMap((generation) => readRanges(connection, tip, generation))
    : readAllRanges(connection, tip)
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

function sumUnlisted(connection: Connection, ranges: readonly EntryRange[], without: WithoutLists): Removed {
  const sum = { entries: 0, bytes: 0 }
  for (const { owner, first, last } of unlisted(connection, ranges, without)) {
    const [from, to] = [entryKey(owner, first), entryKey(owner, last)]
    const row = connection.get<Removed>(SUM, from, to)
    sum.entries += row?.entries ?? 0
    sum.bytes += row?.bytes ?? 0
  }
  return sum
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
const removeDoomed: Write<Removed | null> = (transaction) => {
  const { connection } = transaction
  // Looks again: what is still doomed.
  const next = nextDoomed(connection)
  if (!next) return { answer: null }
  return {
    apply: () => {
      transaction.flush()
      const removed = { entries: 0, bytes: 0 }
      const { owner } = next
      const gone =
        connection.get('SELECT 1 FROM tip WHERE session = ? AND generation = 0', owner) !== undefined
      const nobody: WithoutLists = { sessions: new Set(), lists: new Set() }
      // Looks again: whether a list contains the entries that were doomed.
      for (const range of unlisted(connection, [next], nobody)) {
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
          goOnAt(connection, next, entryId(last.key) + 1)
          return removed
        }
      }
      deleteDoomed(connection, next)
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
