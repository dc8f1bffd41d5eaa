import {
  chainHead,
  EMPTY_HEAD,
  type EntryRange,
  entryHash,
  NoSession,
  StoreError,
  type VerifyFinding,
  type VerifyOptions,
  type VerifyReport,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'
import { damaged } from '../rows/damage.ts'
import { hasGeneration } from '../rows/missing-place.ts'
import { foundRanges } from '../rows/ranges.ts'
import { merged } from '../rows/said.ts'
import { type Address, findSession } from '../rows/session-row.ts'
import { foundTip } from '../rows/tip.ts'

const PAGE_ENTRIES = 500
const PAGE_UNITS = 4 * 1024 * 1024

/** Re-hashes every entry, live or history, and re-chains every head (S25). Damage is a finding, not an error. */
export async function verifyStore(
  file: StoreFile,
  only: Address | null,
  { signal, onProgress }: VerifyOptions,
): Promise<VerifyReport> {
  const findings: VerifyFinding[] = []
  let sessions = 0
  let entries = 0
  for await (const { number, isLive } of sessionNumbers(file, only)) {
    signal?.throwIfAborted()
    const seen = await verifySession(file, number, findings, signal)
    // What was deleted may come back, and forks say entries of it: it is looked at, and not counted.
    if (!isLive) continue
    entries += seen
    sessions++
    onProgress?.({ sessions, entries })
  }
  if (!only) findings.push(...(await verifyStructure(file)))
  return { sessions, entries, findings }
}

interface SessionNumber {
  readonly number: number
  readonly isLive: boolean
}

async function* sessionNumbers(file: StoreFile, only: Address | null): AsyncGenerator<SessionNumber> {
  if (only) {
    const found = await file.read((connection) => findSession(connection, only))
    if (found?.state !== 'live') throw new NoSession(only)
    yield { number: found.number, isLive: true }
    return
  }
  for (let after = 0; ; ) {
    const rows = await file.read((connection) =>
      connection.all<{ number: number; live: 0 | 1 }>(
        `SELECT number, state = 'live' AS live FROM session WHERE number > ? AND state <> 'staged'
          ORDER BY number LIMIT 200`,
        after,
      ),
    )
    for (const { number, live } of rows) yield { number, isLive: live === 1 }
    const last = rows.at(-1)
    if (!last) return
    after = last.number
  }
}

/** Verifies a session. Where a prune or an undo takes lists of it away meanwhile, what was found wrong is looked at again. */
async function verifySession(
  file: StoreFile,
  number: number,
  findings: VerifyFinding[],
  signal: AbortSignal | undefined,
): Promise<number> {
  for (;;) {
    const found: VerifyFinding[] = []
    const { lists, stored } = await verifyOnce(file, number, found, signal)
    if (found.length > 0 && !(await file.read((connection) => hasAll(connection, number, lists)))) continue
    findings.push(...found)
    return stored
  }
}

function hasAll(connection: Connection, session: number, generations: readonly number[]): boolean {
  return generations.every((generation) => hasGeneration(connection, session, generation))
}

async function verifyOnce(
  file: StoreFile,
  number: number,
  findings: VerifyFinding[],
  signal: AbortSignal | undefined,
): Promise<{ readonly lists: readonly number[]; readonly stored: number }> {
  // One snapshot of what the session says; its entries never change, so they are read in short transactions after it.
  const { tip, namespace, id, lists } = await file.read((connection) => {
    const tip = foundTip(connection, number)
    if (!tip) throw damaged(connection, number, 'where it stands')
    const row = connection.get<Address>('SELECT namespace, id FROM session WHERE number = ?', number)
    const numbers = connection.all<{ number: number }>(
      'SELECT number FROM generation WHERE session = ? ORDER BY number',
      number,
    )
    return {
      tip,
      namespace: row?.namespace ?? '',
      id: row?.id ?? '',
      lists: new Map(numbers.map((one) => [one.number, foundRanges(connection, tip, one.number)])),
    }
  })
  const find = (code: VerifyFinding['code'], detail: string, entry?: number): void => {
    findings.push({ code, namespace, session: id, detail, ...(entry !== undefined && { entry }) })
  }

  const live = lists.get(tip.generation) ?? []
  const count = live.reduce((sum, range) => sum + range.last - range.first + 1, 0)
  if (count !== tip.entryCount)
    find('entry-count', `The session says ${count} entries and counts ${tip.entryCount}`)
  let head = EMPTY_HEAD
  for (const range of live) {
    const hashes = await readHashes(file, range)
    for (const hash of hashes) head = chainHead(head, hash)
  }
  if (head !== tip.head) find('head', 'The head is not the chain of the live entries')

  const own = { owner: number, first: 1, last: tip.nextId - 1 }
  const stored = await verifyEntries(file, own, find, signal)
  for (const missing of missingFrom(lists.values(), number, stored)) {
    find('entry-missing', 'A list of ranges names an entry that is not stored', missing)
  }
  for (const missing of await missingElsewhere(file, lists.values(), number)) {
    find('entry-missing', 'A list of ranges names an entry of another session that is not stored', missing)
  }
  const loose = await file.read((connection) => keysWithoutEntry(connection, number))
  for (const entry of loose)
    find('key-without-entry', 'An idempotency key names an entry that is not stored', entry)
  return { lists: [...lists.keys()], stored: stored.size }
}

async function readHashes(file: StoreFile, range: EntryRange): Promise<string[]> {
  const hashes: string[] = []
  for (let first = range.first; first <= range.last; first += PAGE_ENTRIES) {
    const last = Math.min(range.last, first + PAGE_ENTRIES - 1)
    const rows = await file.read((connection) =>
      connection.all<{ hash: Buffer }>(
        'SELECT hash FROM entry WHERE key BETWEEN ? AND ? ORDER BY key',
        entryKey(range.owner, first),
        entryKey(range.owner, last),
      ),
    )
    for (const { hash } of rows) hashes.push(hash.toString('hex'))
  }
  return hashes
}

/** Re-hashes the entries of a range and gives the ids that are stored. */
async function verifyEntries(
  file: StoreFile,
  range: EntryRange,
  find: (code: VerifyFinding['code'], detail: string, entry?: number) => void,
  signal: AbortSignal | undefined,
): Promise<Set<number>> {
  const stored = new Set<number>()
  for (let first = range.first; first <= range.last; ) {
    signal?.throwIfAborted()
    const begin = first
    try {
      first = await file.read((connection) => {
        let next = begin
        let units = 0
        const rows = connection
          .raw(
            `SELECT key, kind, at, coalesce(redacted_hash, hash), provenance IS NULL OR json_valid(provenance), record
              FROM entry WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?`,
          )
          .iterate(entryKey(range.owner, begin), entryKey(range.owner, range.last), PAGE_ENTRIES)
        let seen = 0
        for (const row of rows) {
          const [key, kind, at, hash, isPlaced, record] = row as [
            number,
            string,
            number | null,
            Buffer,
            0 | 1,
            string,
          ]
          const id = entryId(key)
          stored.add(id)
          if (entryHash(kind, at, record) !== hash.toString('hex')) {
            find('entry-hash', 'The entry is not what was written', id)
          }
          if (!isPlaced) find('entry-unreadable', 'Where the entry came from cannot be read', id)
          next = id + 1
          seen++
          units += record.length
          if (units >= PAGE_UNITS) return next
        }
        return seen < PAGE_ENTRIES ? range.last + 1 : next
      })
    } catch (error) {
      if (!StoreError.is(error) || error.code !== 'STORE_CORRUPT') throw error
      find('entry-unreadable', 'Entries from this one on cannot be read', begin)
      first = begin + PAGE_ENTRIES
    }
  }
  return stored
}

function* missingFrom(
  lists: Iterable<readonly EntryRange[]>,
  owner: number,
  stored: ReadonlySet<number>,
): Generator<number> {
  const told = new Set<number>()
  for (const list of lists) {
    for (const range of list) {
      if (range.owner !== owner) continue
      for (let id = range.first; id <= range.last; id++) {
        if (stored.has(id) || told.has(id)) continue
        told.add(id)
        yield id
      }
    }
  }
}

/** Ids of entries of other sessions that a list names and that are not stored. Their hashes are looked at with their owner. */
async function missingElsewhere(
  file: StoreFile,
  lists: Iterable<readonly EntryRange[]>,
  owner: number,
): Promise<ReadonlySet<number>> {
  const missing = new Set<number>()
  for (const range of merged([...lists].flat().filter((one) => one.owner !== owner))) {
    for (let first = range.first; first <= range.last; first += PAGE_ENTRIES) {
      const last = Math.min(range.last, first + PAGE_ENTRIES - 1)
      const rows = await file.read((connection) =>
        connection.all<{ key: number }>(
          'SELECT key FROM entry WHERE key BETWEEN ? AND ?',
          entryKey(range.owner, first),
          entryKey(range.owner, last),
        ),
      )
      const stored = new Set(rows.map(({ key }) => entryId(key)))
      for (let id = first; id <= last; id++) if (!stored.has(id)) missing.add(id)
    }
  }
  return missing
}

function keysWithoutEntry(connection: Connection, session: number): number[] {
  return connection
    .all<{ id: number }>(
      `SELECT k.id FROM entry_key AS k WHERE k.session = ? AND NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.key = k.session * 16777216 + k.id)
        AND NOT EXISTS (SELECT 1 FROM pruned_entry AS p WHERE p.key = k.session * 16777216 + k.id)`,
      session,
    )
    .map(({ id }) => id)
}

async function verifyStructure(file: StoreFile): Promise<VerifyFinding[]> {
  const lines = await file.read((connection) =>
    connection.all<{ integrity_check: string }>('PRAGMA integrity_check(20)'),
  )
  return lines
    .filter((line) => line.integrity_check !== 'ok')
    .map(() => ({ code: 'database-damaged', detail: "SQLite's own check found damage" }))
}
