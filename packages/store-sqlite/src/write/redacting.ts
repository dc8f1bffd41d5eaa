import { InvalidArgument } from '@faircopy/store-core'
import { type EntryRange, isHeld, redactRecord } from '@faircopy/store-core/backend'
import { entryHash, holdsText, type RedactReceipt } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import { resealStatement, sealSql, type Value } from '../file/seal.ts'
import { isSealed } from '../file/sealed-row.ts'
import type { StoreFile } from '../file/store-file.ts'
import { historyRanges } from '../read/history-reading.ts'
import { insertChange } from '../rows/change-log.ts'
import { damaged, misordered } from '../rows/damage.ts'
import { closeGeneration, openGeneration } from '../rows/generation-row.ts'
import { ownerOf, readRanges } from '../rows/ranges.ts'
import { type Address, writableSession } from '../rows/session-row.ts'
import { readTip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import type { Writer } from './writer.ts'

const READ = `SELECT key, record, redacted_hash FROM entry WHERE key BETWEEN ? AND ? ORDER BY key`
const ONE = `SELECT key, kind, at, writer, idempotency_key, hash, provenance, redacted_at, redacted_hash, seal, record FROM entry
  WHERE key = ?`
const REDACTED_HASH = 'SELECT redacted_hash FROM entry WHERE key = ?'
const REDACT = 'UPDATE entry SET record = ?, redacted_at = ?, redacted_hash = ? WHERE key = ?'
const RESEAL = resealStatement('entry', 'key = ?')
const SAYING = `SELECT t.session FROM tip AS t JOIN session AS s ON s.number = t.session AND s.state = 'live'
    WHERE t.session = ? AND t.tail_seq > 0 AND ? BETWEEN t.tail_first AND t.tail_last
  UNION
  SELECT r.session FROM range AS r JOIN tip AS t ON t.session = r.session AND t.generation = r.generation
    JOIN session AS s ON s.number = r.session AND s.state = 'live'
    WHERE r.session = ? AND r.owner = ? AND ? BETWEEN r.first AND r.last
  UNION
  SELECT r.session FROM range AS r JOIN tip AS t ON t.session = r.session AND t.generation = r.generation
    JOIN session AS s ON s.number = r.session AND s.state = 'live'
    WHERE r.owner = ? AND r.owner <> r.session AND ? BETWEEN r.first AND r.last`
const BESIDE = 'FROM quarantine WHERE session = ? AND token IS NULL AND bytes IS NOT NULL'
const LINE_NUMBERS = `SELECT number ${BESIDE} ORDER BY number`
const LINE = `SELECT bytes ${BESIDE} AND number = ?`
const CLEAR_LINE = `UPDATE quarantine SET bytes = NULL, seal = ${sealSql('quarantine', { bytes: 'NULL' })} WHERE number = ?`

interface Holding {
  readonly key: number
  readonly redacted_hash: Buffer | null
}

/** What a look through a session found: where the text is, as long as the session stays at this generation and has these lines. */
interface Found {
  readonly generation: number
  /** The entries that hold it, as long as nobody else redacts them. */
  readonly holding: readonly Holding[]
  /** The lines that are kept beside the entries, and those of them that hold it. */
  readonly besideLines: readonly number[]
  readonly lines: readonly number[]
}

/** What is removed. */
export interface Redacting {
  /** The entry that is named. */
  readonly entryId: number
  readonly text: string
  /** What a record may have, in bytes. */
  readonly maxBytes: number
}

/** Removes a text from an entry and from the session's history (S27). Looks in short reads, writes in one transaction. */
export async function redact(
  file: StoreFile,
  writer: Writer,
  address: Address,
  asked: Redacting,
): Promise<RedactReceipt> {
  for (;;) {
    file.checkWritable()
    const found = await look(file, address, asked)
    const receipt = await writer.submit(redactWrite(address, found, asked))
    if (receipt) return receipt
  }
}

async function look(
  file: StoreFile,
  address: Address,
  { entryId: id, text, maxBytes }: Redacting,
): Promise<Found> {
  const { session, generation, ranges } = await file.read((connection) => {
    const tip = readTip(connection, writableSession(connection, address))
    const owner = ownerOf(connection, tip, id)
    if (owner === null) throw new InvalidArgument(`entryId: the session has no entry ${id}`)
    const history = historyRanges(connection, tip)
    const isHistory = history.some(({ first, last }) => id >= first && id <= last)
    const named: EntryRange[] = isHistory ? [] : [{ owner, first: id, last: id }]
    return { session: tip.session, generation: tip.generation, ranges: [...history, ...named] }
  })
  const holding: Holding[] = []
  for (const range of ranges) {
    for (let { first } = range; first <= range.last; ) {
      const from = { ...range, first }
      const looked = await file.read((connection) => lookOn(connection, from, { text, maxBytes }))
      holding.push(...looked.holding)
      first = looked.next
    }
  }
  return { generation, holding, ...(await lookInLines(file, session, text)) }
}

/** Looks through entries until the loop is held, and says from which one to go on. */
function lookOn(
  connection: Connection,
  { owner, first, last }: EntryRange,
  { text, maxBytes }: Pick<Redacting, 'text' | 'maxBytes'>,
): { readonly holding: readonly Holding[]; readonly next: number } {
  const holding: Holding[] = []
  let next = first
  const rows = connection.raw(READ).iterate(entryKey(owner, first), entryKey(owner, last))
  for (const [key, record, redacted_hash] of rows as Iterable<[number, string, Buffer | null]>) {
    if (entryId(key) < next) throw misordered()
    next = entryId(key) + 1
    if (redactRecord(record, text, maxBytes) !== null) holding.push({ key, redacted_hash })
    if (isHeld()) return { holding, next }
  }
  return { holding, next: last + 1 }
}

/** Lines may be long: one is read at a time. */
async function lookInLines(
  file: StoreFile,
  session: number,
  text: string,
): Promise<Pick<Found, 'besideLines' | 'lines'>> {
  const besideLines = await file.read((connection) => lineNumbers(connection, session))
  const lines: number[] = []
  for (const number of besideLines) {
    const line = await file.read((connection) => connection.get<{ bytes: Buffer }>(LINE, session, number))
    if (line && holdsText(line.bytes.toString('utf8'), text)) lines.push(number)
  }
  return { besideLines, lines }
}

function lineNumbers(connection: Connection, session: number): number[] {
  return connection.values<number>(LINE_NUMBERS).all(session)
}

/** The write of what a look found. Null: the session moved on, and must be looked through again. */
function redactWrite(address: Address, found: Found, asked: Redacting): Write<RedactReceipt | null> {
  return (transaction) => {
    const { connection } = transaction
    const session = writableSession(connection, address)
    const tip = transaction.tip(session)
    const seen = new Set(found.besideLines)
    // Looks again: what was rewritten, redacted, pruned or kept beside the entries since.
    if (
      tip.generation !== found.generation ||
      lineNumbers(connection, session).some((line) => !seen.has(line)) ||
      !found.holding.every(isAsSeen(connection))
    )
      return { answer: null }
    const ids = found.holding.map(({ key }) => entryId(key)).sort((a, b) => a - b)
    const receipt: RedactReceipt = { entries: ids, quarantined: found.lines.length }
    if (ids.length + found.lines.length === 0) return { answer: receipt }
    return {
      apply: () => {
        transaction.flush()
        const saying = new Set<number>()
        for (const { key } of found.holding) {
          redactEntry(transaction, key, asked)
          for (const one of sayingNow(connection, key)) saying.add(one)
        }
        for (const line of found.lines) connection.run(CLEAR_LINE, line)
        for (const one of saying) sayAgain(transaction, one)
        if (!saying.has(session)) transaction.setTip({ ...tip, updatedAt: transaction.now }, 'updated')
        return receipt
      },
    }
  }
}

function isAsSeen(connection: Connection): (entry: Holding) => boolean {
  return ({ key, redacted_hash: seen }) => {
    const entry = connection.get<Pick<Holding, 'redacted_hash'>>(REDACTED_HASH, key)
    if (!entry) return false
    const now = entry.redacted_hash
    return seen === null ? now === null : now !== null && seen.equals(now)
  }
}

/** The entry says less and keeps its hash; what it says now has a hash of its own. */
function redactEntry({ connection, now }: Transaction, key: number, { text, maxBytes }: Redacting): void {
  const entry = connection.get<StoredEntry>(ONE, key)
  const [session, id] = [Math.floor(key / entryKey(1, 0)), entryId(key)]
  // What is written over gets a new seal and a new hash, so it has to be what was written.
  if (!entry || !isAsWritten(connection, entry)) throw damaged(connection, session, 'an entry', id)
  const record = redactRecord(entry.record, text, maxBytes)
  if (typeof record !== 'string') return
  connection.run(REDACT, record, now, Buffer.from(entryHash(entry.kind, entry.at, record), 'hex'), key)
  connection.run(RESEAL, key)
  insertChange(connection, { session, what: 'redacted', first: id, last: id })
}

interface StoredEntry {
  readonly kind: string
  readonly at: number | null
  readonly hash: Buffer
  readonly redacted_hash: Buffer | null
  readonly seal: number | null
  readonly record: string
}

function isAsWritten(connection: Connection, entry: StoredEntry): boolean {
  const { seal, record, ...told } = entry
  const { kind, at, hash, redacted_hash } = entry
  return (
    isSealed(connection, seal, ...Object.values<Value>(told)) &&
    entryHash(kind, at, record) === (redacted_hash ?? hash).toString('hex')
  )
}

/** The live sessions that say an entry now. */
function sayingNow(connection: Connection, key: number): number[] {
  const [owner, id] = [Math.floor(key / entryKey(1, 0)), entryId(key)]
  return connection
    .all<{ session: number }>(SAYING, owner, id, owner, owner, id, owner, id)
    .map(({ session }) => session)
}

/** A generation of the same list, so that readers read it again. */
function sayAgain(transaction: Transaction, session: number): void {
  const { connection, now } = transaction
  const tip = transaction.tip(session)
  const ranges = readRanges(connection, tip, tip.generation)
  closeGeneration(connection, tip)
  const next = { at: now, reason: 'redact', ranges, head: tip.head, revision: tip.revision + 1 }
  openGeneration(transaction, tip, next, 'replaced')
}
