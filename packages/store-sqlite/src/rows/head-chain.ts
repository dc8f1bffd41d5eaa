import type { EntryRange } from '@faircopy/store-core/backend'
import { chainHead, EMPTY_HEAD } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { entryKey } from '../file/schema.ts'
import { insertStatement, sealSql } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import { readRangesBetween } from './ranges.ts'
import type { SessionTip } from './tip.ts'

/** The head is kept at every so many places of what a session contains. */
const EVERY = 256

const NEAREST = 'SELECT seq, head FROM waypoint WHERE session = ? AND seq <= ? ORDER BY seq DESC LIMIT 1'
const INSERT = insertStatement('waypoint', 'OR REPLACE')
const FORGET = 'DELETE FROM waypoint WHERE session = ? AND seq > ?'
const COPY = `INSERT INTO waypoint (session, seq, head, seal)
  SELECT number, seq, head, ${sealSql('waypoint', { session: 'number' })}
  FROM waypoint JOIN (SELECT ? AS number) WHERE session = ? AND seq <= ?`
const HASHES = 'SELECT hash FROM entry WHERE key BETWEEN ? AND ? ORDER BY key'

/** Notes the head at a place, if it is one where it is kept, so that a rewrite behind it need not begin at the start. */
export function keepHead(connection: Connection, session: number, seq: number, head: string): void {
  if (seq % EVERY === 0) insertSealed(connection, INSERT, session, seq, Buffer.from(head, 'hex'))
}

/** Forgets the heads kept behind a place: the session contains something else there. */
export function forgetHeads(connection: Connection, session: number, behind: number): void {
  connection.run(FORGET, session, behind)
}

/** Gives a fork the heads kept of what it says of its parent. */
export function copyHeads(connection: Connection, from: number, to: number, through: number): void {
  connection.run(COPY, to, from, through)
}

/** The head where entries are chained behind another one. */
export function headBehind(connection: Connection, behind: string, ranges: readonly EntryRange[]): string {
  let head = behind
  for (const hash of hashesIn(connection, ranges)) head = chainHead(head, hash)
  return head
}

function* hashesIn(
  connection: Connection,
  ranges: readonly EntryRange[],
): Generator<string, void, undefined> {
  for (const { owner, first, last } of ranges) {
    const rows = connection.raw(HASHES).all(entryKey(owner, first), entryKey(owner, last))
    for (const [hash] of rows as [Buffer][]) yield hash.toString('hex')
  }
}

/** A head that is to be kept, and of which session. */
export interface PassedHead {
  readonly session: number
  readonly seq: number
  readonly head: string
}

/**
 * The head after the first `seq` entries of what a session contains now. Cost: the hashes behind the nearest head kept, at
 * most 256 of them; of an imported session all of them, and `pass` is given the heads on the way, to be kept.
 */
export function headAt(
  connection: Connection,
  tip: SessionTip,
  seq: number,
  pass: (passed: PassedHead) => void,
): string {
  if (seq === tip.entryCount) return tip.head
  const kept = connection.get<{ seq: number; head: Buffer }>(NEAREST, tip.session, seq)
  let head = kept?.head.toString('hex') ?? EMPTY_HEAD
  let at = kept?.seq ?? 0
  for (const hash of hashesIn(connection, readRangesBetween(connection, tip, tip.generation, at + 1, seq))) {
    head = chainHead(head, hash)
    if (++at % EVERY === 0) pass({ session: tip.session, seq: at, head })
  }
  return head
}
