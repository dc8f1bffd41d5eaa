import type { Address, EntryAddress, EntryRange, StoredLine, StoredText } from '@faircopy/store-core/backend'
import { isHeld, OWN, redact } from '@faircopy/store-core/backend'
import { holdsText, type RedactReceipt, recordHolds } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { entryId, entryKey } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'
import { historyRanges } from '../read/history-reading.ts'
import { misordered } from '../rows/damage.ts'
import { readBytes, readLineNumbers } from '../rows/quarantine.ts'
import { ownerOf } from '../rows/ranges.ts'
import { readText } from '../rows/redaction.ts'
import { findSession } from '../rows/session-row.ts'
import { readTip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { carryOut } from './effects.ts'
import { RowLookUps } from './look-ups.ts'
import type { Writer } from './writer.ts'

const READ = `SELECT key, record, redacted_hash FROM entry WHERE key BETWEEN ? AND ? ORDER BY key`
const REDACTED_HASH = 'SELECT redacted_hash FROM entry WHERE key = ?'

/** An entry that holds the text, and the hash that a redaction before gave it. */
interface Holding extends EntryAddress {
  readonly redacted_hash: Buffer | null
}

/** Where a session stood when it was looked through. */
interface Seen {
  readonly session: number
  readonly isLive: boolean
  readonly generation: number
  /** Whose the entry is that is named; null where the session has none of that id. */
  readonly owner: number | null
}

/** What a look through a session found: where the text is, as long as all of this is so. */
interface Found {
  /** Null: there was no session. */
  readonly seen: Seen | null
  /** The entries that hold it, as long as nobody else redacts or prunes them. */
  readonly holding: readonly Holding[]
  /** The lines that are kept beside the entries, and those of them that hold it. */
  readonly besideLines: readonly number[]
  readonly lines: readonly number[]
}

const NOWHERE: Omit<Found, 'seen'> = { holding: [], besideLines: [], lines: [] }

/** What is removed. */
export interface Redacting {
  readonly session: Address
  /** The entry that is named. */
  readonly entryId: number
  readonly text: string
  /** What a record may have, in bytes. */
  readonly maxBytes: number
}

/** Removes a text from an entry and from the session's history (S27). Looks in short reads, writes in one transaction. */
export async function redactText(file: StoreFile, writer: Writer, call: Redacting): Promise<RedactReceipt> {
  for (;;) {
    file.checkWritable()
    const found = await look(file, call)
    const receipt = await writer.submit(redactWrite(call, found))
    if (receipt) return receipt
  }
}

async function look(file: StoreFile, call: Redacting): Promise<Found> {
  const { entryId: id, text } = call
  const { seen, ranges } = await file.read((connection) => {
    const row = findSession(connection, call.session)
    if (!row) return { seen: null, ranges: [] }
    const tip = readTip(connection, row.number)
    const owner = ownerOf(connection, tip, id)
    const isLive = row.state === 'live'
    const seen: Seen = { session: tip.session, isLive, generation: tip.generation, owner }
    if (!isLive || owner === null) return { seen, ranges: [] }
    const history = historyRanges(connection, tip)
    const isHistory = history.some(({ first, last }) => id >= first && id <= last)
    const named: EntryRange[] = isHistory ? [] : [{ owner, first: id, last: id }]
    return { seen, ranges: [...history, ...named] }
  })
  if (!seen || ranges.length === 0) return { seen, ...NOWHERE }
  const holding: Holding[] = []
  for (const range of ranges) {
    for (let { first } = range; first <= range.last; ) {
      const from = { ...range, first }
      const looked = await file.read((connection) => lookOn(connection, from, text))
      holding.push(...looked.holding)
      first = looked.next
    }
  }
  return { seen, holding, ...(await lookInLines(file, seen.session, text)) }
}

/** Looks through entries until the loop is held, and says from which one to go on. */
function lookOn(
  connection: Connection,
  { owner, first, last }: EntryRange,
  text: string,
): { readonly holding: readonly Holding[]; readonly next: number } {
  const holding: Holding[] = []
  let next = first
  const rows = connection.raw(READ).iterate(entryKey(owner, first), entryKey(owner, last))
  for (const [key, record, redacted_hash] of rows as Iterable<[number, string, Buffer | null]>) {
    const id = entryId(key)
    if (id < next) throw misordered()
    next = id + 1
    if (recordHolds(record, text)) holding.push({ owner, id, redacted_hash })
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
  const besideLines = await file.read((connection) => readLineNumbers(connection, session))
  const lines: number[] = []
  for (const number of besideLines) {
    const bytes = await file.read((connection) => readBytes(connection, session, number))
    if (bytes && holdsText(bytes.toString('utf8'), text)) lines.push(number)
  }
  return { besideLines, lines }
}

/** The write of what a look found. Null: the session moved on, and must be looked through again. */
function redactWrite(call: Redacting, found: Found): Write<RedactReceipt | null> {
  const write = carryOut(
    (context) => redact(call, context),
    (transaction) => new FoundLookUps(transaction, found),
  )
  // Looks again: what was rewritten, redacted, pruned or kept beside the entries since.
  return (transaction) => (isAsFound(transaction, call, found) ? write(transaction) : { answer: null })
}

function isAsFound(transaction: Transaction, call: Redacting, found: Found): boolean {
  const { connection } = transaction
  const { seen } = found
  const now = transaction.find(call.session)
  if (!seen || !now) return seen === now
  const tip = transaction.tip(now.number)
  const isSame =
    now.number === seen.session &&
    now.isLive === seen.isLive &&
    tip.generation === seen.generation &&
    ownerOf(connection, tip, call.entryId) === seen.owner
  // Such a session was not looked through.
  if (!seen.isLive || seen.owner === null) return isSame
  const lines = new Set(found.besideLines)
  return (
    isSame &&
    readLineNumbers(connection, seen.session).every((line) => lines.has(line)) &&
    found.holding.every((entry) => isAsSeen(connection, entry))
  )
}

function isAsSeen(connection: Connection, { owner, id, redacted_hash: seen }: Holding): boolean {
  const now = connection.get<Pick<Holding, 'redacted_hash'>>(REDACTED_HASH, entryKey(owner, id))
  if (!now) return false
  return seen === null ? now.redacted_hash === null : now.redacted_hash?.equals(seen) === true
}

/** What a look found, for the rule that redacts it. */
class FoundLookUps extends RowLookUps {
  readonly #connection: Connection
  readonly #found: Found

  constructor(transaction: Transaction, found: Found) {
    super(transaction)
    this.#connection = transaction.connection
    this.#found = found
  }

  entriesHolding(): StoredText[][] {
    const { holding, seen } = this.#found
    const texts = holding.map((entry) => readText(this.#connection, entry)).sort((a, b) => a.id - b.id)
    return [texts.map((text) => ({ ...text, owner: text.owner === seen?.session ? OWN : text.owner }))]
  }

  linesHolding(): StoredLine[][] {
    const { lines, seen } = this.#found
    const read = lines.map((number) => ({
      number,
      bytes: readBytes(this.#connection, seen?.session ?? 0, number),
    }))
    return [read.flatMap(({ number, bytes }) => (bytes ? [{ number, bytes }] : []))]
  }
}
