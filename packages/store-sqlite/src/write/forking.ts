import {
  type EntryRange,
  type Fork,
  type ForkOptions,
  forkDigest,
  InvalidArgument,
  RevisionConflict,
  type Session,
} from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
import { insertStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import { insertGeneration } from '../rows/generation-row.ts'
import { copyHeads, headAt, keepHead } from '../rows/head-chain.ts'
import { inheritKeys } from '../rows/key-row.ts'
import { findOperation, insertOperation } from '../rows/operation-row.ts'
import { readRangesBetween, writeRanges } from '../rows/ranges.ts'
import {
  type Address,
  factsOf,
  firstGeneration,
  insertSession,
  readSessionRow,
  refuseTaken,
  sessionAt,
  writableSession,
} from '../rows/session-row.ts'
import type { Tip } from '../rows/tip.ts'
import type { Write } from '../rows/transaction.ts'
import { placeHeld } from './placing.ts'

const INHERIT = insertStatement('inherited')

/**
 * The write of a fork (S8). Cost: one commit, one row for each range said and each 256 places of it; the head is read
 * from where it is kept. No entry and no key is copied.
 */
export function forkWrite(address: Address, fork: Fork, options: ForkOptions): Write<Session> {
  const { id, through, why = 'fork', ...about } = fork
  const digest = forkDigest({ id, why, ...(through !== undefined && { through }) })
  return (transaction) => {
    const { connection, now } = transaction
    const parent = transaction.tip(writableSession(connection, address))
    const { operationKey, expectedRevision } = options
    const done = findOperation<{ fork: Address }>(connection, address, parent.session, operationKey, digest)
    if (done) return { answer: sessionAt(connection, done.fork) }
    const to = { namespace: address.namespace, id }
    refuseTaken(connection, to)
    const count = through ?? parent.entryCount
    if (count > parent.entryCount) {
      throw new InvalidArgument(`fork.through: the session has ${parent.entryCount} entries`)
    }
    if (expectedRevision !== undefined && expectedRevision !== parent.revision) {
      throw new RevisionConflict(address, expectedRevision, parent.revision)
    }
    return {
      apply: () => {
        const ranges = readRangesBetween(connection, parent, parent.generation, 1, count)
        const facts = factsOf({
          ...about,
          codec: about.codec ?? readSessionRow(connection, parent.session).codec,
          parent: { ...address, entry: ranges.at(-1)?.last ?? null, why },
        })
        const session = insertSession(connection, to, 'live', facts, now)
        const generation = firstGeneration(connection, to)
        insertGeneration(connection, session, generation, now, 'fork', null)
        writeRanges(connection, session, generation, ranges)
        inherit(connection, parent.session, session, ranges)
        const tip: Tip = {
          session,
          revision: 0,
          generation,
          nextId: Math.max(0, ...ranges.map(({ last }) => last)) + 1,
          entryCount: count,
          tailSeq: 0,
          tailFirst: 0,
          tailLast: 0,
          head: headAt(connection, parent, count, ({ seq, head }) =>
            keepHead(connection, parent.session, seq, head),
          ),
          updatedAt: now,
        }
        copyHeads(connection, parent.session, session, count)
        transaction.setTip(tip, 'created')
        placeHeld(transaction, to.namespace, facts, tip)
        insertOperation(connection, parent.session, operationKey, digest, { fork: to })
        transaction.flush()
        return sessionAt(connection, to)
      },
    }
  }
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
}
