import type { ListOptions } from '@faircopy/store-core'
import { compareListed, isHeld, type ListKey, sessionAddress } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import type { StoreFile } from '../file/store-file.ts'
import { misordered } from '../rows/damage.ts'
import { MINUTE_MS, minuteOf } from '../rows/tip.ts'

/** So many sessions, or tips of sessions, are looked at in one snapshot at most. */
const LOOKED_AT = 1000
const TIPS_AT_ONCE = 4000

/** What is live; what a row says that can be none of the states is no reason to leave it out. The index by name has both. */
const NAMED = `s.state IN ('live', 'deleted') AND s.state <> 'deleted'`
const UNHIDDEN = `s.state NOT IN ('deleted', 'staged', 'undone')`
const PLACES =
  'SELECT s.number, s.namespace, s.id, t.updated_at, t.minute FROM session AS s LEFT JOIN tip AS t ON t.session = s.number'
const IN_ORDER = 'ORDER BY s.namespace, s.id'

/** Of a minute, the tips of sessions below a number: where some of them end, and how many these are. */
const PIECE = `SELECT min(session), count(*) FROM
  (SELECT session FROM tip WHERE minute = ? AND session < ? ORDER BY session DESC LIMIT ${TIPS_AT_ONCE})`
/** Those of them that changed between two times, and those of another minute than they say. */
const TIPS = `SELECT session, updated_at FROM tip WHERE minute = ? AND session >= ? AND session < ? AND
  (updated_at BETWEEN ? AND ? OR (updated_at BETWEEN minute * ${MINUTE_MS} AND minute * ${MINUTE_MS} + ${MINUTE_MS - 1}) IS NOT 1)`
const MINUTE_BEFORE = 'SELECT max(minute) FROM tip WHERE minute < ?'

/** Where a session is in a listing, and its number. */
export interface ListPlace extends ListKey {
  readonly number: number
}

/** Where a listing goes on: behind a session, or behind all that changed at a time or later. */
export type Behind = ListKey | { readonly before: number }

/** Places in the order of a listing. */
export interface FoundPlaces {
  readonly places: readonly ListPlace[]
  /** Behind what was looked at for them; null where that was all. */
  readonly next: Behind | null
}

/** Which sessions are listed, in which order. */
export type Wanted = ListOptions & { readonly order: NonNullable<ListOptions['order']> }

type Bound = string | number
/** A condition that the database can decide, with its values. */
type Condition = readonly [sql: string, ...values: Bound[]]

/**
 * Finds some places that come next in a listing, about as many as `count`: sessions that the conditions which the database
 * decides are true of. It looks in short snapshots: a session that changes meanwhile keeps the place that it had, or in the order
 * `recent` moves in front of what was looked at already, and is left out.
 */
export function findPlaces(
  file: StoreFile,
  wanted: Wanted,
  after: Behind | null,
  count: number,
): Promise<FoundPlaces> {
  if (wanted.order === 'address') return findByAddress(file, wanted, after as ListKey | null, count)
  return wanted.parent === undefined
    ? findLatest(file, wanted, after, count)
    : findLatestChildren(file, wanted, after, count)
}

async function findByAddress(
  file: StoreFile,
  wanted: Wanted,
  after: ListKey | null,
  count: number,
): Promise<FoundPlaces> {
  const places: ListPlace[] = []
  for (let at = after; ; ) {
    const found = await file.read((connection) => lookBehind(connection, wanted, at, count - places.length))
    places.push(...found.places)
    at = found.next
    if (at === null || places.length >= count) return { places, next: at }
  }
}

/** Looks at sessions behind one, in the order of their addresses. */
function lookBehind(
  connection: Connection,
  wanted: Wanted,
  after: ListKey | null,
  count: number,
): { readonly places: readonly ListPlace[]; readonly next: ListKey | null } {
  const seek = seekOf(wanted, after)
  const conditions = conditionsOf(wanted)
  const end = conditions.length > 0 ? endOf(connection, seek) : undefined
  const all = [...seek, ...conditions, ...(end ? [end.condition] : [])]
  const most = Math.min(count, LOOKED_AT)
  const rows = connection
    .raw(`${PLACES} WHERE ${textOf(all)} ${IN_ORDER} LIMIT ?`)
    .all(...valuesOf(all), most) as [number, string, string, number, number][]
  const places = rows.map(([number, namespace, id, at, minute]) => ({
    number,
    namespace,
    id,
    updatedAt: timeOf(at, minute),
  }))
  const next = places.length === most ? (places.at(-1) ?? null) : (end?.key ?? null)
  let before = after
  for (const place of next ? [...places, next] : places) {
    if (before && place !== before && compareListed(before, place) >= 0) throw misordered()
    before = place
  }
  return { places, next }
}

/** Where the sessions end that one snapshot looks at; undefined where that is all of them. */
function endOf(
  connection: Connection,
  seek: readonly Condition[],
): { readonly key: ListKey; readonly condition: Condition } | undefined {
  const row = connection
    .raw(
      `SELECT s.namespace, s.id FROM session AS s WHERE ${textOf(seek)} ${IN_ORDER} LIMIT 1 OFFSET ${LOOKED_AT - 1}`,
    )
    .get(...valuesOf(seek)) as [string, string] | undefined
  if (!row) return undefined
  const [namespace, id] = row
  return { key: { namespace, id, updatedAt: 0 }, condition: ['(s.namespace, s.id) <= (?, ?)', namespace, id] }
}

/** What an index of sessions leads to: those that are there, of a parent or of a namespace, behind one. */
function seekOf({ namespace, parent }: Wanted, after: ListKey | null): Condition[] {
  const seek: Condition[] = [[parent === undefined ? NAMED : UNHIDDEN]]
  if (parent !== undefined) {
    const { namespace: of, id } = sessionAddress(parent)
    seek.push(['s.parent_namespace = ? AND s.parent_id = ? AND s.parent_id IS NOT NULL', of, id])
  }
  if (namespace !== undefined) seek.push(['s.namespace = ?', namespace])
  if (after && namespace === after.namespace) seek.push(['s.id > ?', after.id])
  else if (after) seek.push(['(s.namespace, s.id) > (?, ?)', after.namespace, after.id])
  return seek
}

/** What is asked of each session that is looked at. */
function conditionsOf({ state, activeSince, origin }: Wanted): Condition[] {
  const conditions: Condition[] = []
  if (state !== undefined)
    conditions.push([state === 'live' ? 's.ended_at IS NULL' : 's.ended_at IS NOT NULL'])
  if (origin?.platform !== undefined) conditions.push(['s.platform = ?', origin.platform])
  if (activeSince !== undefined) conditions.push(['t.updated_at >= ?', activeSince])
  return conditions
}

async function findLatestChildren(
  file: StoreFile,
  wanted: Wanted,
  after: Behind | null,
  count: number,
): Promise<FoundPlaces> {
  const latest = new Latest<ListPlace>(count, timesOf(wanted, after))
  for (let at: ListKey | null | undefined; at !== null; ) {
    const from: ListKey | null = at ?? null
    const found = await file.read((connection) => lookBehind(connection, wanted, from, LOOKED_AT))
    for (const place of found.places) latest.add(place)
    at = found.next
  }
  return inOrder(latest.all(), after, latest.next)
}

/**
 * The tips tell which sessions come next, the latest minute first; of a minute all are looked at, for it has no order. Of
 * the many that an import leaves in one minute, no row is read but of those that come next.
 */
async function findLatest(
  file: StoreFile,
  wanted: Wanted,
  after: Behind | null,
  count: number,
): Promise<FoundPlaces> {
  const times = timesOf(wanted, after)
  const latest = new Latest<TipTime>(count, times)
  let at: TipPlace | null = { minute: minuteOf(times.most), below: Number.MAX_SAFE_INTEGER }
  let isWhole = false
  while (at !== null && !(isWhole && latest.size >= count) && at.minute >= minuteOf(times.least)) {
    const from: TipPlace = at
    const looked = await file.read((connection) =>
      lookAtTips(connection, from, { least: latest.least, most: times.most }, count - latest.size),
    )
    for (const tip of looked.tips) latest.add(tip)
    at = looked.next
    isWhole = at?.below === Number.MAX_SAFE_INTEGER
  }
  const tips = latest.all()
  const next =
    at === null || at.minute < minuteOf(times.least) ? latest.next : { before: tips.at(-1)?.updatedAt ?? 0 }
  return inOrder(await withNames(file, wanted, tips), after, next)
}

/** When a session changed, as its tip has it. */
interface TipTime {
  readonly number: number
  readonly updatedAt: number
}

/** Where to go on among the tips: in a minute, with the sessions below a number. */
interface TipPlace {
  readonly minute: number
  readonly below: number
}

/** The first and the last of the times that are wanted. */
interface Times {
  readonly least: number
  readonly most: number
}

function timesOf({ activeSince }: Wanted, after: Behind | null): Times {
  const most =
    after === null ? Number.MAX_SAFE_INTEGER : 'before' in after ? after.before - 1 : after.updatedAt
  return { least: activeSince ?? Number.MIN_SAFE_INTEGER, most }
}

/** Looks at tips until whole minutes have enough, or the loop is held. */
function lookAtTips(
  connection: Connection,
  from: TipPlace,
  times: Times,
  enough: number,
): { readonly tips: readonly TipTime[]; readonly next: TipPlace | null } {
  const tips: TipTime[] = []
  for (let { minute, below } = from; ; ) {
    const [lowest, count] = connection.raw(PIECE).get(minute, below) as [number | null, number]
    if (lowest !== null) {
      if (lowest >= below) throw misordered()
      const { least, most } = times
      const rows = connection.raw(TIPS).all(minute, lowest, below, least, most) as [number, number][]
      for (const [number, at] of rows) tips.push({ number, updatedAt: timeOf(at, minute) })
      below = lowest
    }
    if (count < TIPS_AT_ONCE) {
      const [before] = connection.raw(MINUTE_BEFORE).get(minute) as [number | null]
      if (before === null) return { tips, next: null }
      if (before >= minute) throw misordered()
      minute = before
      below = Number.MAX_SAFE_INTEGER
      if (tips.length >= enough) return { tips, next: { minute, below } }
    }
    if (isHeld()) return { tips, next: { minute, below } }
  }
}

/** The time that a tip is listed under: one that is not of its minute is at the beginning of that. */
function timeOf(at: number, minute: number): number {
  return Number.isSafeInteger(at) && minuteOf(at) === minute ? at : minute * MINUTE_MS
}

/** The tips whose sessions are listed, with their addresses. */
async function withNames(file: StoreFile, wanted: Wanted, tips: readonly TipTime[]): Promise<ListPlace[]> {
  const { namespace, activeSince: _, ...rest } = wanted
  const conditions = [
    ...conditionsOf(rest),
    ...(namespace === undefined ? [] : [['s.namespace = ?', namespace] as const]),
  ]
  const sql = `SELECT s.namespace, s.id FROM session AS s WHERE ${textOf([[UNHIDDEN], ...conditions])} AND s.number = ?`
  const values = valuesOf(conditions)
  const places: ListPlace[] = []
  for (let at = 0; at < tips.length; ) {
    const from = at
    const named = await file.read((connection) => {
      const some: ListPlace[] = []
      let looked = from
      for (const tip of tips.slice(from)) {
        const row = connection.raw(sql).get(...values, tip.number) as [string, string] | undefined
        if (row) some.push({ ...tip, namespace: row[0], id: row[1] })
        looked++
        if (isHeld()) break
      }
      return { some, looked }
    })
    places.push(...named.some)
    at = named.looked
  }
  return places
}

function inOrder(places: readonly ListPlace[], after: Behind | null, next: Behind | null): FoundPlaces {
  const isNext = (place: ListPlace): boolean =>
    after === null || 'before' in after || compareListed(after, place, 'recent') < 0
  return { places: places.filter(isNext).sort((a, b) => compareListed(a, b, 'recent')), next }
}

/** The latest of many: so many, and all that are of the same time as the last of them. */
class Latest<T extends { readonly updatedAt: number }> {
  readonly #count: number
  readonly #most: number
  #least: number
  #isCut = false
  #kept: T[] = []

  constructor(count: number, { least, most }: Times) {
    this.#count = count
    this.#least = least
    this.#most = most
  }

  /** What is older than this is not wanted. */
  get least(): number {
    return this.#least
  }

  get size(): number {
    return this.#kept.length
  }

  /** Behind them, where there may be more; null where there are none. */
  get next(): Behind | null {
    return this.#isCut ? { before: this.#least } : null
  }

  add(one: T): void {
    if (one.updatedAt < this.#least || one.updatedAt > this.#most) return
    this.#kept.push(one)
    if (this.#kept.length > this.#count * 2 + LOOKED_AT) this.#cut()
  }

  /** From the latest to the oldest. */
  all(): readonly T[] {
    this.#cut()
    return this.#kept
  }

  #cut(): void {
    this.#kept.sort((a, b) => b.updatedAt - a.updatedAt)
    const last = this.#kept[this.#count - 1]
    if (!last) return
    this.#least = last.updatedAt
    this.#isCut = true
    this.#kept = this.#kept.filter(({ updatedAt }) => updatedAt >= this.#least)
  }
}

function textOf(conditions: readonly Condition[]): string {
  return conditions.map(([sql]) => sql).join(' AND ')
}

function valuesOf(conditions: readonly Condition[]): Bound[] {
  return conditions.flatMap(([, ...values]) => values)
}
