import {
  type Address,
  type Context,
  countEntries,
  type Effect,
  type EffectName,
  type EntryRange,
  type List,
  OWN,
  type Rule,
  runNow,
} from '@faircopy/store-core/backend'
import { EMPTY_HEAD } from '@faircopy/store-core/operator'
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
import { clearLines } from '../rows/quarantine.ts'
import { closeTail, readRanges, writeRanges } from '../rows/ranges.ts'
import { writeText } from '../rows/redaction.ts'
import { insertRoute, moveRoutes, removeRoute } from '../rows/route-row.ts'
import { factsOf, insertSession, readSessionRow, setState, updateSession } from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { expireHeld, insertHeld, removeHeld } from './holding.ts'
import { RowLookUps } from './look-ups.ts'

const INHERIT = insertStatement('inherited')

/** The write of a rule: its decision is the check, its effects are what is written. */
export function carryOut<T>(
  ruleOf: (context: Context) => Rule<T>,
  lookUpsOf = (transaction: Transaction): RowLookUps => new RowLookUps(transaction),
): Write<T> {
  return (transaction) => {
    const lookUps = lookUpsOf(transaction)
    const { effects, answer } = runNow(ruleOf(contextOf(transaction)), lookUps)
    if (effects.length === 0) return { answer }
    return {
      apply: () => {
        for (const { session, seq, head } of lookUps.passed)
          keepHead(transaction.connection, session, seq, head)
        writeEffects(transaction, effects)
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
export function writeEffects(transaction: Transaction, effects: readonly Effect[]): void {
  for (const effect of effects) {
    const write = WRITES[effect.effect] as ((transaction: Transaction, effect: Effect) => void) | undefined
    if (!write) throw new Error(`The file has no ${effect.effect}`)
    write(transaction, effect)
  }
}

/**
 * What each effect is to the rows. A tip is changed in the transaction, which writes it once; `stand` says the rest of it
 * and what is told. Effects of rules that the file does not run yet are missing.
 */
const WRITES: {
  readonly [N in EffectName]?: (
    transaction: Transaction,
    effect: Extract<Effect, { readonly effect: N }>,
  ) => void
} = {
  insert: (transaction, { session: address, facts, list, parent }) => {
    const { connection } = transaction
    const { generation, at, reason } = list
    const session = insertSession(connection, address, 'live', factsOf(facts), at)
    const ranges = rangesOf(list, session)
    insertGeneration(connection, session, generation, at, reason, null)
    writeRanges(connection, session, generation, ranges)
    if (parent) inherit(connection, numberOf(transaction, parent), session, ranges)
    transaction.setTip({ ...NOTHING_SAID, session, generation, updatedAt: at }, 'created')
  },
  store: (transaction, { session: address, firstId, entries }) => {
    const { connection } = transaction
    const session = numberOf(transaction, address)
    for (const [i, entry] of entries.entries()) {
      insertEntry(connection, session, firstId + i, entry)
      takeKey(connection, session, firstId + i, entry)
    }
  },
  say: (transaction, { session, firstId, seq, heads }) => {
    const { connection } = transaction
    const tip = tipOf(transaction, session)
    for (const [i, head] of heads.entries()) keepHead(connection, tip.session, seq + i, head)
    const touches = tip.tailSeq !== 0 && tip.tailLast + 1 === firstId
    if (!touches) closeTail(connection, tip)
    const [tailSeq, tailFirst] = touches ? [tip.tailSeq, tip.tailFirst] : [seq, firstId]
    transaction.draft({ ...tip, tailSeq, tailFirst, tailLast: firstId + heads.length - 1 })
  },
  rewrite: (transaction, { session, list, shared }) => {
    const { connection } = transaction
    const tip = tipOf(transaction, session)
    forgetHeads(connection, tip.session, shared)
    closeGeneration(connection, tip)
    const { at, reason } = list
    const { head, revision } = tip
    const ranges = rangesOf(list, tip.session)
    openGeneration(transaction, tip, { at, reason, ranges, head, revision }, null)
  },
  link: (transaction, { session: address, links }) => {
    const session = numberOf(transaction, address)
    for (const { key, isDelivery, use } of links) {
      const owner = use.owner === OWN ? session : use.owner
      const kind = isDelivery ? 'delivery' : use.kind
      linkKey(transaction.connection, session, { owner, id: use.id }, { kind, idempotencyKey: key })
    }
  },
  facts: (transaction, { session, facts }) =>
    updateSession(transaction.connection, numberOf(transaction, session), 'live', factsOf(facts)),
  tombstone: (transaction, { session: address, deletedAt }) => {
    const { connection } = transaction
    const session = numberOf(transaction, address)
    // It gets a new seal, so it has to be what was written.
    readSessionRow(connection, session)
    setState(connection, session, deletedAt === null ? 'live' : 'deleted', deletedAt)
  },
  stand: (transaction, { session, stand, change }) => {
    const { session: number, tailSeq, tailFirst, tailLast } = tipOf(transaction, session)
    const { revision, generation, nextId, entryCount, head, updatedAt } = stand
    transaction.setTip(
      {
        session: number,
        revision,
        generation,
        nextId,
        entryCount,
        tailSeq,
        tailFirst,
        tailLast,
        head,
        updatedAt,
      },
      change,
    )
  },
  route: (transaction, { session, origin }) => {
    const { connection } = transaction
    const { namespace } = session
    for (const { number } of readRoutesOf(connection, { namespace, origin })) removeRoute(connection, number)
    insertRoute(connection, namespace, origin, numberOf(transaction, session))
  },
  reroute: (transaction, { session, to }) =>
    moveRoutes(transaction.connection, session, numberOf(transaction, session), numberOf(transaction, to)),
  hold: ({ connection }, { namespace, origin, at, entries }) => {
    for (const entry of entries) insertHeld(connection, { namespace, origin }, at, entry)
  },
  release: ({ connection }, { numbers }) => removeHeld(connection, numbers as readonly number[]),
  expire: ({ connection }, { before }) => expireHeld(connection, before),
  operation: (transaction, { session, key, operation }) =>
    insertOperation(transaction.connection, numberOf(transaction, session), key, operation),
  redact: (transaction, { session, entry: { owner, id }, record, redaction }) => {
    // What came before it in the transaction is before it in the log of changes.
    transaction.flush()
    const own = owner === OWN ? numberOf(transaction, session) : owner
    writeText(transaction.connection, { owner: own, id }, record, redaction)
  },
  clear: ({ connection }, { lines }) => clearLines(connection, lines as readonly number[]),
  repeat: (transaction, { session, list: { at, reason } }) => {
    const { connection } = transaction
    const tip = tipOf(transaction, session)
    const ranges = readRanges(connection, tip, tip.generation)
    closeGeneration(connection, tip)
    const { head, revision } = tip
    openGeneration(transaction, tip, { at, reason, ranges, head, revision }, null)
  },
}

/** Where a session stands that says nothing yet. */
const NOTHING_SAID: Omit<Tip, 'session' | 'generation' | 'updatedAt'> = {
  revision: 0,
  nextId: 1,
  entryCount: 0,
  tailSeq: 0,
  tailFirst: 0,
  tailLast: 0,
  head: EMPTY_HEAD,
}

function numberOf(transaction: Transaction, session: Address): number {
  const found = transaction.find(session)
  if (!found) throw new Error('An effect on a session that is not there')
  return found.number
}

function tipOf(transaction: Transaction, session: Address): Tip {
  return transaction.tip(numberOf(transaction, session))
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
