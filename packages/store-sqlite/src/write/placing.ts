import type { Facts } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction } from '../rows/transaction.ts'
import { appendEntries } from './extending.ts'
import { expireHeld, heldForFacts, heldSince, removeHeld } from './holding.ts'

/** Places what was held for the origin of a session that came to live, behind what it says already, once (S11). */
export function placeHeld(transaction: Transaction, namespace: string, facts: Facts, tip: Tip): Tip {
  const held = heldForFacts(transaction, namespace, facts)
  if (held.length === 0) return tip
  expireHeld(transaction.connection, heldSince(transaction))
  removeHeld(
    transaction.connection,
    held.map(({ number }) => number),
  )
  return appendEntries(transaction, tip, held, 'created')
}
