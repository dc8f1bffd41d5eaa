import {
  type Address,
  type Context,
  countEntries,
  type Effect,
  type EffectName,
  type EntryRange,
  OWN,
  type Rule,
  runNow,
  tipOf,
} from '@faircopy/store-core/backend'
import { EMPTY_HEAD } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { LAST_ENTRY_ID } from '../file/schema.ts'
import { insertStatement, sealSql } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import { insertChange } from '../rows/change-log.ts'
import { deleteClaim, insertClaim } from '../rows/claim-row.ts'
import { doom } from '../rows/doomed-row.ts'
import { insertEntry } from '../rows/entry-row.ts'
import { forgetSession } from '../rows/forgetting.ts'
import { closeGeneration, insertGeneration, openGeneration } from '../rows/generation-row.ts'
import { copyHeads, forgetHeads, keepHead } from '../rows/head-chain.ts'
import { deleteImported, insertImported, readImported } from '../rows/imported-row.ts'
import { freeKeys, inheritKeys, linkKey, takeKey } from '../rows/key-row.ts'
import { deleteNote, insertNote, readRunNumber } from '../rows/ledger.ts'
import { insertOperation } from '../rows/operation-row.ts'
import { readRoutesOf } from '../rows/origin-ways.ts'
import { clearLines, deleteLines, insertLine, showLines } from '../rows/quarantine.ts'
import { closeTail, readAllRanges, readRanges, writeRanges } from '../rows/ranges.ts'
import { writeText } from '../rows/redaction.ts'
import { insertRoute, moveRoutes, removeRoute } from '../rows/route-row.ts'
import { factsOf, insertSession, readSessionRow, setState, updateSession } from '../rows/session-row.ts'
import { deleteStaged, insertStaged, readStaged } from '../rows/staging-row.ts'
import type { SessionTip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { expireHeld, insertHeld, removeHeld } from './holding.ts'
import { ownedBy, RowLookUps } from './look-ups.ts'

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
export function contextOf({ now, policy }: Pick<Transaction, 'now' | 'policy'>): Context {
  return { now, policy, lastEntryId: LAST_ENTRY_ID }
}

/** What a rule that writes nothing answers. */
export function answerOf<T>(transaction: Transaction, rule: Rule<T>): T {
  return runNow(rule, new RowLookUps(transaction)).answer
}

/** Writes effects in their order. */
export function writeEffects(transaction: Transaction, effects: readonly Effect[]): void {
  for (const effect of effects) {
    const write = WRITES[effect.effect] as (transaction: Transaction, effect: Effect) => void
    write(transaction, effect)
  }
}

/**
 * What each effect is to the rows. A tip is changed in the transaction, which writes it once; `tip` says the rest of it
 * and what is told.
 */
const WRITES: {
  readonly [N in EffectName]: (
    transaction: Transaction,
    effect: Extract<Effect, { readonly effect: N }>,
  ) => void
} = {
  insert: (transaction, { session: address, facts, list, parent, staged }) => {
    const { connection } = transaction
    const { generation, at } = list
    const hidden = staged && readStaged(connection, staged.token)[0]?.owner
    // What was staged is no news of the session: `show` tells it.
    if (hidden !== undefined) transaction.tip(hidden)
    const session = hidden ?? insertSession(connection, address, 'live', factsOf(facts), at)
    if (hidden !== undefined) updateSession(connection, hidden, 'live', factsOf(facts))
    const ranges = ownedBy(session, list.ranges)
    insertGeneration(connection, session, list, null)
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
  extend: (transaction, { session, firstId, seq, heads }) => {
    const { connection } = transaction
    const tip = sessionTip(transaction, session)
    for (const [i, head] of heads.entries()) keepHead(connection, tip.session, seq + i, head)
    const touches = tip.tailSeq !== 0 && tip.tailLast + 1 === firstId
    if (!touches) closeTail(connection, tip)
    const [tailSeq, tailFirst] = touches ? [tip.tailSeq, tip.tailFirst] : [seq, firstId]
    transaction.draft({ ...tip, tailSeq, tailFirst, tailLast: firstId + heads.length - 1 })
  },
  rewrite: (transaction, { session, list, shared }) => {
    const { connection } = transaction
    const tip = sessionTip(transaction, session)
    forgetHeads(connection, tip.session, shared)
    if (tip.generation > 0) closeGeneration(connection, tip)
    const ranges = ownedBy(tip.session, list.ranges)
    transaction.draft(openGeneration(connection, tip, { ...list, ranges }))
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
  tip: (transaction, { session, tip, change }) => {
    transaction.setTip({ ...sessionTip(transaction, session), ...tipOf(tip) }, change)
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
  repeat: (transaction, { session, list }) => {
    const { connection } = transaction
    const tip = sessionTip(transaction, session)
    const ranges = readRanges(connection, tip, tip.generation)
    closeGeneration(connection, tip)
    transaction.draft(openGeneration(connection, tip, { ...list, ranges }))
  },
  drop: (transaction, { session, generations }) => {
    const { connection } = transaction
    const tip = sessionTip(transaction, session)
    for (const generation of generations) {
      doom(connection, readRanges(connection, tip, generation))
      connection.run('DELETE FROM range WHERE session = ? AND generation = ?', tip.session, generation)
      connection.run('DELETE FROM generation WHERE session = ? AND number = ?', tip.session, generation)
    }
    if (generations.includes(tip.generation)) transaction.draft({ ...tip, ...NOTHING_LISTED, generation: 0 })
  },
  bury: (transaction, { session: address, tip }) => {
    const { connection } = transaction
    const had = sessionTip(transaction, address)
    const { session } = had
    doom(connection, readAllRanges(connection, had))
    updateSession(connection, session, 'live', factsOf({}))
    setState(connection, session, 'deleted', null)
    forgetSession(connection, session)
    transaction.setTip({ session, ...tipOf(tip), ...NOTHING_LISTED }, null)
  },
  history: (transaction, { session: address, list }) => {
    const { connection } = transaction
    const session = numberOf(transaction, address)
    const ranges = ownedBy(session, list.ranges)
    insertGeneration(connection, session, list, countEntries(ranges))
    writeRanges(connection, session, list.generation, ranges)
  },
  stage: (transaction, { place: { session: address, token, owner }, firstId, entries, lines }) => {
    const { connection, now } = transaction
    const session =
      (owner as number | null) ??
      readStaged(connection, token)[0]?.owner ??
      insertSession(connection, address, 'staged', factsOf({}), now)
    for (const [i, entry] of entries.entries()) insertEntry(connection, session, firstId + i, entry)
    for (const line of lines) insertLine(connection, session, { token }, line)
    const last = firstId + entries.length - 1
    insertStaged(connection, token, { owner: session, first: firstId, last }, now)
    transaction.setTip({ ...transaction.tip(session), nextId: last + 1 }, null)
  },
  show: (transaction, { place: { session: address, token }, importId, keys }) => {
    const { connection } = transaction
    const session = numberOf(transaction, address)
    for (const { first, last } of readStaged(connection, token)) {
      if (first <= last) insertChange(connection, { session, what: 'shown', first, last })
    }
    for (const { id, ...key } of keys) takeKey(connection, session, id, key)
    showLines(connection, token, runOf(connection, importId))
    deleteStaged(connection, token)
  },
  quarantine: (transaction, { session, importId, lines }) => {
    const { connection } = transaction
    const run = runOf(connection, importId)
    for (const line of lines) insertLine(connection, numberOf(transaction, session), { run }, line)
  },
  imported: (transaction, { session, imported }) => {
    const { connection } = transaction
    insertImported(connection, numberOf(transaction, session), runOf(connection, imported.importId), imported)
  },
  'forget-import': (transaction, { session: address, importId }) => {
    const { connection } = transaction
    const session = numberOf(transaction, address)
    for (const one of readImported(connection, session)) {
      if (one.importId !== importId) continue
      doom(connection, one.brought)
      deleteImported(connection, session, one.number)
    }
    deleteLines(connection, session, runOf(connection, importId))
  },
  free: (transaction, { session, ranges }) => {
    for (const range of ownedBy(numberOf(transaction, session), ranges))
      freeKeys(transaction.connection, range)
  },
  vacate: (transaction, { session: address }) => {
    const { connection } = transaction
    const tip = sessionTip(transaction, address)
    const { session } = tip
    transaction.setTip({ ...tip, ...NOTHING_LISTED }, null)
    for (const { brought } of readImported(connection, session)) {
      for (const range of brought) freeKeys(connection, range)
      doom(connection, brought)
    }
    transaction.flush()
    connection.run(SUPERSEDE, address.namespace, address.id)
    updateSession(connection, session, 'live', factsOf({}))
    setState(connection, session, 'undone', null)
    forgetSession(connection, session)
    transaction.moved()
  },
  note: ({ connection }, { run, note }) => insertNote(connection, run, note),
  strike: ({ connection }, { session, keys }) => {
    for (const key of keys) deleteNote(connection, session, key)
  },
  claim: ({ connection }, { session, token, at }) => insertClaim(connection, session, token, at),
  unclaim: ({ connection }, { session }) => deleteClaim(connection, session),
}

/** `changes` tells of a name once: of the last session that had it. */
const SUPERSEDE = `UPDATE tip SET change = NULL, change_kind = NULL,
  seal = ${sealSql('tip', { change: 'NULL', change_kind: 'NULL' })} WHERE session IN
  (SELECT number FROM session WHERE namespace = ? AND id = ? AND state = 'undone')`

/** The tail of a session that has no list, or one without a tail. */
const NOTHING_LISTED: Pick<SessionTip, 'tailSeq' | 'tailFirst' | 'tailLast'> = {
  tailSeq: 0,
  tailFirst: 0,
  tailLast: 0,
}

/** The tip of a session that contains nothing yet. */
const NOTHING_SAID: Omit<SessionTip, 'session' | 'generation' | 'updatedAt'> = {
  revision: 0,
  nextId: 1,
  entryCount: 0,
  ...NOTHING_LISTED,
  head: EMPTY_HEAD,
}

function numberOf(transaction: Transaction, session: Address): number {
  const found = transaction.find(session)
  if (!found) throw new Error('An effect on a session that is not there')
  return found.number
}

function sessionTip(transaction: Transaction, session: Address): SessionTip {
  return transaction.tip(numberOf(transaction, session))
}

/** The number of the run of an import, of which a note was written. */
function runOf(connection: Connection, importId: string): number {
  const run = readRunNumber(connection, importId)
  if (run === null) throw new Error('An effect of an import that is not noted')
  return run
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
