import {
  type AppendOptions,
  type CheckedEntry,
  DEFAULT_NAMESPACE,
  type HeldReceipt,
  HoldFull,
  InvalidArgument,
  KeyConflict,
  NoSession,
  type Origin,
  type OriginTarget,
  type Receipt,
  RevisionConflict,
  SessionDeleted,
} from '@faircopy/store-core'
import { findDelivery, isSameRecord, sameAs } from '../rows/key-row.ts'
import { type Address, type Facts, factsOf, refuseTaken, writableSession } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { decide, linkKeys } from './deciding.ts'
import { appendEntries, checkRoom, createSession } from './extending.ts'
import {
  countHeld,
  expireHeld,
  findHeld,
  heldForFacts,
  heldSince,
  insertHeld,
  removeHeld,
} from './holding.ts'
import { receiptOf } from './receipts.ts'
import { resolveOrigin } from './resolving.ts'

/** An append as it was checked. */
export interface CheckedAppend {
  readonly target: Address | OriginTarget
  readonly entries: readonly CheckedEntry[]
  readonly options: AppendOptions
}

/** The write of an append (S2, S4, S5, S6, S10, S11). */
export function appendWrite(append: CheckedAppend): Write<Receipt | HeldReceipt> {
  return (transaction) => {
    const { connection } = transaction
    const repeated = sessionOfRepeated(transaction, append.entries)
    if (repeated) return appendTo(transaction, repeated, append)
    const { target, options } = append
    if (!('origin' in target)) {
      const found = transaction.tipAt(target)
      if (found?.state === 'deleted') throw new SessionDeleted(target)
      if (found) return appendTo(transaction, { address: target, tip: found.tip }, append)
      if (!options.create) throw new NoSession(target)
      return appendTo(transaction, { address: target, tip: null, facts: factsOf(options.create) }, append)
    }
    const { namespace = DEFAULT_NAMESPACE, origin, whenAbsent = 'refuse' } = target
    const id = resolveOrigin(connection, namespace, origin)
    if (id !== null) {
      const address = { namespace, id }
      const tip = transaction.tip(writableSession(connection, address))
      return appendTo(transaction, { address, tip }, append)
    }
    if (whenAbsent === 'refuse') throw new NoSession(null, 'has this origin')
    if (whenAbsent === 'hold') return hold(transaction, namespace, origin, append)
    const { id: newId, ...about } = whenAbsent.create
    const address = { namespace, id: newId }
    refuseTaken(connection, address)
    return appendTo(transaction, { address, tip: null, facts: factsOf({ origin, ...about }) }, append)
  }
}

/** The session that a call goes to: one that is there, or one that it creates. */
type Destination =
  | { readonly address: Address; readonly tip: Tip }
  | { readonly address: Address; readonly tip: null; readonly facts: Facts }

/** Where a call is answered that does nothing but repeat deliveries: wherever the first of them went (S4). */
function sessionOfRepeated(transaction: Transaction, entries: readonly CheckedEntry[]): Destination | null {
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
  { entries, options }: CheckedAppend,
): ReturnType<Write<Receipt>> {
  const { address, tip } = to
  const held = tip ? [] : heldForFacts(transaction, address.namespace, to.facts)
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
  { entries, options }: CheckedAppend,
): ReturnType<Write<HeldReceipt>> {
  if (entries.some(({ kind }) => kind !== 'delivery'))
    throw new InvalidArgument('Only deliveries can be held')
  const { connection, policy } = transaction
  const since = heldSince(transaction)
  const added: CheckedEntry[] = []
  const told = entries.map((entry) => {
    const key = entry.idempotencyKey
    const stored = findDelivery(connection, null, entry)
    const first =
      (key === null ? null : findHeld(connection, key, since)) ??
      added.find((one) => key !== null && one.idempotencyKey === key)
    const same = stored
      ? isSameRecord(connection, stored, entry)
      : first === undefined || sameAs(first, entry)
    if (!same && options.onConflict !== 'first') throw new KeyConflict(null, key ?? '')
    const already = stored !== null || first !== undefined
    if (!already) added.push(entry)
    return { already, differs: !same }
  })
  const waiting = countHeld(connection, { namespace, origin, since }) + added.length
  if (waiting > policy.heldPerOrigin && added.length > 0) throw new HoldFull(policy.heldPerOrigin)
  const receipt: HeldReceipt = { held: true, waiting, entries: told }
  if (added.length === 0) return { answer: receipt }
  return {
    apply: () => {
      expireHeld(connection, since)
      for (const entry of added) insertHeld(connection, { namespace, origin }, transaction.now, entry)
      return receipt
    },
  }
}
