import { countEntries, EMPTY_HEAD, type EntryRange } from '@faircopy/store-core'
import {
  type Address,
  type Context,
  type Effect,
  type EffectName,
  type List,
  OWN,
  type Rule,
  runNow,
} from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { LAST_ENTRY_ID } from '../file/schema.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import { insertEntry } from '../rows/entry-row.ts'
import { closeGeneration, insertGeneration, openGeneration } from '../rows/generation-row.ts'
import { copyHeads, forgetHeads, keepHead } from '../rows/head-chain.ts'
import { inheritKeys, linkKey, takeKey } from '../rows/key-row.ts'
import { insertOperation } from '../rows/operation-row.ts'
import { readRoutesOf } from '../rows/origin-ways.ts'
import { closeTail, writeRanges } from '../rows/ranges.ts'
import { insertRoute, moveRoutes, removeRoute } from '../rows/route-row.ts'
import { factsOf, insertSession, readSessionRow, setState, updateSession } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { expireHeld, insertHeld, removeHeld } from './holding.ts'
import { RowLookUps } from './look-ups.ts'

const INHERIT = insertStatement('inherited')

/** The write of a rule: its decision is the check, its effects are what is written. */
export function carryOut<T>(ruleOf: (context: Context) => Rule<T>): Write<T> {
  return (transaction) => {
    const lookUps = new RowLookUps(transaction)
    const { effects, answer } = runNow(ruleOf(contextOf(transaction)), lookUps)
    if (effects.length === 0) return { answer }
    return {
      apply: () => {
        for (const { session, seq, head } of lookUps.passed)
          keepHead(transaction.connection, session, seq, head)
        writeEffects(transaction, lookUps, effects)
        return answer
      },
    }
  }
}

/** What is the same for every call of a transaction. */
export function contextOf({ now, policy }: Transaction): Context {
  return { now, policy, lastEntryId: LAST_ENTRY_ID }
}

/** What a rule that writes nothing answers. */
export function answerOf<T>(transaction: Transaction, rule: Rule<T>): T {
  return runNow(rule, new RowLookUps(transaction)).answer
}

/** Writes effects in their order. */
export function writeEffects(
  transaction: Transaction,
  lookUps: RowLookUps,
  effects: readonly Effect[],
): void {
  const to: Target = { transaction, connection: transaction.connection, lookUps }
  for (const effect of effects) {
    const write = WRITES[effect.effect] as ((to: Target, effect: Effect) => void) | undefined
    if (!write) throw new Error(`The file has no ${effect.effect}`)
    write(to, effect)
  }
}

/** What effects are written to. */
interface Target {
  readonly transaction: Transaction
  readonly connection: Connection
  readonly lookUps: RowLookUps
}

/**
 * What each effect is to the rows; those that only rules have which the file does not run yet are not here. A tip is changed in the transaction, which writes it once; `stand` says the rest of it
 * and what is told.
 */
const WRITES: {
  readonly [N in EffectName]?: (to: Target, effect: Extract<Effect, { readonly effect: N }>) => void
} = {
  insert: (to, { session: address, facts, list, parent }) => {
    const { transaction, connection, lookUps } = to
    const { generation, at, reason } = list
    const number = insertSession(connection, address, 'live', factsOf(facts), at)
    const ranges = rangesOf(list, number)
    lookUps.name(address, number, true)
    insertGeneration(connection, number, generation, at, reason, null)
    writeRanges(connection, number, generation, ranges)
    if (parent) inherit(connection, lookUps.numberOf(parent), number, ranges)
    transaction.setTip({ ...NO_TAIL, session: number, generation, updatedAt: at }, null)
  },
  store: ({ connection, lookUps }, { session, firstId, entries }) => {
    const number = lookUps.numberOf(session)
    for (const [i, entry] of entries.entries()) {
      insertEntry(connection, number, firstId + i, entry)
      takeKey(connection, number, firstId + i, entry)
    }
  },
  say: (to, { session, firstId, seq, heads }) => {
    const { transaction, connection } = to
    const tip = tipOf(to, session)
    for (const [i, head] of heads.entries()) keepHead(connection, tip.session, seq + i, head)
    const touches = tip.tailSeq !== 0 && tip.tailLast + 1 === firstId
    if (!touches) closeTail(connection, tip)
    const tail = touches ? tip : { tailSeq: seq, tailFirst: firstId }
    transaction.setTip({ ...tip, ...tail, tailLast: firstId + heads.length - 1 }, null)
  },
  rewrite: (to, { session, list, shared }) => {
    const { transaction, connection } = to
    const tip = tipOf(to, session)
    forgetHeads(connection, tip.session, shared)
    closeGeneration(connection, tip)
    const { at, reason } = list
    const { head, revision } = tip
    const ranges = rangesOf(list, tip.session)
    openGeneration(transaction, tip, { at, reason, ranges, head, revision }, null)
  },
  link: ({ connection, lookUps }, { session, links }) => {
    const number = lookUps.numberOf(session)
    for (const { key, isDelivery, use } of links) {
      const owner = use.owner === OWN ? number : use.owner
      const kind = isDelivery ? 'delivery' : use.kind
      linkKey(connection, number, { owner, id: use.id }, { kind, idempotencyKey: key })
    }
  },
  facts: ({ connection, lookUps }, { session, facts }) =>
    updateSession(connection, lookUps.numberOf(session), 'live', factsOf(facts)),
  tombstone: ({ connection, lookUps }, { session, deletedAt }) => {
    const number = lookUps.numberOf(session)
    // It gets a new seal, so it has to be what was written.
    readSessionRow(connection, number)
    setState(connection, number, deletedAt === null ? 'live' : 'deleted', deletedAt)
  },
  stand: (to, { session, stand, change }) =>
    to.transaction.setTip({ ...tipOf(to, session), ...stand }, change),
  route: ({ connection, lookUps }, { session, origin }) => {
    const { namespace } = session
    for (const { number } of readRoutesOf(connection, { namespace, origin })) removeRoute(connection, number)
    insertRoute(connection, namespace, origin, lookUps.numberOf(session))
  },
  reroute: ({ connection, lookUps }, { session, to }) =>
    moveRoutes(connection, session, lookUps.numberOf(session), lookUps.numberOf(to)),
  hold: ({ connection }, { namespace, origin, at, entries }) => {
    for (const entry of entries) insertHeld(connection, { namespace, origin }, at, entry)
  },
  release: ({ connection }, { numbers }) => removeHeld(connection, numbers as readonly number[]),
  expire: ({ connection }, { before }) => expireHeld(connection, before),
  operation: ({ connection, lookUps }, { session, key, operation }) =>
    insertOperation(connection, lookUps.numberOf(session), key, operation),
}

/** Where a new session stands that says nothing of its own, but for what is its alone. */
const NO_TAIL: Omit<Tip, 'session' | 'generation' | 'updatedAt'> = {
  revision: 0,
  nextId: 1,
  entryCount: 0,
  tailSeq: 0,
  tailFirst: 0,
  tailLast: 0,
  head: EMPTY_HEAD,
}

function tipOf({ transaction, lookUps }: Target, session: Address): Tip {
  return transaction.tip(lookUps.numberOf(session))
}

/** The ranges of a list as rows have them: each with its owner's number. */
function rangesOf({ ranges }: List, session: number): EntryRange[] {
  return ranges.map((range) => (range.owner === OWN ? { ...range, owner: session } : range))
}

/** Keeps what a fork began with, whatever it says later: those entries' keys are taken in it (S4). */
function inherit(
  connection: Connection,
  parent: number,
  session: number,
  ranges: readonly EntryRange[],
): void {
  for (const range of ranges) {
    insertSealed(connection, INHERIT, session, range.first, range.last, range.owner)
    inheritKeys(connection, parent, session, range)
  }
  copyHeads(connection, parent, session, countEntries(ranges))
}
