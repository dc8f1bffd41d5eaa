import type { SearchTerm } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { walCounters } from '../file/watch.ts'
import { inOrder } from '../rows/damage.ts'
import { emptyIndex } from './search-file.ts'

/** How far the index has followed the store's changes. */
export interface FeedCursor {
  /** The change that was taken last, and the last of its entries that was: a long one is taken in parts. */
  readonly change: number
  readonly through: number
  /** The last document, its entry's key and hash: the store that has another entry there is not the one we followed. */
  readonly doc: number
  readonly key: number
  readonly hash: Buffer | null
  /** Redactions up to this change were made before anything was taken. */
  readonly since: number
}

/** An entry on its way into the index. */
export interface FedEntry {
  readonly key: number
  readonly hash: Buffer
  /** Terms, between spaces. */
  readonly terms: string
}

/** Where a step of the feed begins and ends. */
export interface FeedStep {
  readonly from: FeedCursor
  readonly change: number
  readonly through: number
  /** Whether the store has nothing beyond it. */
  readonly isLast: boolean
}

/** What a step of the feed takes in. */
export interface Feed extends FeedStep {
  readonly entries: readonly FedEntry[]
}

/** An entry that may match, and its place in the order of the index: the higher, the newer. */
export interface Candidate {
  readonly doc: number
  readonly key: number
}

/** Every step leaves a part of its own, and FTS5 merges four of a size. */
const STEPS_BETWEEN_MERGES = 4
/** A piece of a merge, in pages; and for how long one follows the other in a turn of the event loop. */
const MERGE_PAGES = 16
const MERGE_MS = 3
/** What is written waits in the write-ahead log until it has so many pages more. */
const CHECKPOINT_FRAMES = 512

const CURSOR = 'SELECT change, through, doc, key, hash, since FROM feed WHERE one = 1'
const MOVE = 'UPDATE feed SET change = ?, through = ?, doc = ?, key = ?, hash = ? WHERE one = 1'
const RUN = 'INSERT INTO run (doc, key) VALUES (?, ?)'
const TERMS = 'INSERT INTO term (rowid, terms) VALUES (?, ?)'
const FIND = `SELECT f.rowid AS doc, (SELECT r.key + f.rowid - r.doc FROM run AS r WHERE r.doc <= f.rowid
    ORDER BY r.doc DESC LIMIT 1) AS key
  FROM term AS f WHERE f.term MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?`

const MERGE = `INSERT INTO term (term, rank) VALUES ('merge', ${MERGE_PAGES})`
const CHANGES = 'SELECT total_changes() AS count'

/** The most terms that are asked for at once; the predicate sees to the others. */
const MOST_TERMS = 24
const MOST_OWNERS = 64

/**
 * The terms of entries, in a file of their own. A document is an entry, numbered in commit order; a run is a row of
 * entries that follow each other there and here. Everything throws the driver's errors.
 */
export class SearchIndex {
  readonly connection: Connection
  readonly #storeId: string
  #unmerged = 0
  #checkpointed = 0
  #isUntidy = false

  constructor(connection: Connection, storeId: string) {
    this.connection = connection
    this.#storeId = storeId
  }

  cursor(): FeedCursor {
    const cursor = this.connection.get<FeedCursor>(CURSOR)
    if (!cursor) throw Object.assign(new Error('The index has no cursor'), { code: 'SQLITE_CORRUPT' })
    return cursor
  }

  /** Takes a step in, in one transaction. False: another process has moved the cursor meanwhile. */
  take({ from, entries, change, through }: Feed): boolean {
    const { connection } = this
    connection.run('BEGIN IMMEDIATE')
    try {
      const now = this.cursor()
      // Looks again: whether the step was taken in since it was read.
      const isNext = now.change === from.change && now.through === from.through && now.doc === from.doc
      if (isNext) {
        let { doc, key, hash } = now
        for (const entry of entries) {
          doc++
          if (doc === 1 || entry.key !== key + 1) connection.run(RUN, doc, entry.key)
          if (entry.terms !== '') connection.run(TERMS, doc, `${entry.terms} ${ownerTerm(ownerOf(entry))}`)
          key = entry.key
          hash = entry.hash
        }
        connection.run(MOVE, change, through, doc, key, hash)
      }
      connection.run('COMMIT')
      this.#unmerged++
      this.#lookAround()
      return isNext
    } finally {
      if (connection.db.inTransaction) connection.run('ROLLBACK')
    }
  }

  /** Whether {@link tidy} has anything to do. */
  get isUntidy(): boolean {
    return this.#isUntidy
  }

  /**
   * A piece of what keeps an index small and quick: copies what is in the log into the file, or merges some of the parts
   * that steps left, for a few ms.
   */
  tidy(): void {
    const { connection } = this
    if (this.#growth() >= CHECKPOINT_FRAMES) {
      connection.db.pragma('wal_checkpoint(PASSIVE)')
      this.#checkpointed = walCounters(connection).frames
    } else if (this.#unmerged >= STEPS_BETWEEN_MERGES && !this.#merge()) this.#unmerged = 0
    this.#lookAround()
  }

  #lookAround(): void {
    this.#isUntidy = this.#unmerged >= STEPS_BETWEEN_MERGES || this.#growth() >= CHECKPOINT_FRAMES
  }

  /** Merges for a few ms, and says whether there is more to merge. */
  #merge(): boolean {
    const { connection } = this
    const end = performance.now() + MERGE_MS
    connection.run('BEGIN IMMEDIATE')
    try {
      let more = true
      while (more && performance.now() < end) {
        const before = this.#changes()
        connection.run(MERGE)
        // As FTS5 documents it: fewer than two changes say that nothing was merged.
        more = this.#changes() - before >= 2
      }
      connection.run('COMMIT')
      return more
    } finally {
      if (connection.db.inTransaction) connection.run('ROLLBACK')
    }
  }

  #changes(): number {
    return this.connection.get<{ count: number }>(CHANGES)?.count ?? 0
  }

  /** By how many pages the log grew since the last checkpoint. */
  #growth(): number {
    const { frames } = walCounters(this.connection)
    if (frames < this.#checkpointed) this.#checkpointed = 0
    return frames - this.#checkpointed
  }

  /**
   * The newest entries older than document `before` that have all the terms and belong to one of `owners`. Null: the
   * index is not what it was when it stood at `cursor`.
   */
  find(
    cursor: FeedCursor,
    terms: readonly SearchTerm[],
    owners: readonly number[] | null,
    before: number,
    limit: number,
  ): Candidate[] | null {
    return this.connection.snapshot(() => {
      const now = this.cursor()
      if (now.doc < cursor.doc || now.since !== cursor.since) return null
      const found = this.connection.all<Candidate>(FIND, expression(terms, owners), before, limit)
      return inOrder(found, -before, ({ doc }) => -doc)
    })
  }

  /** Forgets everything, and what the store has redacted up to now for good. */
  empty(since: number): void {
    emptyIndex(this.connection, this.#storeId, since)
  }

  close(): void {
    this.connection.close()
  }
}

function ownerOf({ key }: FedEntry): number {
  return Math.floor(key / 16777216)
}

/** A session as a term: no text has a term with `_`. */
function ownerTerm(owner: number): string {
  return `_${owner}`
}

/** Terms hold neither quotes nor spaces, so that quoting each is all there is to it. */
function expression(terms: readonly SearchTerm[], owners: readonly number[] | null): string {
  const asked = terms
    .toSorted((a, b) => b.text.length - a.text.length)
    .slice(0, MOST_TERMS)
    .map(({ text, prefix }) => `"${text}"${prefix ? '*' : ''}`)
  if (owners && owners.length <= MOST_OWNERS)
    asked.push(`(${owners.map((owner) => `"${ownerTerm(owner)}"`).join(' OR ')})`)
  return asked.join(' AND ')
}
