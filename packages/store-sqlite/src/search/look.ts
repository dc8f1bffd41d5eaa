import type { Entry, SearchHit, SearchOptions, SearchResult } from '@faircopy/store-core'
import { matches, relevance, type SearchPiece } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { readEntries } from '../rows/entry-row.ts'
import type { Harm } from '../rows/harm.ts'
import { whereLive } from '../rows/where-live.ts'
import { codecOf, textOf } from './search-feed.ts'

const DEFAULT_LIMIT = 20
/** The best are chosen among so many of the newest that match. */
const MOST_RANKED = 1000

/** An entry that has no place yet. */
type Unplaced = Omit<Entry, 'seq'> & { readonly seq: null }

interface Ranked {
  readonly hit: SearchHit
  readonly relevance: number
}

/** What a search has found so far. Entries are given to it newest first, and it decides which of them are hits. */
export class Look {
  readonly #pieces: readonly SearchPiece[]
  readonly #options: SearchOptions
  readonly #deadline: number
  readonly #most: number
  readonly #found: Ranked[] = []
  readonly #harm: Harm

  constructor(pieces: readonly SearchPiece[], options: SearchOptions, deadline: number, harm: Harm) {
    this.#harm = harm
    this.#pieces = pieces
    this.#options = options
    this.#deadline = deadline
    this.#most = options.order === 'best' ? MOST_RANKED : (options.limit ?? DEFAULT_LIMIT)
  }

  /** How many more hits it can use. */
  get wanted(): number {
    return Math.max(0, this.#most - this.#found.length)
  }

  /** Whether it has all the hits it can use. */
  get full(): boolean {
    return this.wanted === 0
  }

  /** Whether it wants to see more, and has the time. */
  get goesOn(): boolean {
    return !this.full && performance.now() < this.#deadline
  }

  /** Looks at an entry as the store has it now, and says how long its record is. */
  at(connection: Connection, owner: number, id: number): number {
    let stored: Unplaced | undefined
    this.#harm.spare(() => {
      ;[stored] = readEntries(connection, { owner, first: id, last: id }, 'forward', null)
    })
    if (!stored) return 0
    const fit = this.#fitOf(textOf(stored, codecOf(connection, owner)))
    if (fit > 0) this.#take(connection, owner, stored, fit)
    return stored.record.length
  }

  /** The answer, where everything newer than the oldest hit was seen (`seen`) or not. */
  answer(seen: boolean, behind: number): SearchResult {
    const { order, limit = DEFAULT_LIMIT } = this.#options
    const found = order === 'best' ? this.#found.toSorted((a, b) => b.relevance - a.relevance) : this.#found
    const whole = seen && (order !== 'best' || !this.full)
    const { namespace, session } = this.#options
    const damaged = this.#harm.sessions.filter(
      (one) =>
        (namespace === undefined || one.namespace === namespace) &&
        (session === undefined || one.id === session),
    )
    return {
      hits: found.slice(0, limit).map(({ hit }) => hit),
      complete: whole && behind === 0 && damaged.length === 0,
      behind,
      ...(damaged.length > 0 && { damaged }),
    }
  }

  /** How well a text fits, where that decides; 0 where it does not match. */
  #fitOf(text: string): number {
    if (this.#options.order === 'best') return relevance(this.#pieces, text)
    return matches(this.#pieces, text) ? 1 : 0
  }

  #take(connection: Connection, owner: number, stored: Unplaced, fit: number): void {
    const { namespace, session } = this.#options
    for (const { address, seq } of whereLive(connection, owner, stored.id, this.#harm)) {
      if (namespace !== undefined && address.namespace !== namespace) continue
      if (session !== undefined && address.id !== session) continue
      this.#found.push({ hit: { session: address, entry: { ...stored, seq } }, relevance: fit })
    }
  }
}
