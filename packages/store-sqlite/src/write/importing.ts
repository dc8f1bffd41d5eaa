import { randomUUID } from 'node:crypto'
import { InvalidArgument, KeyConflict, RevisionConflict, SessionDeleted } from '@faircopy/store-core'
import {
  type CheckedEntry,
  type CheckedImport,
  type CheckedStep,
  checkRoom,
  countEntries,
  type EntryRange,
  orAborted,
  pushRange,
  saysTheSame,
  sharedPlaces,
  sliceRanges,
} from '@faircopy/store-core/backend'
import {
  chainHead,
  EMPTY_HEAD,
  type ImportReceipt,
  type QuarantinedLine,
} from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { entryKey, LAST_ENTRY_ID } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'
import { insertChange } from '../rows/change-log.ts'
import { insertEntry } from '../rows/entry-row.ts'
import { closeGeneration, insertGeneration, openGeneration } from '../rows/generation-row.ts'
import { forgetHeads } from '../rows/head-chain.ts'
import { type FilledFacts, filledBetween, insertImported } from '../rows/imported-row.ts'
import { findKey, readDelivery, takeKey } from '../rows/key-row.ts'
import { insertNote, readNote, runNumber } from '../rows/ledger.ts'
import { showLines, stageLine } from '../rows/quarantine.ts'
import { readRanges, writeRanges } from '../rows/ranges.ts'
import {
  type Address,
  type Facts,
  type FoundSession,
  factsOf,
  fillFacts,
  findSession,
  firstGeneration,
  insertSession,
  readSession,
  readSessionRow,
  type SessionRow,
  sameFacts,
  setState,
  updateSession,
} from '../rows/session-row.ts'
import { readTip, type Tip } from '../rows/tip.ts'
import type { Transaction, Write } from '../rows/transaction.ts'
import { placeHeld } from './placing.ts'
import { Staging, sweepDead } from './staging.ts'
import type { Writer } from './writer.ts'

/** A batch is staged when it has so many entries, or so many units of text. */
const BATCH_ENTRIES = 500
const BATCH_UNITS = 256 * 1024

/** The session as the plan was made on it. */
interface Base {
  readonly session: number
  readonly generation: number
  readonly head: string
  readonly ranges: readonly EntryRange[]
}

/** What is written together: live entries first, so that they lie together and a transcript stays few ranges. */
interface Batch {
  readonly live: readonly CheckedEntry[]
  readonly history: readonly CheckedEntry[]
  readonly lines: readonly QuarantinedLine[]
}

/** A range that is stored, or how many live entries of the batch that is not. */
type Piece = EntryRange | { readonly count: number }

/** A key that an import takes, and for which entry. */
interface TakenKey extends Pick<CheckedEntry, 'kind'> {
  readonly idempotencyKey: string
  readonly id: number
}

/** What the steps came to, once all of them are taken. */
interface Outcome {
  /** What the session shall say. */
  readonly live: readonly Piece[]
  /** What it shall never have said: history. */
  readonly originals: readonly EntryRange[]
  readonly head: string
  readonly added: number
  readonly staged: number
  readonly lines: number
  readonly keys: readonly TakenKey[]
  /** Everything that is new, where it fits into one batch: it is written where it becomes visible, and never staged. */
  readonly whole: Batch | null
  readonly units: number
}

/** An import as it was checked, and what ends it before it is whole. */
export interface ImportCall extends Omit<CheckedImport, 'signal'> {
  readonly steps: AsyncIterable<CheckedStep> | null
  readonly ended: AbortSignal
}

/** Makes one session say what a plan's steps say (S9). Whatever of the caller's it waits for, an abort ends it. */
export async function runImport(file: StoreFile, writer: Writer, plan: ImportCall): Promise<ImportReceipt> {
  file.checkWritable()
  const address = plan.session
  const about = factsOf(plan.about)
  const begun = await file.read((connection) => beginning(connection, plan, address))
  if ('status' in begun) return begun
  await sweepDead(file, writer)
  const staging = new Staging(randomUUID(), address, begun.base?.session ?? null)
  try {
    const steps = new Steps(file, writer, staging, begun.base)
    const outcome = plan.steps ? await steps.take(plan.steps) : null
    await orAborted(plan.confirm?.(), plan.ended)
    plan.ended.throwIfAborted()
    const write = ending(plan, address, about, begun.base, staging, outcome)
    const receipt = await writer.submit(write, { bytes: outcome?.units ?? 0 })
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
  plan: ImportCall,
  address: Address,
): ImportReceipt | { readonly base: Base | null } {
  if (readNote(connection, address, plan.note.key)) return already(connection, address)
  const found = importable(connection, address)
  const tip = found?.state === 'live' ? readTip(connection, found.number) : null
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

/**
 * The session at an address, or null. Fails with `SessionDeleted`, unless it was pruned and never had an entry: nothing of it
 * was lost, so its tombstone bars no import (S27).
 */
function importable(connection: Connection, address: Address): (SessionRow & FoundSession) | null {
  const found = findSession(connection, address)
  if (found?.state !== 'deleted') return found
  if (found.deleted_at === null && readTip(connection, found.number).nextId === 1) return found
  throw new SessionDeleted(address)
}

function already(connection: Connection, address: Address): ImportReceipt {
  return { status: 'already', session: readSession(connection, address), added: 0 }
}

function checkHead(address: Address, plan: ImportCall, tip: Tip | null): void {
  const head = tip?.head ?? null
  if (head !== plan.expectedHead) throw new RevisionConflict(address, plan.expectedHead, head)
}

/** Takes the steps one by one and stages what is new. */
class Steps {
  readonly #file: StoreFile
  readonly #writer: Writer
  readonly #staging: Staging
  readonly #base: Base | null
  readonly #live: Piece[] = []
  readonly #originals: EntryRange[] = []
  readonly #keys: TakenKey[] = []
  readonly #taken = new Set<string>()
  #head: string = EMPTY_HEAD
  #added = 0
  #staged = 0
  #batch = emptyBatch()
  #units = 0
  #flushed = false
  #lines = 0

  constructor(file: StoreFile, writer: Writer, staging: Staging, base: Base | null) {
    this.#file = file
    this.#writer = writer
    this.#staging = staging
    this.#base = base
  }

  async take(steps: AsyncIterable<CheckedStep>): Promise<Outcome> {
    for await (const step of steps) {
      if ('keep' in step) await this.#keep(step.keep.from, step.keep.to)
      else if ('live' in step) this.#takeLive(step.live)
      else if ('history' in step) this.#takeHistory(step.history)
      else this.#takeLine(step.quarantine)
      const { live, history, lines } = this.#batch
      const count = live.length + history.length + lines.length
      if (count >= BATCH_ENTRIES || this.#units >= BATCH_UNITS) await this.#flush()
    }
    const isWhole = !this.#flushed
    if (!isWhole) await this.#flush()
    const { live, history, lines } = this.#batch
    for (const { idempotencyKey } of isWhole ? [...live, ...history] : []) this.#take(idempotencyKey)
    return {
      live: this.#live,
      originals: this.#originals,
      head: this.#head,
      added: this.#added,
      staged: this.#staged,
      lines: this.#lines,
      keys: this.#keys,
      whole: isWhole ? { live, history, lines } : null,
      units: isWhole ? this.#units : 0,
    }
  }

  #takeLive(entry: CheckedEntry): void {
    this.#batch.live.push(entry)
    this.#units += entry.record.length
    this.#head = chainHead(this.#head, entry.hash)
    this.#added++
    const last = this.#live.at(-1)
    if (last && 'count' in last) this.#live[this.#live.length - 1] = { count: last.count + 1 }
    else this.#live.push({ count: 1 })
  }

  #takeHistory(entry: CheckedEntry): void {
    this.#batch.history.push(entry)
    this.#units += entry.record.length
  }

  #takeLine(line: QuarantinedLine): void {
    this.#batch.lines.push(line)
    this.#units += line.bytes?.length ?? 0
    this.#lines++
  }

  /** Keeps live entries as they stand. Their hashes are chained on, unless the whole session so far is kept at once. */
  async #keep(from: number, to: number): Promise<void> {
    const base = this.#base
    const count = base ? countEntries(base.ranges) : 0
    if (!base || to > count) {
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

  /** Stages what waits. */
  async #flush(): Promise<void> {
    const { live, history, lines } = this.#batch
    const batch = [...live, ...history]
    if (batch.length + lines.length === 0) return
    this.#batch = emptyBatch()
    this.#units = 0
    this.#flushed = true
    const first = await this.#staging.add(this.#writer, batch, lines)
    const owner = this.#staging.session ?? 0
    this.#staged += batch.length
    this.#live.splice(0, this.#live.length, ...settled(this.#live, owner, first))
    if (history.length > 0) {
      const begin = first + live.length
      pushRange(this.#originals, { owner, first: begin, last: begin + history.length - 1 })
    }
    for (const [i, { kind, idempotencyKey }] of batch.entries()) {
      this.#take(idempotencyKey)
      if (idempotencyKey !== null) this.#keys.push({ kind, idempotencyKey, id: first + i })
    }
    // The writer knows a call until the next one is written: what it carried shall not live as long.
    batch.length = 0
  }

  #take(key: string | null): void {
    if (key === null) return
    if (this.#taken.has(key)) throw new KeyConflict(this.#staging.address, key)
    this.#taken.add(key)
  }
}

function emptyBatch(): { live: CheckedEntry[]; history: CheckedEntry[]; lines: QuarantinedLine[] } {
  return { live: [], history: [], lines: [] }
}

/** The pieces as ranges, once the live entries of their batch lie under an owner from an id on. */
function settled(pieces: readonly Piece[], owner: number, first: number): EntryRange[] {
  const ranges: EntryRange[] = []
  let next = first
  for (const piece of pieces) {
    if ('owner' in piece) pushRange(ranges, piece)
    else {
      pushRange(ranges, { owner, first: next, last: next + piece.count - 1 })
      next += piece.count
    }
  }
  return ranges
}

/** The transaction in which all of it becomes visible. */
function ending(
  plan: ImportCall,
  address: Address,
  about: Facts,
  base: Base | null,
  staging: Staging,
  outcome: Outcome | null,
): Write<ImportReceipt> {
  return (transaction) => {
    const { connection } = transaction
    // Looks again: whether another importer was first.
    if (readNote(connection, address, plan.note.key)) return { answer: already(connection, address) }
    // Looks again: whether the session came, went, or says something else since.
    const found = importable(connection, address)
    const tip = found?.state === 'live' ? transaction.tip(found.number) : null
    checkHead(address, plan, tip)
    const moved = tip?.session !== base?.session || tip?.generation !== base?.generation
    // Looks again: whether all that was staged is there.
    if (moved || (outcome && !staging.isWhole(connection, outcome.staged))) {
      throw new RevisionConflict(address, plan.expectedHead, tip?.head ?? null)
    }
    // Looks again: whether a key is taken since.
    checkKeys(connection, address, tip, outcome)
    checkRoom(address, tip ?? { nextId: 1 }, newEntries(outcome).length, LAST_ENTRY_ID)
    return {
      apply: () => {
        if (outcome && found?.state === 'deleted') setState(connection, found.number, 'undone', null)
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
        for (const also of plan.alsoNote) noteToo(transaction, plan, also)
        for (const line of outcome?.whole?.lines ?? []) {
          stageLine(connection, after?.session ?? 0, staging.token, line)
        }
        if (outcome && outcome.lines > 0) showLines(connection, staging.token, plan.run.id)
        transaction.flush()
        const added = outcome?.added ?? 0
        return { status: 'imported', session: readSession(connection, address), added }
      },
    }
  }
}

/** Writes a note about a session, with the head that it has, unless it has one under the same key. */
function noteToo(
  transaction: Transaction,
  { run }: ImportCall,
  { session: address, note }: ImportCall['alsoNote'][number],
): void {
  const { connection } = transaction
  if (readNote(connection, address, note.key)) return
  const found = findSession(connection, address)
  const head = found && transaction.tip(found.number).head
  insertNote(connection, { run, address, note, at: run.at, headBefore: head, headAfter: head })
}

/** The entries of an outcome that are not staged, in the order in which they get their ids. */
function newEntries(outcome: Outcome | null): readonly CheckedEntry[] {
  return outcome?.whole ? [...outcome.whole.live, ...outcome.whole.history] : []
}

function checkKeys(connection: Connection, address: Address, tip: Tip | null, outcome: Outcome | null): void {
  for (const { kind, idempotencyKey: key } of [...(outcome?.keys ?? []), ...newEntries(outcome)]) {
    if (key === null) continue
    const delivery = kind === 'delivery' ? readDelivery(connection, key) : null
    const isTaken =
      (tip && findKey(connection, tip.session, key)) ||
      delivery?.sessions.some(({ number }) => number !== tip?.session)
    if (isTaken) throw new KeyConflict(address, key)
  }
}

function makeVisible(
  transaction: Transaction,
  plan: ImportCall,
  address: Address,
  about: Facts,
  tip: Tip | null,
  staging: Staging,
  outcome: Outcome,
  base: Base | null,
): Tip {
  const { connection, now } = transaction
  const hidden =
    tip ??
    transaction.tip(staging.session ?? insertSession(connection, address, 'staged', about, transaction.now))
  const filled = tip === null ? null : fillIn(connection, hidden.session, about)
  if (!tip) updateSession(connection, hidden.session, 'live', about)
  const shown = staging.ranges(connection).filter(({ first, last }) => first <= last)
  for (const { owner, first, last } of shown)
    insertChange(connection, { session: owner, what: 'shown', first, last })
  staging.release(connection)
  const { before, live, originals } = writeWhole(transaction, hidden, outcome)
  const isNew = !base
  const changed = isNew || !saysTheSame(base.ranges, live)
  const own = { owner: before.session, first: hidden.nextId, last: before.nextId - 1 }
  const remember = (generation: number | null): void =>
    insertImported(
      connection,
      before.session,
      runNumber(connection, plan.run),
      {
        before: tip?.generation ?? null,
        headBefore: tip?.head ?? EMPTY_HEAD,
        generation,
        count: countEntries(live),
        filled: filled ?? { columns: {}, meta: {} },
      },
      own.first <= own.last ? [...shown, own] : shown,
    )
  if (!changed && originals.length === 0) {
    remember(null)
    if (!filled) return before
    const after = { ...before, updatedAt: now }
    transaction.setTip(after, 'updated')
    return after
  }
  const { at } = plan.run
  let closed = before
  if (tip) closeGeneration(connection, before)
  else {
    const first = firstGeneration(connection, address)
    insertGeneration(connection, before.session, first, at, 'create', 0)
    closed = { ...before, generation: first }
  }
  if (originals.length > 0) {
    const generation = closed.generation + 1
    insertGeneration(connection, before.session, generation, at, 'originals', countEntries(originals))
    writeRanges(connection, before.session, generation, originals)
    closed = { ...closed, generation }
  }
  forgetHeads(connection, before.session, base ? sharedPlaces(base.ranges, live) : 0)
  const revision = before.revision + (changed ? 1 : 0)
  const next = { at, reason: 'import', ranges: live, head: outcome.head, revision }
  const after = openGeneration(
    transaction,
    closed,
    next,
    isNew ? 'created' : changed ? 'replaced' : 'updated',
  )
  remember(after.generation)
  return isNew ? placeHeld(transaction, address, about, after) : after
}

/** Writes what was never staged, and takes the keys of everything. */
function writeWhole(
  transaction: Transaction,
  tip: Tip,
  outcome: Outcome,
): { readonly before: Tip; readonly live: EntryRange[]; readonly originals: readonly EntryRange[] } {
  const { connection } = transaction
  const { session, nextId } = tip
  for (const key of outcome.keys) takeKey(connection, session, key.id, key)
  const live = settled(outcome.live, session, nextId)
  const added = newEntries(outcome)
  for (const [i, entry] of added.entries()) {
    insertEntry(connection, session, nextId + i, entry)
    takeKey(connection, session, nextId + i, entry)
  }
  const first = nextId + (outcome.whole?.live.length ?? 0)
  const last = nextId + added.length - 1
  const originals = first <= last ? [{ owner: session, first, last }] : outcome.originals
  return { before: { ...tip, nextId: nextId + added.length }, live, originals }
}

/** Fills in what is not known, and says what that was; null for nothing. */
function fillIn(connection: Connection, session: number, about: Facts): FilledFacts | null {
  const row = readSessionRow(connection, session)
  if (!row) return null
  const facts = fillFacts(row, about)
  if (sameFacts(row, facts)) return null
  updateSession(connection, session, 'live', facts)
  return filledBetween(row, facts)
}
