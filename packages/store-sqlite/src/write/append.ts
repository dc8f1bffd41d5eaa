import {
  type AppendOptions,
  appendOptionsSchema,
  checkArgument,
  DEFAULT_NAMESPACE,
  entryHash,
  type HeldReceipt,
  HoldFull,
  InvalidArgument,
  KeyConflict,
  type NewEntry,
  NoSession,
  newEntrySchema,
  type Origin,
  type OriginTarget,
  type Receipt,
  type RecordLimits,
  RevisionConflict,
  recordText,
  SessionDeleted,
} from '@faircopy/store-core'
import { isPlainName } from '../file/plain-name.ts'
import type { PreparedEntry } from '../rows/entry-row.ts'
import { findDelivery, isSameRecord, sameAs } from '../rows/key-row.ts'
import { type Address, type Facts, factsOf, refuseTaken, writableSession } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { decide, linkKeys } from './deciding.ts'
import { appendEntries, checkRoom, createSession } from './extending.ts'
import { countHeld, expireHeld, findHeld, insertHeld, readHeldFor, removeHeld } from './holding.ts'
import { receiptOf } from './receipts.ts'
import { resolveOrigin } from './resolving.ts'

/** An append with everything about it checked that needs no store. */
export interface PreparedAppend {
  readonly target: Address | OriginTarget
  readonly entries: readonly PreparedEntry[]
  readonly options: AppendOptions
  readonly bytes: number
}

const NO_OPTIONS: AppendOptions = {}

/** Checks an append's arguments and takes its records' texts, limits and hashes. Fails with `InvalidArgument` and `InvalidRecord`. */
export function prepareAppend(
  target: Address | OriginTarget,
  entries: NewEntry | readonly NewEntry[],
  options: AppendOptions | undefined,
  limits: RecordLimits,
): PreparedAppend {
  const checked = options === undefined ? NO_OPTIONS : checkArgument(appendOptionsSchema, options, 'options')
  if ('origin' in target && checked.create) {
    throw new InvalidArgument('options.create: the append to an origin says whenAbsent')
  }
  const prepared = prepareEntries(entries, checked.writer, limits)
  return {
    target,
    entries: prepared,
    options: checked,
    bytes: prepared.reduce((sum, entry) => sum + entry.record.length, 0),
  }
}

/** Checks the entries of a call and takes their records' texts and hashes. */
export function prepareEntries(
  entries: NewEntry | readonly NewEntry[],
  writer: string | undefined,
  limits: RecordLimits,
): PreparedEntry[] {
  const list: readonly unknown[] = Array.isArray(entries) ? entries : [entries]
  return list.map((entry, i) => prepareEntry(entry, `entries.${i}`, writer ?? 'gateway', null, limits))
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
    correlation,
    record,
  } = isPlainEntry(entry) ? entry : checkArgument(newEntrySchema, entry, name)
  const text = recordText(record, limits)
  const hash = entryHash(kind, at, text)
  const prepared = { kind, at, writer, idempotencyKey, hash, provenance, record: text }
  return correlation === undefined ? prepared : { ...prepared, correlation }
}

/** Whether an entry needs no closer look: the hot path's answer, in a tenth of the time of the schema's. */
function isPlainEntry(entry: unknown): entry is NewEntry {
  if (typeof entry !== 'object' || entry === null) return false
  const { kind, at, idempotencyKey, correlation, record } = entry as Record<keyof NewEntry, unknown>
  return (
    (kind === undefined || isPlainName(kind)) &&
    (at === undefined || at === null || (typeof at === 'number' && Number.isSafeInteger(at))) &&
    (idempotencyKey === undefined || isPlainName(idempotencyKey)) &&
    (correlation === undefined || isPlainName(correlation)) &&
    (typeof record === 'string' || (typeof record === 'object' && record !== null))
  )
}

/** The write of an append (S2, S4, S5, S6, S10, S11). */
export function appendWrite(prepared: PreparedAppend): Write<Receipt | HeldReceipt> {
  return (transaction) => {
    const { connection } = transaction
    const repeated = sessionOfRepeated(transaction, prepared.entries)
    if (repeated) return appendTo(transaction, repeated, prepared)
    const { target, options } = prepared
    if (!('origin' in target)) {
      const found = transaction.tipAt(target)
      if (found?.state === 'deleted') throw new SessionDeleted(target)
      if (found) return appendTo(transaction, { address: target, tip: found.tip }, prepared)
      if (!options.create) throw new NoSession(target)
      return appendTo(transaction, { address: target, tip: null, facts: factsOf(options.create) }, prepared)
    }
    const { namespace = DEFAULT_NAMESPACE, origin, whenAbsent = 'refuse' } = target
    const id = resolveOrigin(connection, namespace, origin)
    if (id !== null) {
      const address = { namespace, id }
      const tip = transaction.tip(writableSession(connection, address))
      return appendTo(transaction, { address, tip }, prepared)
    }
    if (whenAbsent === 'refuse') throw new NoSession(null, 'has this origin')
    if (whenAbsent === 'hold') return hold(transaction, namespace, origin, prepared)
    const { id: newId, ...about } = whenAbsent.create
    const address = { namespace, id: newId }
    refuseTaken(connection, address)
    return appendTo(transaction, { address, tip: null, facts: factsOf({ origin, ...about }) }, prepared)
  }
}

/** The session that a call goes to: one that is there, or one that it creates. */
type Destination =
  | { readonly address: Address; readonly tip: Tip }
  | { readonly address: Address; readonly tip: null; readonly facts: Facts }

/** Where a call is answered that does nothing but repeat deliveries: wherever the first of them went (S4). */
function sessionOfRepeated(transaction: Transaction, entries: readonly PreparedEntry[]): Destination | null {
  const [first] = entries
  if (
    !first ||
    !entries.every(({ kind, idempotencyKey }) => kind === 'delivery' && idempotencyKey !== null)
  ) {
    return null
  }
  const { connection } = transaction
  const known = findDelivery(connection, null, first)
  if (!known || !entries.every((entry) => findDelivery(connection, null, entry))) return null
  const address = { namespace: known.namespace, id: known.name }
  if (known.state !== 'live') throw new SessionDeleted(address)
  return { address, tip: transaction.tip(known.number) }
}

function appendTo(
  transaction: Transaction,
  to: Destination,
  { entries, options }: PreparedAppend,
): ReturnType<Write<Receipt>> {
  const { address, tip } = to
  const held = tip ? [] : readHeldFor(transaction, address.namespace, to.facts)
  const decided = decide(
    transaction,
    { address, tip, held, onConflict: options.onConflict ?? 'refuse', counts: () => true },
    entries,
  )
  const { expectedRevision } = options
  const revision = tip?.revision ?? 0
  if (
    expectedRevision !== undefined &&
    decided.stored.length > held.length &&
    revision !== expectedRevision
  ) {
    throw new RevisionConflict(address, expectedRevision, revision)
  }
  checkRoom(address, tip, decided.stored.length)
  if (tip && decided.stored.length === 0 && decided.linked.length === 0) {
    return { answer: receiptOf(transaction, address, tip, decided.places, 0) }
  }
  return {
    apply: () => {
      const before = tip ?? createSession(transaction, address, to.facts)
      removeHeld(transaction.connection, decided.held)
      linkKeys(transaction.connection, before, decided.linked)
      const after = appendEntries(transaction, before, decided.stored, tip ? 'appended' : 'created')
      return receiptOf(transaction, address, after, decided.places, before.nextId)
    },
  }
}

/** Holds deliveries for the session of an origin that is yet to come (S11). */
function hold(
  transaction: Transaction,
  namespace: string,
  origin: Origin,
  { entries, options }: PreparedAppend,
): ReturnType<Write<HeldReceipt>> {
  if (entries.some(({ kind }) => kind !== 'delivery'))
    throw new InvalidArgument('Only deliveries can be held')
  const { connection, policy } = transaction
  const added: PreparedEntry[] = []
  const told = entries.map((entry) => {
    const key = entry.idempotencyKey
    const stored = findDelivery(connection, null, entry)
    const first =
      findHeld(transaction, entry) ?? added.find((one) => key !== null && one.idempotencyKey === key)
    const same = stored
      ? isSameRecord(connection, stored, entry)
      : first === undefined || sameAs(first, entry)
    if (!same && options.onConflict !== 'first') throw new KeyConflict(null, key ?? '')
    const already = stored !== null || first !== undefined
    if (!already) added.push(entry)
    return { already, differs: !same }
  })
  const waiting = countHeld(transaction, namespace, origin) + added.length
  if (waiting > policy.heldPerOrigin && added.length > 0) throw new HoldFull(policy.heldPerOrigin)
  const receipt: HeldReceipt = { held: true, waiting, entries: told }
  if (added.length === 0) return { answer: receipt }
  return {
    apply: () => {
      expireHeld(transaction)
      for (const entry of added) insertHeld(transaction, namespace, origin, entry)
      return receipt
    },
  }
}
