import type { Origin } from '@faircopy/store-core'
import {
  type Address,
  type EntryAddress,
  type EntryRange,
  type HeldAt,
  type HeldDelivery,
  isSameOrigin,
  type KeyUse,
  type LookUpsNow,
  matchesOrigin,
  type OriginAt,
  type OriginWay,
  OWN,
  oneByOne,
  placeOf,
  placesOfStream,
  type StoredDelivery,
  sliceRanges,
} from '@faircopy/store-core/backend'
import type { LedgerRecord } from '@faircopy/store-core/operator'
import { entriesOf, headOf, knownEntries } from './entries.ts'
import { isGone } from './processes.ts'
import type { Rows } from './rows.ts'
import { findSession, knownSession, rangesOf, type SessionRow } from './sessions.ts'

/** What the rules ask, answered from the rows. Whoever asks holds the lock or a snapshot: versions are not needed. */
export function lookUpsIn(rows: Rows): LookUpsNow {
  const at = (address: Address): SessionRow | null => findSession(rows, address)
  const known = (address: Address) => {
    const row = at(address)
    return row && knownSession(row)
  }
  return oneByOne({
    tips: known,
    sessions: known,
    firstGenerations: ({ namespace, id }) => {
      const sql = `SELECT max(generation) AS last FROM session WHERE namespace = ? AND id = ? AND state = 'undone'`
      return (rows.get<{ last: number | null }>(sql, namespace, id)?.last ?? 0) + 1
    },
    keys: ({ session, key }) => {
      const row = at(session)
      const use = row && rows.get<KeyRow>('SELECT * FROM key WHERE session = ? AND key = ?', row.number, key)
      return use && keyUse(rows, row, use)
    },
    deliveries: (key) => deliveriesOf(rows, key),
    retained: ({ session, id }) => {
      const row = at(session)
      const sql = `SELECT 1 FROM range r JOIN entry e ON e.owner = r.owner AND e.id = ?
                   WHERE r.session = ? AND e.id BETWEEN r.first AND r.last`
      return row !== null && rows.get(sql, id, row.number) !== null
    },
    heldUnder: ({ key, since }) => {
      const held = rows.get<HeldRow>('SELECT * FROM held WHERE key = ? AND at >= ?', key, since)
      return held && heldDelivery(held)
    },
    heldFor: (asked) =>
      found(heldAt(rows, asked, (origin) => matchesOrigin(origin, asked.origin)).map(heldDelivery)),
    heldCounts: (asked) => found(heldAt(rows, asked, (origin) => isSameOrigin(origin, asked.origin)).length),
    originWays: (asked) => found(waysAt(rows, asked)),
    openingWays: ({ namespace, origins }) =>
      found(origins.flatMap((origin) => waysAt(rows, { namespace, origin }))),
    routes: (asked) => {
      const route = routeRows(rows, asked).find(({ origin }) =>
        isSameOrigin(JSON.parse(origin), asked.origin),
      )
      if (!route) return found(null)
      const { namespace, id, state, ended_at } = route
      return found({ session: { namespace, id }, isOpen: state === 'living' && ended_at === null })
    },
    operations: ({ session, key }) => {
      const sql = 'SELECT operation AS json FROM operation WHERE session = ? AND key = ?'
      return parsed(rows.get<Json>(sql, at(session)?.number ?? 0, key))
    },
    lists: ({ session, from, to }) => {
      const row = at(session)
      return row ? sliceRanges(rangesOf(rows, row), from, to).map((range) => namedIn(row, range)) : []
    },
    heads: ({ session, seq }) => {
      const row = at(session)
      return headOf(rows, row ? sliceRanges(rangesOf(rows, row), 1, seq) : [])
    },
    deliveriesFrom: ({ session, from }) => {
      const row = at(session)
      if (!row) return []
      const ranges = rangesOf(rows, row)
      return [...entriesOf(rows, ranges, placesOfStream({ from }, row.entry_count))].flatMap(
        ({ seq, id, kind, hash }) => {
          if (kind !== 'delivery') return []
          const owner = sliceRanges(ranges, seq, seq)[0]?.owner ?? row.number
          return [{ ...namedIn(row, { owner, id }), hash }]
        },
      )
    },
    entriesHolding: ({ session, id }) => {
      const row = at(session)
      if (!row) return []
      const live = rangesOf(rows, row)
      return [...knownEntries(rows, row)]
        .filter((entry) => entry.id === id || placeOf(live, entry.id) === null)
        .map(({ owner, id, kind, at, record }) => ({ ...namedIn(row, { owner, id }), kind, at, record }))
    },
    linesHolding: ({ session }) => {
      const sql = 'SELECT number, bytes FROM line WHERE session = ? AND bytes IS NOT NULL ORDER BY number'
      return rows.all<{ number: number; bytes: Uint8Array }>(sql, at(session)?.number ?? 0)
    },
    containing: ({ session, entries }) => {
      const row = at(session)
      const saying = new Map<number, SessionRow>()
      for (const { owner, id } of entries) {
        const sql = `SELECT s.* FROM range r JOIN session s ON s.number = r.session AND s.generation = r.generation
                     WHERE s.state = 'living' AND r.owner = ? AND ? BETWEEN r.first AND r.last`
        const all = rows.all<SessionRow>(sql, owner === OWN ? (row?.number ?? 0) : owner, id)
        for (const one of all) saying.set(one.number, one)
      }
      return [...saying.values()]
        .sort((a, b) => a.number - b.number)
        .map((one) => ({ session: { namespace: one.namespace, id: one.id }, tip: knownSession(one) }))
    },
    generations: (session) => {
      const sql = 'SELECT generation, at, reason FROM list WHERE session = ? ORDER BY generation'
      return rows.all(sql, at(session)?.number ?? 0)
    },
    pastLists: ({ session, generation }) => {
      const row = at(session)
      const sql = 'SELECT 1 FROM list WHERE session = ? AND generation = ?'
      if (!row || rows.get(sql, row.number, generation) === null) return null
      return rangesOf(rows, row, generation).map((range) => namedIn(row, range))
    },
    chains: ({ session, behind, ranges }) => headOf(rows, ownedBy(at(session), ranges), behind),
    unlisted: ({ session, ranges, without }) => {
      const row = at(session)
      const sql = `SELECT count(*) AS count FROM entry e WHERE owner = ? AND id BETWEEN ? AND ? AND NOT EXISTS (
        SELECT 1 FROM range r WHERE r.owner = e.owner AND e.id BETWEEN r.first AND r.last
          AND NOT (r.session = ? AND (? OR r.generation IN (SELECT value FROM json_each(?)))))`
      const isAll = Number(without === null)
      const lists = JSON.stringify(without ?? [])
      return ownedBy(row, ranges).reduce((sum, { owner, first, last }) => {
        return (
          sum +
          (rows.get<{ count: number }>(sql, owner, first, last, row?.number ?? 0, isAll, lists)?.count ?? 0)
        )
      }, 0)
    },
    imported: (session) => {
      const sql = 'SELECT imported AS json FROM imported WHERE session = ? ORDER BY number'
      return rows.all<Json>(sql, at(session)?.number ?? 0).map(({ json }) => JSON.parse(json))
    },
    lineCounts: ({ session, importId }) => {
      const sql = 'SELECT count(*) AS count FROM line WHERE session = ? AND import_id = ?'
      return rows.get<{ count: number }>(sql, at(session)?.number ?? 0, importId)?.count ?? 0
    },
    notes: ({ session: { namespace, id }, key }) => {
      const sql = 'SELECT note AS json FROM note WHERE namespace = ? AND id = ? AND key = ?'
      return found(parsed(rows.get<Json>(sql, namespace, id, key)))
    },
    notesOfRun: ({ session: { namespace, id }, importId }) => {
      const sql = `SELECT note AS json FROM note WHERE namespace = ? AND id = ? AND import_id = ? ORDER BY number`
      return found(rows.all<Json>(sql, namespace, id, importId).map(({ json }) => JSON.parse(json)))
    },
    staged: ({ token, owner }) => {
      const sql = 'SELECT count(*) AS count FROM staged WHERE token = ? AND id IS NOT NULL'
      const count = rows.get<{ count: number }>(sql, token)?.count ?? 0
      if (owner === null) return { nextId: count + 1, count }
      const row = rows.get<SessionRow>('SELECT * FROM session WHERE number = ?', owner)
      return { nextId: row?.next_id ?? 1, count }
    },
    claims: ({ namespace, id }) => {
      const claim = rows.get<ClaimRow>('SELECT * FROM claim WHERE namespace = ? AND id = ?', namespace, id)
      if (!claim) return null
      const { token, host, pid, since } = claim
      return { token, owner: { host, pid, since }, isAbandoned: isGone(claim) }
    },
    lastNotes: ({ namespace, id }) => {
      const sql = 'SELECT note AS json FROM note WHERE namespace = ? AND id = ? ORDER BY number DESC LIMIT 1'
      return found(parsed<LedgerRecord>(rows.get<Json>(sql, namespace, id)))
    },
  })
}

interface Json {
  readonly json: string
}

interface KeyRow {
  readonly session: number
  readonly id: number
  readonly kind: string
  readonly at: number | null
  readonly hash: string
}

interface HeldRow {
  readonly number: number
  readonly origin: string
  readonly entry: string
}

interface ClaimRow {
  readonly token: string
  readonly host: string
  readonly pid: number
  readonly since: number
}

interface RouteRow extends Address {
  readonly number: number
  readonly origin: string
  readonly state: SessionRow['state']
  readonly ended_at: number | null
}

function found<T>(found: T): { readonly found: T; readonly version: null } {
  return { found, version: null }
}

function parsed<T>(row: Json | null): T | null {
  return row && JSON.parse(row.json)
}

/** A range or an entry as it is named in a session. */
function namedIn<T extends { readonly owner: number }>({ number }: SessionRow, one: T): T {
  return one.owner === number ? { ...one, owner: OWN } : one
}

/** Ranges as they are named in a session, by the owner's number. */
export function ownedBy(session: SessionRow | null, ranges: readonly EntryRange[]): EntryRange[] {
  return ranges.map((range) => (range.owner === OWN ? { ...range, owner: session?.number ?? 0 } : range))
}

function keyUse(rows: Rows, session: SessionRow, { id, kind, at, hash }: KeyRow): KeyUse {
  const sql = 'SELECT owner FROM range WHERE session = ? AND ? BETWEEN first AND last LIMIT 1'
  const owner = rows.get<{ owner: number }>(sql, session.number, id)?.owner ?? session.number
  const use: EntryAddress = namedIn(session, { owner, id })
  return { ...use, kind, at, hash, seq: placeOf(rangesOf(rows, session), id) }
}

function deliveriesOf(rows: Rows, key: string): StoredDelivery[] {
  const uses = rows.all<KeyRow>('SELECT * FROM key WHERE key = ? AND is_delivery = 1 ORDER BY session', key)
  const stored = uses.flatMap((use): StoredDelivery[] => {
    const row = rows.get<SessionRow>('SELECT * FROM session WHERE number = ?', use.session)
    if (!row) return []
    const { namespace, id, state } = row
    const isLiving = state === 'living'
    return [{ session: { namespace, id }, isLiving, version: null, use: keyUse(rows, row, use) }]
  })
  return stored.sort((a, b) => Number(b.isLiving) - Number(a.isLiving))
}

function heldAt(
  rows: Rows,
  { namespace, origin, since }: HeldAt,
  isIt: (origin: Origin) => boolean,
): HeldRow[] {
  const sql = 'SELECT * FROM held WHERE namespace = ? AND platform = ? AND at >= ? ORDER BY number'
  return rows
    .all<HeldRow>(sql, namespace, origin.platform, since)
    .filter((one) => isIt(JSON.parse(one.origin)))
}

function heldDelivery({ number, entry }: HeldRow): HeldDelivery {
  return { number, entry: JSON.parse(entry) }
}

/** Of a chat, or of the platform where the origin names none: a condition, and its values. */
function atPlace({ namespace, origin: { platform, chat } }: OriginAt): readonly [string, string[]] {
  const isThere = 'namespace = ? AND platform = ?'
  return chat === undefined
    ? [isThere, [namespace, platform]]
    : [`${isThere} AND chat = ?`, [namespace, platform, chat]]
}

/** The routes of a place. */
export function routeRows(rows: Rows, at: OriginAt): RouteRow[] {
  const [isThere, values] = atPlace(at)
  const sql = `SELECT r.number, r.origin, s.namespace, s.id, s.state, s.ended_at
    FROM (SELECT * FROM route WHERE ${isThere}) r JOIN session s ON s.number = r.session ORDER BY r.number`
  return rows.all(sql, ...values)
}

/** The ways to sessions of a place that live and have not ended. */
function waysAt(rows: Rows, at: OriginAt): OriginWay[] {
  const [isThere, values] = atPlace(at)
  const sql = `SELECT id, facts -> '$.origin' AS origin FROM session
    WHERE ${isThere} AND state = 'living' AND ended_at IS NULL ORDER BY number`
  const own = rows.all<{ id: string; origin: string }>(sql, ...values)
  const open = routeRows(rows, at).filter(({ state, ended_at }) => state === 'living' && ended_at === null)
  return [
    ...own.map(({ id, origin }) => ({ session: id, origin: JSON.parse(origin), by: 'session' as const })),
    ...open.map(({ id, origin }) => ({ session: id, origin: JSON.parse(origin), by: 'route' as const })),
  ]
}
