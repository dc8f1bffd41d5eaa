import type { Receipt, ReceiptEntry } from '@faircopy/store-core'
import { readSeq } from '../rows/ranges.ts'
import type { Address } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction } from '../rows/transaction.ts'
import type { Place } from './deciding.ts'

/** The receipt of a write to a session, once it is done. `firstId` is the id that its first new entry got. */
export function receiptOf(
  transaction: Transaction,
  address: Address,
  tip: Tip,
  places: readonly Place[],
  firstId: number,
): Receipt {
  return {
    session: address,
    entries: places.map((place) => receiptEntryOf(transaction, tip, place, firstId)),
    revision: tip.revision,
    entryCount: tip.entryCount,
    head: tip.head,
  }
}

function receiptEntryOf(transaction: Transaction, tip: Tip, place: Place, firstId: number): ReceiptEntry {
  const { connection } = transaction
  if ('index' in place) {
    const id = firstId + place.index
    return { id, seq: readSeq(connection, tip, id), already: place.already, differs: place.differs }
  }
  const { id } = place.known
  const told = { id, already: true, differs: place.differs }
  if (!('elsewhere' in place)) return { ...told, seq: readSeq(connection, tip, id) }
  const { number, address } = place.elsewhere
  return { ...told, seq: readSeq(connection, transaction.tip(number), id), session: address }
}
