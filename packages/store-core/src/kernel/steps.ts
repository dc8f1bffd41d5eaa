import type { CheckedEntry } from '../checked-entry.ts'
import type { CheckedStep } from '../checked-import.ts'
import { InvalidArgument, KeyConflict } from '../errors.ts'
import { type EntryRange, pushRange } from '../generation.ts'
import { chainHead, EMPTY_HEAD } from '../hash.ts'
import type { QuarantinedLine } from '../importer.ts'
import { type Address, type KnownSession, OWN, type StagedAt, type StagedKey } from './look-ups.ts'
import { ask, type Context, type Rule, type RuleEngine } from './rule.ts'
import { checkRoom } from './session.ts'

/** What an import asks of an engine. */
export interface ImportEngine extends RuleEngine {
  /** So much of an import is written at once: units of text, and entries and lines. One that has no more is never staged. */
  readonly batch: { readonly units: number; readonly count: number }
  /** Carries out a rule that stages. What it writes means nothing until it is shown, so it need not survive a power cut. */
  stage<T>(ruleOf: (context: Context) => Rule<T>, entries: readonly CheckedEntry[]): Promise<T>
  /** A name for what an import stages, as long as its process is there. */
  newToken(): string
  /** S9: takes away what was staged, if anything was. */
  unstage(place: StagedAt): Promise<void>
  /** S9: takes away what imports staged whose process is provably gone. */
  sweep(): Promise<void>
}

/** The list of a session that places in the steps refer to. */
export type BaseList = Pick<KnownSession, 'owner' | 'generation' | 'entryCount' | 'head'>

/** An entry as far as its key is asked for. */
export type KeyedEntry = Pick<CheckedEntry, 'kind' | 'idempotencyKey'>

/** Places that are kept. */
export interface Kept {
  readonly from: number
  readonly to: number
}

/** What the steps of an import came to. */
export interface Taken {
  /** What shall be contained: entries that are new, entries that are staged, and places that are kept. */
  readonly live: readonly Piece[]
  /** What never is: entries that are staged, and those that are not. */
  readonly aside: readonly EntryRange[]
  readonly history: readonly CheckedEntry[]
  /** Those that are not staged. */
  readonly lines: readonly QuarantinedLine[]
  /** The head of what is live. */
  readonly head: string
  /** How many live entries are new. */
  readonly added: number
  /** Null where all of it is one batch. */
  readonly staged: {
    readonly place: StagedAt
    readonly ranges: readonly EntryRange[]
    readonly keys: readonly StagedKey[]
  } | null
}

type Piece = CheckedEntry | EntryRange | Kept

/** What is written together. New entries that are contained come first, so that they lie together and a list stays few ranges. */
interface Pending {
  readonly live: (CheckedEntry | Kept)[]
  readonly history: CheckedEntry[]
  readonly lines: QuarantinedLine[]
}

function emptyBatch(): Pending {
  return { live: [], history: [], lines: [] }
}

/** What a batch stores, in the order of the ids that it gets. */
function newIn({ live, history }: Pending): CheckedEntry[] {
  return [...live.filter((one) => 'record' in one), ...history]
}

/** Where an import stages, and the session as the plan was made on it. */
interface Target {
  readonly place: StagedAt
  readonly before: BaseList | null
}

/** Takes the steps, stages what is more than one batch, and checks what can be told of them by the session as it was. */
export async function takeSteps(
  steps: AsyncIterable<CheckedStep>,
  target: Target,
  engine: ImportEngine,
): Promise<Taken> {
  const taking = new Taking(target, engine)
  for await (const step of steps) await taking.take(step)
  return taking.end()
}

class Taking {
  readonly #target: Target
  readonly #engine: ImportEngine
  readonly #keys = new Set<string>()
  readonly #staged: { readonly ranges: EntryRange[]; readonly keys: StagedKey[] } = { ranges: [], keys: [] }
  readonly #aside: EntryRange[] = []
  #isStaged = false
  /** What shall be contained, as far as it is staged or kept before. */
  readonly #before: (EntryRange | Kept)[] = []
  #batch = emptyBatch()
  #head = EMPTY_HEAD
  #added = 0
  #count = 0
  #units = 0

  constructor(target: Target, engine: ImportEngine) {
    this.#target = target
    this.#engine = engine
  }

  async take(step: CheckedStep): Promise<void> {
    if ('keep' in step) return this.#keep(step.keep)
    const { units, count } = this.#engine.batch
    if (this.#count >= count || this.#units >= units) await this.#stage()
    this.#count++
    if ('quarantine' in step) {
      this.#batch.lines.push(step.quarantine)
      this.#units += step.quarantine.bytes?.length ?? 0
    } else if ('history' in step) {
      this.#batch.history.push(step.history)
      this.#units += step.history.record.length
    } else {
      this.#batch.live.push(step.live)
      this.#units += step.live.record.length
      this.#head = chainHead(this.#head, step.live.hash)
      this.#added++
    }
  }

  async end(): Promise<Taken> {
    if (this.#isStaged) await this.#stage()
    const { live, history, lines } = this.#batch
    this.#takeKeys(newIn(this.#batch))
    return {
      live: [...this.#before, ...live],
      aside: this.#aside,
      history,
      lines,
      head: this.#head,
      added: this.#added,
      staged: this.#isStaged ? { place: this.#target.place, ...this.#staged } : null,
    }
  }

  /** Keeps entries as they are. Their hashes are chained on, unless all that the session contains is kept first. */
  async #keep({ from, to }: Kept): Promise<void> {
    const { place, before } = this.#target
    if (to > (before?.entryCount ?? 0)) {
      throw new InvalidArgument('plan.steps: keeps places that the session does not have')
    }
    const isFirst = this.#before.length + this.#batch.live.length === 0
    if (before && isFirst && from === 1 && to === before.entryCount) this.#head = before.head
    else {
      for (let first = from; first <= to; first += CHAINED_AT_ONCE) {
        const places = { from: first, to: Math.min(to, first + CHAINED_AT_ONCE - 1) }
        const behind = this.#head
        this.#head = await this.#engine.answer(() => headBehind(place.session, behind, places))
      }
    }
    this.#batch.live.push({ from, to })
  }

  /** Stages the batch. */
  async #stage(): Promise<void> {
    const { place } = this.#target
    const { live, lines } = this.#batch
    const entries = newIn(this.#batch)
    this.#batch = emptyBatch()
    this.#count = 0
    this.#units = 0
    if (entries.length + lines.length === 0) {
      this.#before.push(...live.filter((one) => 'from' in one))
      return
    }
    this.#takeKeys(entries)
    const first = await this.#engine.stage(
      (context) => stageBatch(place, { entries, lines }, context),
      entries,
    )
    this.#isStaged = true
    this.#noteStaged(entries, first)
    let next = first
    for (const one of live) {
      if ('from' in one) this.#before.push(one)
      else pushPiece(this.#before, { owner: OWN, first: next, last: next++ })
    }
    const last = first + entries.length - 1
    if (next <= last) pushRange(this.#aside, { owner: OWN, first: next, last })
  }

  #noteStaged(entries: readonly CheckedEntry[], first: number): void {
    const last = first + entries.length - 1
    if (first <= last) pushRange(this.#staged.ranges, { owner: OWN, first, last })
    for (const [i, { kind, idempotencyKey }] of entries.entries()) {
      if (idempotencyKey !== null) this.#staged.keys.push({ kind, idempotencyKey, id: first + i })
    }
  }

  #takeKeys(entries: readonly KeyedEntry[]): void {
    for (const { idempotencyKey } of entries) {
      if (idempotencyKey === null) continue
      if (this.#keys.has(idempotencyKey)) throw new KeyConflict(this.#target.place.session, idempotencyKey)
      this.#keys.add(idempotencyKey)
    }
  }
}

/** Adds a range to pieces, joined to the last one where they touch. */
function pushPiece(pieces: (EntryRange | Kept)[], range: EntryRange): void {
  const last = pieces.at(-1)
  if (!last || !('owner' in last)) pieces.push(range)
  else {
    const ranges = [last]
    pushRange(ranges, range)
    pieces.splice(-1, 1, ...ranges)
  }
}

/** So many entries that are kept are chained in one look. */
const CHAINED_AT_ONCE = 500

function* headBehind(session: Address, behind: string, places: Kept): Rule<string> {
  const { lists } = yield* ask({ tips: [session], lists: [{ session, ...places }] })
  const { chains } = yield* ask({ chains: [{ session, behind, ranges: lists[0] ?? [] }] })
  return { effects: [], answer: chains[0] ?? behind }
}

/** What is staged at once. */
interface Batch {
  readonly entries: readonly CheckedEntry[]
  readonly lines: readonly QuarantinedLine[]
}

/** Stores a batch of an import, seen by nobody (S9), and tells the id of its first entry. */
export function* stageBatch(
  place: StagedAt,
  { entries, lines }: Batch,
  { lastEntryId }: Context,
): Rule<number> {
  const { staged } = yield* ask({ staged: [place] })
  const nextId = staged[0]?.nextId ?? 1
  checkRoom(place.session, { nextId }, entries.length, lastEntryId)
  return { effects: [{ effect: 'stage', place, firstId: nextId, entries, lines }], answer: nextId }
}
