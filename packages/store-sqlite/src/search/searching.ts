import { setImmediate as turn } from 'node:timers/promises'
import { DEFAULT_NAMESPACE, type SearchOptions, type SearchResult } from '@faircopy/store-core'
import { queryTerms, type SearchPiece, searchPieces } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { ENTRIES_PER_SESSION, entryId } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'
import { countChanged, lastChange, readChangesBefore } from '../rows/change-log.ts'
import { Harm } from '../rows/harm.ts'
import { readRanges } from '../rows/ranges.ts'
import { findSession } from '../rows/session-row.ts'
import { readTip } from '../rows/tip.ts'
import type { IndexKeeper } from './index-keeper.ts'
import { Look } from './look.ts'
import { isAtEnd, isFollowed, pendingPart } from './search-feed.ts'
import type { FeedCursor } from './search-index.ts'

const DEFAULT_BUDGET_MS = 200
/** What looking at entries may take beyond the budget, which is for catching up. */
const LOOKING_MS = 1000
/** So many entries are looked at between two turns of the event loop, and fewer once they have so many units of text. */
const BATCH_ENTRIES = 64
const BATCH_UNITS = 128 * 1024
const BATCH_CHANGES = 256

/** Where an index stands, and whether the store had nothing more for it. */
interface Place {
  readonly cursor: FeedCursor
  readonly isAtEnd: boolean
}

/** Where an index stands that has nothing. */
const NOWHERE: Place = {
  cursor: { change: 0, through: 0, doc: 0, key: 0, hash: null, since: 0 },
  isAtEnd: false,
}

/** A question, checked. */
interface Question {
  readonly pieces: readonly SearchPiece[]
  readonly options: SearchOptions
  /** Only entries of these sessions can be hits; null for all. */
  readonly owners: readonly number[] | null
  /** The newest change when it was asked. */
  readonly target: number
  /** Where the index stood then; null where there was none. */
  readonly place: Place | null
  readonly deadline: number
}

/** Finds entries by their text: the index proposes, the store and the predicate decide (S17). */
export class Searching {
  readonly #file: StoreFile
  readonly #keeper: IndexKeeper

  constructor(file: StoreFile, keeper: IndexKeeper) {
    this.#file = file
    this.#keeper = keeper
  }

  async search(text: string, options: SearchOptions): Promise<SearchResult> {
    const question = await this.#ask(text, options)
    if (question.pieces.length === 0 || question.owners?.length === 0)
      return { hits: [], complete: true, behind: 0 }
    for (let { place } = question, attempt = 0; attempt < 2; attempt++) {
      if (!place?.isAtEnd) {
        await this.#keeper.catchUp(question.target, question.deadline)
        place = await this.#place()
      }
      const answer = await this.#answer(question, place)
      if (answer) return answer
      place = null
    }
    return (await this.#answer(question, NOWHERE)) ?? { hits: [], complete: false, behind: 0 }
  }

  close(): Promise<void> {
    return this.#keeper.close()
  }

  async #ask(text: string, options: SearchOptions): Promise<Question> {
    const { session, namespace = session === undefined ? undefined : DEFAULT_NAMESPACE } = options
    const deadline = performance.now() + (options.budget ?? DEFAULT_BUDGET_MS)
    const pieces = searchPieces(text)
    const cursor = pieces.length === 0 ? null : await this.#keeper.use((index) => index.cursor())
    const asked = await this.#file.read((connection) => ({
      owners: session === undefined ? null : ownersOf(connection, namespace ?? DEFAULT_NAMESPACE, session),
      target: lastChange(connection),
      place: cursor && { cursor, isAtEnd: isAtEnd(connection, cursor) },
    }))
    return {
      pieces,
      options: { ...options, ...(namespace !== undefined && { namespace }) },
      ...asked,
      deadline,
    }
  }

  /** Where the index stands; nowhere if there is none, or one that does not follow this store. */
  async #place(): Promise<Place> {
    const cursor = await this.#keeper.use((index) => index.cursor())
    if (!cursor) return NOWHERE
    return this.#file.read((connection) =>
      isFollowed(connection, cursor) ? { cursor, isAtEnd: isAtEnd(connection, cursor) } : NOWHERE,
    )
  }

  /** The answer, given how far the index is; null if it turned out to be no good. */
  async #answer(question: Question, { cursor, isAtEnd }: Place): Promise<SearchResult | null> {
    const { pieces, options, deadline } = question
    const until = Math.max(performance.now(), deadline) + LOOKING_MS
    const look = new Look(pieces, options, until, new Harm(this.#file.path))
    const behind = isAtEnd ? 0 : await this.#lookAtTail(look, question, cursor)
    let seen = true
    if (cursor.doc > 0) {
      const looked = await this.#lookAtCandidates(look, question, cursor)
      if (looked === null) return null
      seen = looked
    }
    return look.answer(seen, behind)
  }

  /** Looks at what the index has not taken yet, newest first, and says how many entries it left out for want of time. */
  async #lookAtTail(look: Look, question: Question, cursor: FeedCursor): Promise<number> {
    const { target, deadline } = question
    let change = target
    let below = ENTRIES_PER_SESSION
    do {
      const next = await this.#file.read((connection) =>
        lookBack(connection, look, question.owners, cursor, { change, below }),
      )
      if (next === null || look.full) return 0
      change = next.change
      below = next.below
      await turn()
    } while (look.goesOn && performance.now() < deadline)
    return this.#file.read((connection) => countLeft(connection, cursor, change, below))
  }

  /** Looks at what the index proposes, newest first. False: not at all of it. Null: the index is not what it was. */
  async #lookAtCandidates(look: Look, question: Question, cursor: FeedCursor): Promise<boolean | null> {
    const terms = queryTerms(question.pieces)
    for (let before = cursor.doc + 1; !look.full; ) {
      if (!look.goesOn) return false
      const page = Math.min(BATCH_ENTRIES, look.wanted)
      const candidates = await this.#keeper.use((index) =>
        index.find(cursor, terms, question.owners, before, page),
      )
      if (candidates === null) return null
      const last = await this.#file.read((connection) => {
        let units = 0
        for (const { doc, key } of candidates) {
          units += look.at(connection, Math.floor(key / ENTRIES_PER_SESSION), entryId(key))
          if (units >= BATCH_UNITS || look.full) return doc
        }
        return null
      })
      if (last === null && candidates.length < page) return true
      before = last ?? candidates.at(-1)?.doc ?? 0
      if (!look.full) await turn()
    }
    return true
  }
}

/** The sessions whose entries a session contains: itself, and what it was forked from. None of one that is not there. */
function ownersOf(connection: Connection, namespace: string, id: string): number[] {
  const found = findSession(connection, { namespace, id })
  if (found?.state !== 'live') return []
  const tip = readTip(connection, found.number)
  return [...new Set([tip.session, ...readRanges(connection, tip, tip.generation).map(({ owner }) => owner)])]
}

/** How far back was looked: up to a change, and of that to the entries below an id. */
interface LookedTo {
  readonly change: number
  readonly below: number
}

/** Looks at some entries that changes up to `change` brought, of that one below id `below`. Null at the cursor. */
function lookBack(
  connection: Connection,
  look: Look,
  owners: readonly number[] | null,
  cursor: FeedCursor,
  { change, below }: LookedTo,
): LookedTo | null {
  const changes = readChangesBefore(connection, change + 1, cursor.change - 1, BATCH_CHANGES)
  let entries = 0
  let units = 0
  for (const next of changes) {
    const { number, session, first, last } = pendingPart(next, cursor)
    if (first === null || (owners && !owners.includes(session))) continue
    for (let id = number === change ? Math.min(last, below - 1) : last; id >= first; id--) {
      units += look.at(connection, session, id)
      if (++entries >= BATCH_ENTRIES || units >= BATCH_UNITS || look.full)
        return { change: number, below: id }
    }
  }
  const oldest = changes.at(-1)
  return oldest && changes.length === BATCH_CHANGES
    ? { change: oldest.number - 1, below: ENTRIES_PER_SESSION }
    : null
}

/** How many entries lie between a cursor and where the look at the tail stopped. */
function countLeft(connection: Connection, cursor: FeedCursor, change: number, below: number): number {
  let left = countChanged(connection, cursor.change, change - 1)
  for (const number of new Set([cursor.change, change])) {
    const [at] = readChangesBefore(connection, number + 1, number - 1, 1)
    const part = at && pendingPart(at, cursor)
    if (part?.first != null)
      left += Math.max(0, Math.min(part.last, number === change ? below - 1 : part.last) - part.first + 1)
  }
  return left
}
