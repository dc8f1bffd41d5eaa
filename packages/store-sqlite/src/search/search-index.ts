import type { SearchTerm } from '@faircopy/store-core'
import type { Connection } from '../file/connection.ts'
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

/** What a step of the feed takes in, and where it ends. */
export interface Feed {
  readonly from: FeedCursor
  readonly entries: readonly FedEntry[]
  readonly change: number
  readonly through: number
}

/** An entry that may match, and its place in the order of the index: the higher, the newer. */
export interface Candidate {
  readonly doc: number
  readonly key: number
}

const CURSOR = 'SELECT change, through, doc, key, hash, since FROM feed WHERE one = 1'
const MOVE = 'UPDATE feed SET change = ?, through = ?, doc = ?, key = ?, hash = ? WHERE one = 1'
const RUN = 'INSERT INTO run (doc, key) VALUES (?, ?)'
const TERMS = 'INSERT INTO term (rowid, terms) VALUES (?, ?)'
const FIND = `SELECT f.rowid AS doc, (SELECT r.key + f.rowid - r.doc FROM run AS r WHERE r.doc <= f.rowid
    ORDER BY r.doc DESC LIMIT 1) AS key
  FROM term AS f WHERE f.term MATCH ? AND f.rowid < ? ORDER BY f.rowid DESC LIMIT ?`

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

  constructor(connection: Connection, storeId: string) {
    this.connection = connection
    this.#storeId = storeId
  }

  cursor(): FeedCursor {
    const cursor = this.connection.get<FeedCursor>(CURSOR)
    if (!cursor) throw Object.assign(new Error('The index has no cursor'), { code: 'SQLITE_CORRUPT' })
    return cursor
  }

  /** Takes a step in, in one transaction, unless another process has moved the cursor meanwhile. */
  take({ from, entries, change, through }: Feed): void {
    const { connection } = this
    connection.run('BEGIN IMMEDIATE')
    try {
      const now = this.cursor()
      if (now.change === from.change && now.through === from.through && now.doc === from.doc) {
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
    } finally {
      if (connection.db.inTransaction) connection.run('ROLLBACK')
    }
  }

  /** The newest entries older than document `before` that have all the terms and belong to one of `owners`. */
  find(
    terms: readonly SearchTerm[],
    owners: readonly number[] | null,
    before: number,
    limit: number,
  ): Candidate[] {
    return this.connection.all<Candidate>(FIND, expression(terms, owners), before, limit)
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
