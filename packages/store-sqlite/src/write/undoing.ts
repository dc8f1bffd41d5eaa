import type { Session } from '@faircopy/store-core'
import {
  countEntries,
  type EntryRange,
  isUndoNote,
  pushRange,
  saysTheSame,
  sharedPlaces,
  sliceRanges,
  undoKey,
  undoNote,
} from '@faircopy/store-core/backend'
import {
  chainHead,
  EMPTY_HEAD,
  type ImportUndo,
  type UndoReceipt,
  type UndoRefusal,
} from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { entryKey } from '../file/schema.ts'
import { sealSql } from '../file/seal.ts'
import { openGeneration } from '../rows/generation-row.ts'
import { forgetHeads } from '../rows/head-chain.ts'
import { deleteImported, type NotedImport, readImported, unfilled } from '../rows/imported-row.ts'
import { freeKeys } from '../rows/key-row.ts'
import { deleteNote, insertNote, readNote, readNotesOf, readRunNumber } from '../rows/ledger.ts'
import { hasGeneration } from '../rows/missing-place.ts'
import { readRanges } from '../rows/ranges.ts'
import { unsaid } from '../rows/said.ts'
import {
  type Address,
  factsOf,
  findSession,
  readSession,
  readSessionRow,
  sessionOf,
  setState,
  updateSession,
} from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { doom, FORGET_SESSION, removeAllDoomed } from './pruning.ts'
import type { Writer } from './writer.ts'

/** Lists that leave what an import made it say as it is: a redaction's, and that of the undo of a later import. */
const SAYING_THE_SAME: readonly string[] = ['redact', 'undo']

const LATER = 'SELECT reason FROM generation WHERE session = ? AND number > ? AND number <= ?'
const HASHES = 'SELECT hash FROM entry WHERE key BETWEEN ? AND ? ORDER BY key'
const COUNT = 'SELECT count(*) AS count FROM entry WHERE key BETWEEN ? AND ?'
const FORGET_LISTS = [
  'DELETE FROM range WHERE session = ? AND generation > ?',
  'DELETE FROM generation WHERE session = ? AND number > ?',
]
/** `changes` tells of a name once: of the last session that had it. */
const SUPERSEDE = `UPDATE tip SET change = NULL, change_kind = NULL,
  seal = ${sealSql('tip', { change: 'NULL', change_kind: 'NULL' })} WHERE session IN
  (SELECT number FROM session WHERE namespace = ? AND id = ? AND state = 'undone')`

/** What a session says once the imports of a run are taken back. */
interface Rest {
  readonly ranges: readonly EntryRange[]
  /** The first places of it that it said before, and what they come to. */
  readonly said: number
  readonly head: string
  /** Up to which list its own are kept. */
  readonly generation: number
}

/** Takes back what one run did to one session (S9): all that can be seen in one transaction, the entries behind it. */
export async function undoImport(
  writer: Writer,
  address: Address,
  undo: Omit<ImportUndo, 'session'>,
): Promise<UndoReceipt> {
  const receipt = await writer.submit(undoWrite(address, undo))
  if (receipt.status !== 'refused') await removeAllDoomed(writer)
  return receipt
}

function undoWrite(address: Address, undo: Omit<ImportUndo, 'session'>): Write<UndoReceipt> {
  return (transaction) => {
    const { connection } = transaction
    const notes = readNotesOf(connection, address, undo.importId).filter((note) => !isUndoNote(note))
    const last = notes.at(-1)
    const found = findSession(connection, address)
    const answered = (status: 'already' | 'refused', reason?: UndoRefusal) => ({
      answer: {
        status,
        ...(reason && { reason }),
        session: found?.state === 'live' ? sessionNow(transaction, found.number) : null,
        removed: 0,
      },
    })
    if (!last) {
      const isDone = readNote(connection, address, undoKey(undo.importId)) !== null
      return isDone ? answered('already') : answered('refused', 'not-imported')
    }
    if (found?.state === 'deleted') return answered('refused', 'deleted')
    const tip = found && transaction.tip(found.number)
    const run = readRunNumber(connection, undo.importId)
    const imported = tip ? readImported(connection, tip.session) : []
    const parts = imported.filter((one) => one.run === run)
    const rest = tip && parts.length > 0 ? restWithout(connection, tip, imported, parts) : null
    if (typeof rest === 'string') return answered('refused', rest)
    return {
      apply: () => {
        const brought = parts.flatMap((part) => part.brought)
        const after = tip && rest ? takeBack(transaction, address, tip, parts, rest) : tip
        transaction.flush()
        const removed = countStored(
          connection,
          unsaid(connection, brought, { sessions: new Set(), lists: new Set() }),
        )
        doom(connection, brought)
        for (const { key } of notes) deleteNote(connection, address, key)
        deleteNote(connection, address, undoKey(undo.importId))
        insertNote(connection, {
          run: undo.run,
          address,
          note: undoNote(undo, last),
          at: undo.run.at,
          headBefore: tip?.head ?? null,
          headAfter: after?.head ?? null,
        })
        return { status: 'undone', session: readSession(connection, address), removed }
      },
    }
  }
}

/** The session as this transaction has it by now. */
function sessionNow(transaction: Transaction, number: number): Session {
  const { connection } = transaction
  const { revision, generation, entryCount, head, updatedAt } = transaction.tip(number)
  const session = sessionOf(connection, readSessionRow(connection, number))
  return { ...session, revision, generation, entryCount, head, updatedAt }
}

/** What the session says without what these imports made it say, or why that cannot be told. */
function restWithout(
  connection: Connection,
  tip: Tip,
  imported: readonly NotedImport[],
  parts: readonly NotedImport[],
): Rest | UndoRefusal {
  const since = imported.slice(imported.indexOf(parts[0] as NotedImport))
  if (since.some((one) => !parts.includes(one))) return 'rewritten'
  let ranges = readRanges(connection, tip, tip.generation)
  let rest: Rest = { ranges, said: tip.entryCount, head: tip.head, generation: tip.generation }
  let upTo = tip.generation
  for (const { before, headBefore, generation, count } of parts.toReversed()) {
    if (generation === null) continue
    const later = connection.all<{ reason: string }>(LATER, tip.session, generation, upTo)
    if (later.some(({ reason }) => !SAYING_THE_SAME.includes(reason))) return 'rewritten'
    const isThere = [generation, ...(before === null ? [] : [before])].every((number) =>
      hasGeneration(connection, tip.session, number),
    )
    if (!isThere) return 'pruned'
    const own = readRanges(connection, tip, generation)
    if (!saysTheSame(sliceRanges(ranges, 1, count), sliceRanges(own, 1, count))) return 'rewritten'
    const appended = sliceRanges(ranges, count + 1, countEntries(ranges))
    ranges = before === null ? [] : readRanges(connection, tip, before)
    const said = countEntries(ranges)
    for (const range of appended) pushRange(ranges, range)
    rest = { ranges, said, head: headBefore, generation: before ?? 0 }
    upTo = before ?? 0
  }
  return rest
}

/** Makes the session say the rest, and forgets what the imports brought. Null: it is gone. */
function takeBack(
  transaction: Transaction,
  address: Address,
  tip: Tip,
  parts: readonly NotedImport[],
  rest: Rest,
): Tip | null {
  const { connection, now } = transaction
  const { session } = tip
  for (const range of parts.flatMap((part) => part.brought)) freeKeys(connection, range)
  const isCreated = parts[0]?.before === null
  if (isCreated && rest.ranges.length === 0) {
    remove(transaction, address, tip)
    return null
  }
  for (const { number } of parts) deleteImported(connection, session, number)
  const isSeen = [
    !isCreated && takeFactsBack(connection, session, parts),
    takeLinesBack(connection, session, parts),
  ]
  if (parts.every(({ generation }) => generation === null)) {
    if (!isSeen.includes(true)) return tip
    const after = { ...tip, updatedAt: now }
    transaction.setTip(after, 'updated')
    return after
  }
  const live = readRanges(connection, tip, tip.generation)
  const changes = !saysTheSame(rest.ranges, live)
  const head = headOf(connection, rest)
  forgetHeads(connection, session, sharedPlaces(live, rest.ranges))
  for (const sql of FORGET_LISTS) connection.run(sql, session, rest.generation)
  return openGeneration(
    transaction,
    tip,
    { at: now, reason: 'undo', ranges: rest.ranges, head, revision: tip.revision + (changes ? 1 : 0) },
    changes ? 'replaced' : 'updated',
  )
}

/** Nothing is left of it but what `changes` tells, and entries that forks say. */
function remove(transaction: Transaction, { namespace, id }: Address, tip: Tip): void {
  const { connection, now } = transaction
  const { session } = tip
  connection.run(SUPERSEDE, namespace, id)
  updateSession(connection, session, 'live', factsOf({}))
  setState(connection, session, 'undone', null)
  for (const sql of FORGET_SESSION) connection.run(sql, session)
  const nothing = { entryCount: 0, tailSeq: 0, tailFirst: 0, tailLast: 0, head: EMPTY_HEAD }
  const { generation, revision } = tip
  const after = { ...tip, ...nothing, generation: generation + 1, revision: revision + 1, updatedAt: now }
  transaction.setTip(after, 'deleted')
}

function takeFactsBack(connection: Connection, session: number, parts: readonly NotedImport[]): boolean {
  const row = readSessionRow(connection, session)
  const facts = parts.reduceRight((known, { filled }) => ({ ...row, ...unfilled(known, filled) }), row)
  const isSame = JSON.stringify(facts) === JSON.stringify(row)
  if (!isSame) updateSession(connection, session, 'live', facts)
  return !isSame
}

function takeLinesBack(connection: Connection, session: number, parts: readonly NotedImport[]): boolean {
  const run = parts[0]?.run ?? 0
  return connection.run('DELETE FROM quarantine WHERE session = ? AND run = ?', session, run) > 0
}

/** The head of what is left: of what was said before it is known. */
function headOf(connection: Connection, { ranges, said, head }: Rest): string {
  let chained = head
  for (const { owner, first, last } of sliceRanges(ranges, said + 1, countEntries(ranges))) {
    const rows = connection.raw(HASHES).all(entryKey(owner, first), entryKey(owner, last))
    for (const [hash] of rows as [Buffer][]) chained = chainHead(chained, hash.toString('hex'))
  }
  return chained
}

function countStored(connection: Connection, ranges: readonly EntryRange[]): number {
  return ranges.reduce((sum, { owner, first, last }) => {
    const row = connection.get<{ count: number }>(COUNT, entryKey(owner, first), entryKey(owner, last))
    return sum + (row?.count ?? 0)
  }, 0)
}
