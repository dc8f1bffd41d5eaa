import { heldForSession, placed, standOf } from '@faircopy/store-core/backend'
import { originOf } from '../rows/origin-row.ts'
import type { Address, Facts } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction } from '../rows/transaction.ts'
import { contextOf, writeEffects } from './effects.ts'
import { RowLookUps } from './look-ups.ts'

/** Places what was held for the origin of a session that an import made, behind what it says already, once (S11). */
export function placeHeld(transaction: Transaction, session: Address, facts: Facts, tip: Tip): Tip {
  const context = contextOf(transaction)
  const about = { origin: originOf(facts), endedAt: facts.ended_at }
  const [held] = new RowLookUps(transaction).heldFor(heldForSession(session, about, context))
  const { stand, effects } = placed(session, standOf(tip), held?.found ?? [], context)
  if (effects.length > 0)
    writeEffects(transaction, [...effects, { effect: 'stand', session, stand, change: 'created' }])
  return transaction.tip(tip.session)
}
