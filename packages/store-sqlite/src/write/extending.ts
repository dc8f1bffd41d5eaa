import { type ChangeKind, type CheckedEntry, chainHead, EMPTY_HEAD, SessionFull } from '@faircopy/store-core'
import { LAST_ENTRY_ID } from '../file/schema.ts'
import { insertEntry } from '../rows/entry-row.ts'
import { insertGeneration } from '../rows/generation-row.ts'
import { keepHead } from '../rows/head-chain.ts'
import { takeKey } from '../rows/key-row.ts'
import { closeTail } from '../rows/ranges.ts'
import { type Address, type Facts, firstGeneration, insertSession } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction } from '../rows/transaction.ts'

/** Creates a session that says nothing yet. */
export function createSession(transaction: Transaction, address: Address, facts: Facts): Tip {
  const { connection, now } = transaction
  const number = insertSession(connection, address, 'live', facts, now)
  const generation = firstGeneration(connection, address)
  insertGeneration(connection, number, generation, now, 'create', null)
  const tip: Tip = {
    session: number,
    revision: 0,
    generation,
    nextId: 1,
    entryCount: 0,
    tailSeq: 0,
    tailFirst: 0,
    tailLast: 0,
    head: EMPTY_HEAD,
    updatedAt: now,
  }
  transaction.setTip(tip, 'created')
  return tip
}

/** Fails with `SessionFull` where a session has not so many ids left. */
export function checkRoom(address: Address, tip: Tip | null, count: number): void {
  if ((tip?.nextId ?? 1) + count - 1 > LAST_ENTRY_ID) throw new SessionFull(address, LAST_ENTRY_ID)
}

/** Stores entries under the next ids and takes their keys. They are not said yet. */
export function storeEntries(transaction: Transaction, tip: Tip, entries: readonly CheckedEntry[]): void {
  const { connection } = transaction
  for (const [i, entry] of entries.entries()) {
    insertEntry(connection, tip.session, tip.nextId + i, entry)
    takeKey(connection, tip.session, tip.nextId + i, entry)
  }
}

/** Says entries at the end: stores them and lengthens the current list (S5). */
export function appendEntries(
  transaction: Transaction,
  tip: Tip,
  entries: readonly CheckedEntry[],
  change: ChangeKind,
): Tip {
  if (entries.length === 0) return tip
  const { connection, now } = transaction
  storeEntries(transaction, tip, entries)
  let { head, entryCount } = tip
  for (const { hash } of entries) {
    head = chainHead(head, hash)
    keepHead(connection, tip.session, ++entryCount, head)
  }
  const touches = tip.tailSeq !== 0 && tip.tailLast + 1 === tip.nextId
  if (!touches) closeTail(connection, tip)
  const after: Tip = {
    ...tip,
    revision: tip.revision + (entries.some((entry) => entry.kind !== 'delivery') ? 1 : 0),
    nextId: tip.nextId + entries.length,
    entryCount,
    tailSeq: touches ? tip.tailSeq : tip.entryCount + 1,
    tailFirst: touches ? tip.tailFirst : tip.nextId,
    tailLast: tip.nextId + entries.length - 1,
    head,
    updatedAt: now,
  }
  transaction.setTip(after, change)
  return after
}
