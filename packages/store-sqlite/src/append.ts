import {
  type AppendOptions,
  appendOptionsSchema,
  chainHead,
  checkArgument,
  EMPTY_HEAD,
  entryHash,
  InvalidArgument,
  KeyConflict,
  type NewEntry,
  NoSession,
  newEntrySchema,
  type Receipt,
  type ReceiptEntry,
  type RecordLimits,
  RevisionConflict,
  recordText,
  SessionDeleted,
  SessionFull,
} from '@faircopy/store-core'
import type { Connection } from './connection.ts'
import { findKey, insertEntry, insertKey, type PreparedEntry } from './entry-row.ts'
import { isPlainName } from './plain-name.ts'
import { closeTail, readSeq } from './ranges.ts'
import { entryKey, LAST_ENTRY_ID } from './schema.ts'
import { type Address, factsOf, findSession, insertSession } from './session-row.ts'
import type { Tip } from './tip.ts'
import type { Transaction, Write } from './transaction.ts'

/** An append with everything about it checked that needs no store. */
export interface PreparedAppend {
  readonly address: Address
  readonly entries: readonly PreparedEntry[]
  readonly options: AppendOptions
  readonly bytes: number
}

const NO_OPTIONS: AppendOptions = {}

/** Checks an append's arguments and takes its records' texts, limits and hashes. Fails with `InvalidArgument` and `InvalidRecord`. */
export function prepareAppend(
  address: Address,
  entries: NewEntry | readonly NewEntry[],
  options: AppendOptions | undefined,
  limits: RecordLimits,
): PreparedAppend {
  const checked = options === undefined ? NO_OPTIONS : checkArgument(appendOptionsSchema, options, 'options')
  const list: readonly unknown[] = Array.isArray(entries) ? entries : [entries]
  const writer = checked.writer ?? 'gateway'
  const prepared = list.map((entry, i) => prepareEntry(entry, `entries.${i}`, writer, null, limits))
  return {
    address,
    entries: prepared,
    options: checked,
    bytes: prepared.reduce((sum, entry) => sum + entry.record.length, 0),
  }
}

/** Checks one entry and takes its record's text and hash. */
export function prepareEntry(
  entry: unknown,
  name: string,
  writer: string,
  provenance: string | null,
  limits: RecordLimits,
): PreparedEntry {
  const {
    kind = 'message',
    at = null,
    idempotencyKey = null,
    record,
  } = isPlainEntry(entry) ? entry : checkArgument(newEntrySchema, entry, name)
  const text = recordText(record, limits)
  return { kind, at, writer, idempotencyKey, hash: entryHash(kind, at, text), provenance, record: text }
}

/** Whether an entry needs no closer look: the hot path's answer, in a tenth of the time of the schema's. */
function isPlainEntry(entry: unknown): entry is NewEntry {
  if (typeof entry !== 'object' || entry === null) return false
  const { kind, at, idempotencyKey, record } = entry as Record<keyof NewEntry, unknown>
  return (
    (kind === undefined || isPlainName(kind)) &&
    (at === undefined || at === null || (typeof at === 'number' && Number.isSafeInteger(at))) &&
    (idempotencyKey === undefined || isPlainName(idempotencyKey)) &&
    (typeof record === 'string' || (typeof record === 'object' && record !== null))
  )
}

/** What one entry of a call comes to. */
type Place =
  | { readonly entry: PreparedEntry }
  | { readonly id: number; readonly differs: boolean }
  /** The same key earlier in the same call. */
  | { readonly like: number; readonly differs: boolean }

/** The write of an append (S2, S4, S5, S6, S10). */
export function appendWrite({ address, entries, options }: PreparedAppend): Write<Receipt> {
  return (transaction) => {
    const { connection } = transaction
    const found = findSession(connection, address)
    if (found?.state === 'deleted') throw new SessionDeleted(address)
    if (!found && !options.create) throw new NoSession(address)
    const tip = found ? transaction.tip(found.number) : null
    const places = placesOf(connection, address, tip, entries, options)
    const added = places.flatMap((place) => ('entry' in place ? [place.entry] : []))
    const { expectedRevision } = options
    if (expectedRevision !== undefined && added.length > 0) {
      const revision = tip?.revision ?? (expectedRevision === 0 ? 0 : null)
      if (revision !== expectedRevision) throw new RevisionConflict(address, expectedRevision, revision)
    }
    if ((tip?.nextId ?? 1) + added.length - 1 > LAST_ENTRY_ID) throw new SessionFull(address, LAST_ENTRY_ID)
    if (tip && added.length === 0) return { answer: receiptOf(connection, address, tip, places, 0) }
    return {
      apply: () => {
        const before = tip ?? createSession(transaction, address, options)
        const after = appendEntries(transaction, before, added)
        return receiptOf(connection, address, after, places, before.nextId)
      },
    }
  }
}

function placesOf(
  connection: Connection,
  address: Address,
  tip: Tip | null,
  entries: readonly PreparedEntry[],
  options: AppendOptions,
): Place[] {
  const inCall = new Map<string, number>()
  return entries.map((entry, i): Place => {
    const key = entry.idempotencyKey
    if (key === null) return { entry }
    const like = inCall.get(key)
    const id = like === undefined && tip ? findKey(connection, tip.session, key) : null
    if (like === undefined && id === null) {
      inCall.set(key, i)
      return { entry }
    }
    const first = like === undefined ? null : (entries[like] as PreparedEntry)
    const same = first
      ? first.kind === entry.kind && first.record === entry.record
      : isSameRecord(connection, entryKey(tip?.session ?? 0, id ?? 0), entry)
    if (!same && options.onConflict !== 'first') throw new KeyConflict(address, key)
    return like === undefined ? { id: id ?? 0, differs: !same } : { like, differs: !same }
  })
}

/** Whether the stored entry has this kind and exactly this record: told by its hash, so that no record is loaded. */
function isSameRecord(connection: Connection, key: number, entry: PreparedEntry): boolean {
  const stored = connection.get<{ kind: string; at: number | null; hash: Buffer }>(
    'SELECT kind, at, hash FROM entry WHERE key = ?',
    key,
  )
  return (
    stored !== undefined &&
    stored.kind === entry.kind &&
    entryHash(stored.kind, stored.at, entry.record) === stored.hash.toString('hex')
  )
}

/** Creates the session that a call names, with the facts it brings. */
export function createSession(
  transaction: Transaction,
  address: Address,
  { create = {} }: Pick<AppendOptions, 'create'>,
): Tip {
  const { connection, now } = transaction
  const number = insertSession(connection, address, 'live', factsOf(create), now)
  insertGeneration(connection, number, 1, now, 'create', null)
  const tip: Tip = {
    session: number,
    revision: 0,
    generation: 1,
    nextId: 1,
    entryCount: 0,
    tailSeq: 0,
    tailFirst: 0,
    tailLast: 0,
    head: EMPTY_HEAD,
    updatedAt: now,
  }
  transaction.setTip(tip)
  return tip
}

/** Notes a generation. Its count is written when it is no longer the current one. */
export function insertGeneration(
  connection: Connection,
  session: number,
  number: number,
  at: number,
  reason: string,
  entryCount: number | null,
): void {
  connection.run(
    'INSERT INTO generation (session, number, at, reason, entry_count) VALUES (?, ?, ?, ?, ?)',
    session,
    number,
    at,
    reason,
    entryCount,
  )
}

function appendEntries(transaction: Transaction, tip: Tip, entries: readonly PreparedEntry[]): Tip {
  if (entries.length === 0) return tip
  const { connection, now } = transaction
  let id = tip.nextId
  let head = tip.head
  for (const entry of entries) {
    insertEntry(connection, tip.session, id, entry)
    if (entry.idempotencyKey !== null) insertKey(connection, tip.session, entry.idempotencyKey, id)
    head = chainHead(head, entry.hash)
    id++
  }
  const touches = tip.tailSeq !== 0 && tip.tailLast + 1 === tip.nextId
  if (!touches) closeTail(connection, tip)
  const after: Tip = {
    ...tip,
    revision: tip.revision + (entries.some((entry) => entry.kind !== 'delivery') ? 1 : 0),
    nextId: id,
    entryCount: tip.entryCount + entries.length,
    tailSeq: touches ? tip.tailSeq : tip.entryCount + 1,
    tailFirst: touches ? tip.tailFirst : tip.nextId,
    tailLast: id - 1,
    head,
    updatedAt: now,
  }
  transaction.setTip(after)
  return after
}

function receiptOf(
  connection: Connection,
  address: Address,
  tip: Tip,
  places: readonly Place[],
  firstId: number,
): Receipt {
  let next = firstId
  const entries: ReceiptEntry[] = []
  for (const place of places) {
    if ('entry' in place) {
      const id = next++
      entries.push({ id, seq: tip.tailSeq + id - tip.tailFirst, already: false, differs: false })
    } else if ('id' in place) {
      const { id, differs } = place
      entries.push({ id, seq: readSeq(connection, tip, id), already: true, differs })
    } else {
      const first = entries[place.like]
      if (!first) throw new InvalidArgument('entries: the first entry of a key is missing')
      entries.push({ id: first.id, seq: first.seq, already: true, differs: place.differs })
    }
  }
  return { session: address, entries, revision: tip.revision, entryCount: tip.entryCount, head: tip.head }
}
