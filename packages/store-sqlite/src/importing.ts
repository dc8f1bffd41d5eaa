import { randomUUID } from 'node:crypto'
import {
  chainHead,
  checkArgument,
  countEntries,
  EMPTY_HEAD,
  type EntryRange,
  type ImportedEntry,
  type ImportReceipt,
  InvalidArgument,
  KeyConflict,
  newSessionSchema,
  pushRange,
  type QuarantinedLine,
  type RecordLimits,
  RevisionConflict,
  SessionDeleted,
  type SessionImport,
  sliceRanges,
} from '@faircopy/store-core'
import { insertGeneration, prepareEntry } from './append.ts'
import { insertChange } from './change-log.ts'
import type { Connection } from './connection.ts'
import { findKey, insertKey, type PreparedEntry } from './entry-row.ts'
import { insertNote, readNote } from './ledger.ts'
import { showLines } from './quarantine.ts'
import { closeTail, readRanges, writeRanges } from './ranges.ts'
import { entryKey } from './schema.ts'
import {
  type Address,
  type Facts,
  factsOf,
  fillFacts,
  findSession,
  insertSession,
  readSession,
  readSessionRow,
  sameFacts,
  updateSession,
} from './session-row.ts'
import { Staging, sweepDead } from './staging.ts'
import type { StoreFile } from './store-file.ts'
import { readTip, type Tip } from './tip.ts'
import type { Transaction, Write } from './transaction.ts'
import type { Writer } from './writer.ts'

/** A batch is staged when it has so many entries, or so many units of text. */
const BATCH_ENTRIES = 500
const BATCH_UNITS = 4 * 1024 * 1024

/** The session as the plan was made on it. */
interface Base {
  readonly session: number
  readonly generation: number
  readonly head: string
  readonly ranges: readonly EntryRange[]
}

/** What the steps came to, once all of them are staged. */
interface Outcome {
  /** What the session shall say. */
  readonly live: readonly EntryRange[]
  /** What it shall never have said: history. */
  readonly originals: readonly EntryRange[]
  readonly head: string
  readonly added: number
  readonly staged: number
  readonly lines: number
  readonly keys: readonly { readonly key: string; readonly id: number }[]
}

/** Makes one session say what a plan's steps say (S9). */
export async function runImport(
  file: StoreFile,
  writer: Writer,
  plan: SessionImport,
  address: Address,
  limits: RecordLimits,
): Promise<ImportReceipt> {
  file.checkWritable()
  const about = factsOf(checkArgument(newSessionSchema, plan.about, 'plan.about'))
  const begun = await file.read((connection) => beginning(connection, plan, address))
  if ('status' in begun) return begun
  await sweepDead(file, writer)
  const staging = new Staging(randomUUID(), address, begun.base?.session ?? null)
  try {
    const steps = new Steps(file, writer, staging, begun.base, limits)
    const outcome = plan.steps ? await steps.take(plan.steps, plan.signal) : null
    await plan.confirm?.()
    plan.signal?.throwIfAborted()
    const receipt = await writer.submit(ending(plan, address, about, begun.base, staging, outcome))
    if (receipt.status === 'already') await staging.discard(writer)
    staging.done()
    return receipt
  } catch (error) {
    // The error that ended the import is the one to tell; what could not be swept now is swept by the next import.
    await staging.discard(writer).catch(() => {})
    throw error
  }
}

function beginning(
  connection: Connection,
  plan: SessionImport,
  address: Address,
): ImportReceipt | { readonly base: Base | null } {
  if (readNote(connection, address, plan.note.key)) return already(connection, address)
  const found = findSession(connection, address)
  if (found?.state === 'deleted') throw new SessionDeleted(address)
  const tip = found ? readTip(connection, found.number) : null
  checkHead(address, plan, tip)
  return {
    base: tip && {
      session: tip.session,
      generation: tip.generation,
      head: tip.head,
      ranges: readRanges(connection, tip, tip.generation),
    },
  }
}

function already(connection: Connection, address: Address): ImportReceipt {
  return { status: 'already', session: readSession(connection, address), added: 0 }
}

function checkHead(address: Address, plan: SessionImport, tip: Tip | null): void {
  const head = tip?.head ?? null
  if (head !== plan.expectedHead) throw new RevisionConflict(address, plan.expectedHead, head)
}

/** Takes the steps one by one and stages what is new. */
class Steps {
  readonly #file: StoreFile
  readonly #writer: Writer
  readonly #staging: Staging
  readonly #base: Base | null
  readonly #limits: RecordLimits
  readonly #live: (EntryRange | { count: number })[] = []
  readonly #originals: EntryRange[] = []
  readonly #keys: { key: string; id: number }[] = []
  readonly #taken = new Set<string>()
  #head: string = EMPTY_HEAD
  #added = 0
  #staged = 0
  #newLive: PreparedEntry[] = []
  #newHistory: PreparedEntry[] = []
  #newLines: QuarantinedLine[] = []
  #units = 0
  #lines = 0

  constructor(file: StoreFile, writer: Writer, staging: Staging, base: Base | null, limits: RecordLimits) {
    this.#file = file
    this.#writer = writer
    this.#staging = staging
    this.#base = base
    this.#limits = limits
  }

  async take(steps: NonNullable<SessionImport['steps']>, signal: AbortSignal | undefined): Promise<Outcome> {
    for await (const step of steps) {
      signal?.throwIfAborted()
      if ('keep' in step) await this.#keep(step.keep.from, step.keep.to)
      else if ('live' in step) this.#takeLive(step.live)
      else if ('history' in step) this.#newHistory.push(this.#prepare(step.history))
      else this.#takeLine(step.quarantine)
      if (
        this.#newLive.length + this.#newHistory.length + this.#newLines.length >= BATCH_ENTRIES ||
        this.#units >= BATCH_UNITS
      ) {
        await this.#flush()
      }
    }
    await this.#flush()
    const live: EntryRange[] = []
    for (const piece of this.#live) if ('owner' in piece) pushRange(live, piece)
    return {
      live,
      originals: this.#originals,
      head: this.#head,
      added: this.#added,
      staged: this.#staged,
      lines: this.#lines,
      keys: this.#keys,
    }
  }

  #takeLive(entry: ImportedEntry): void {
    const prepared = this.#prepare(entry)
    this.#newLive.push(prepared)
    this.#head = chainHead(this.#head, prepared.hash)
    this.#added++
    const last = this.#live.at(-1)
    if (last && 'count' in last) last.count++
    else this.#live.push({ count: 1 })
  }

  #takeLine(line: QuarantinedLine): void {
    // The bytes may be a view of memory that their reader uses again.
    this.#newLines.push({ ...line, bytes: line.bytes && Uint8Array.from(line.bytes) })
    this.#units += line.bytes?.length ?? 0
    this.#lines++
  }

  #prepare(entry: ImportedEntry): PreparedEntry {
    const { provenance, ...rest } = entry
    const prepared = prepareEntry(rest, 'plan.steps', 'import', JSON.stringify(provenance), this.#limits)
    this.#units += prepared.record.length
    return prepared
  }

  /** Keeps live entries as they stand. Their hashes are chained on, unless the whole session so far is kept at once. */
  async #keep(from: number, to: number): Promise<void> {
    const base = this.#base
    const count = base ? countEntries(base.ranges) : 0
    if (
      !base ||
      !Number.isSafeInteger(from) ||
      !Number.isSafeInteger(to) ||
      from < 1 ||
      to > count ||
      from > to
    ) {
      throw new InvalidArgument('plan.steps: keeps places that the session does not have')
    }
    const kept = sliceRanges(base.ranges, from, to)
    if (this.#live.length === 0 && from === 1 && to === count) this.#head = base.head
    else {
      for (const range of kept) {
        for (let first = range.first; first <= range.last; first += BATCH_ENTRIES) {
          const last = Math.min(range.last, first + BATCH_ENTRIES - 1)
          const hashes = await this.#file.read((connection) =>
            connection.all<{ hash: Buffer }>(
              'SELECT hash FROM entry WHERE key BETWEEN ? AND ? ORDER BY key',
              entryKey(range.owner, first),
              entryKey(range.owner, last),
            ),
          )
          for (const { hash } of hashes) this.#head = chainHead(this.#head, hash.toString('hex'))
        }
      }
    }
    this.#live.push(...kept)
  }

  /** Stages what waits: the live entries first, so that they lie together and a transcript stays few ranges. */
  async #flush(): Promise<void> {
    const live = this.#newLive
    const history = this.#newHistory
    const batch = [...live, ...history]
    const lines = this.#newLines
    if (batch.length + lines.length === 0) return
    this.#newLive = []
    this.#newHistory = []
    this.#newLines = []
    this.#units = 0
    const first = await this.#staging.add(this.#writer, batch, lines)
    const owner = this.#staging.session ?? 0
    this.#staged += batch.length
    let next = first
    for (const [i, piece] of this.#live.entries()) {
      if (!('count' in piece)) continue
      this.#live[i] = { owner, first: next, last: next + piece.count - 1 }
      next += piece.count
    }
    if (history.length > 0) {
      pushRange(this.#originals, { owner, first: next, last: next + history.length - 1 })
    }
    for (const [i, { idempotencyKey }] of batch.entries()) {
      if (idempotencyKey === null) continue
      if (this.#taken.has(idempotencyKey)) throw new KeyConflict('', idempotencyKey)
      this.#taken.add(idempotencyKey)
      this.#keys.push({ key: idempotencyKey, id: first + i })
    }
  }
}

/** The transaction in which all of it becomes visible. */
function ending(
  plan: SessionImport,
  address: Address,
  about: Facts,
  base: Base | null,
  staging: Staging,
  outcome: Outcome | null,
): Write<ImportReceipt> {
  return (transaction) => {
    const { connection } = transaction
    if (readNote(connection, address, plan.note.key)) return { answer: already(connection, address) }
    const found = findSession(connection, address)
    if (found?.state === 'deleted') throw new SessionDeleted(address)
    const tip = found ? transaction.tip(found.number) : null
    checkHead(address, plan, tip)
    const moved = tip?.session !== base?.session || tip?.generation !== base?.generation
    if (moved || (outcome && !staging.isWhole(connection, outcome.staged))) {
      throw new RevisionConflict(address, plan.expectedHead, tip?.head ?? null)
    }
    for (const { key } of outcome?.keys ?? []) {
      if (tip && findKey(connection, tip.session, key) !== null) throw new KeyConflict(address, key)
    }
    return {
      apply: () => {
        const after = outcome
          ? makeVisible(transaction, plan, address, about, tip, staging, outcome, base)
          : tip
        insertNote(connection, {
          run: plan.run,
          address,
          note: plan.note,
          at: plan.run.at,
          headBefore: tip?.head ?? null,
          headAfter: after?.head ?? null,
        })
        if (outcome && outcome.lines > 0) showLines(connection, staging.token, plan.run.id)
        transaction.flush()
        const added = outcome?.added ?? 0
        return { status: 'imported', session: readSession(connection, address), added }
      },
    }
  }
}

function makeVisible(
  transaction: Transaction,
  plan: SessionImport,
  address: Address,
  about: Facts,
  tip: Tip | null,
  staging: Staging,
  outcome: Outcome,
  base: Base | null,
): Tip {
  const { connection, now } = transaction
  const before =
    tip ??
    transaction.tip(staging.session ?? insertSession(connection, address, 'staged', about, transaction.now))
  if (tip) fillIn(connection, before.session, about)
  else updateSession(connection, before.session, 'live', about)
  for (const { owner, first, last } of staging.ranges(connection)) {
    insertChange(connection, { session: owner, what: 'shown', first, last })
  }
  staging.release(connection)
  for (const { key, id } of outcome.keys) insertKey(connection, before.session, key, id)
  const changed = !base || !sameRanges(base.ranges, outcome.live)
  if (!changed && outcome.originals.length === 0) return before
  if (tip) {
    closeTail(connection, tip)
    connection.run(
      'UPDATE generation SET entry_count = ? WHERE session = ? AND number = ?',
      tip.entryCount,
      tip.session,
      tip.generation,
    )
  }
  const { at } = plan.run
  let generation = before.generation
  if (!tip) insertGeneration(connection, before.session, ++generation, at, 'create', 0)
  if (outcome.originals.length > 0) {
    generation++
    insertGeneration(connection, before.session, generation, at, 'originals', countEntries(outcome.originals))
    writeRanges(connection, before.session, generation, outcome.originals)
  }
  generation++
  insertGeneration(connection, before.session, generation, at, 'import', null)
  const count = countEntries(outcome.live)
  const last = outcome.live.at(-1)
  const tail = last && last.owner === before.session ? last : null
  writeRanges(connection, before.session, generation, tail ? outcome.live.slice(0, -1) : outcome.live)
  const after: Tip = {
    session: before.session,
    revision: before.revision + (changed ? 1 : 0),
    generation,
    nextId: before.nextId,
    entryCount: count,
    tailSeq: tail ? count - (tail.last - tail.first) : 0,
    tailFirst: tail?.first ?? 0,
    tailLast: tail?.last ?? 0,
    head: outcome.head,
    updatedAt: now,
  }
  transaction.setTip(after)
  return after
}

function fillIn(connection: Connection, session: number, about: Facts): void {
  const row = readSessionRow(connection, session)
  if (!row) return
  const filled = fillFacts(row, about)
  if (!sameFacts(row, filled)) updateSession(connection, session, 'live', filled)
}

function sameRanges(a: readonly EntryRange[], b: readonly EntryRange[]): boolean {
  return (
    a.length === b.length &&
    a.every((range, i) => {
      const other = b[i]
      return other?.owner === range.owner && other.first === range.first && other.last === range.last
    })
  )
}
