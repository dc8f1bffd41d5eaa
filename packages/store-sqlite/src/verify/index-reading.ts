import { crc32 } from 'node:zlib'
import type BetterSqlite3 from 'better-sqlite3'

/** What a search index holds, in a form that can be compared with a store. */
export interface IndexContent {
  /** The schema's texts, by name. */
  readonly schema: readonly (readonly [name: string, sql: string | null])[]
  readonly application: number
  readonly version: number
  readonly feed: IndexFeed | null
  /** Document and key, in turn: where the keys of documents begin to follow each other. */
  readonly runs: Float64Array
  /** For each document the sum of its terms' check values. */
  readonly sums: Int32Array
  /** Whether a document is named that the index has not. */
  readonly isBeyond: boolean
}

/** How far an index has followed its store. */
export interface IndexFeed {
  readonly store: string
  readonly terms: number
  readonly change: number
  readonly through: number
  readonly doc: number
  readonly since: number
}

/** Reads a whole index on one snapshot. Throws the driver's errors. */
export function readIndex(db: BetterSqlite3.Database): IndexContent {
  db.exec('BEGIN')
  try {
    const schema = db.prepare('SELECT name, sql FROM sqlite_schema').raw().all() as [string, string | null][]
    const application = Number(db.pragma('application_id', { simple: true }))
    const version = Number(db.pragma('user_version', { simple: true }))
    const isThere = ['feed', 'run', 'term'].every((table) => schema.some(([name]) => name === table))
    const feed = isThere
      ? (db.prepare('SELECT store, terms, change, through, doc, since FROM feed WHERE one = 1').get() as
          | IndexFeed
          | undefined)
      : undefined
    const known = { schema, application, version }
    if (!feed)
      return { ...known, feed: null, runs: new Float64Array(), sums: new Int32Array(), isBeyond: false }
    const runs = db.prepare('SELECT doc, key FROM run ORDER BY doc').raw().all() as [number, number][]
    return { ...known, feed, runs: Float64Array.from(runs.flat()), ...sumsOf(db, feed.doc) }
  } finally {
    db.exec('COMMIT')
  }
}

/** What a term adds to the sum of a document that has it. */
export function checkValueOf(term: string): number {
  return crc32(term)
}

function sumsOf(db: BetterSqlite3.Database, last: number): Pick<IndexContent, 'sums' | 'isBeyond'> {
  db.exec('CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, term, instance)')
  // It grows with what is there: the number of documents may be damaged.
  let sums = new Int32Array(1024)
  let isBeyond = false
  let before = ''
  let value = 0
  for (const [term, doc] of db.prepare('SELECT term, doc FROM temp.vocabulary').raw().iterate() as Iterable<
    [string, number]
  >) {
    if (term !== before) {
      before = term
      value = checkValueOf(term)
    }
    if (doc < 1 || doc > last) {
      isBeyond = true
      break
    }
    if (doc >= sums.length) {
      const grown = new Int32Array(doc * 2)
      grown.set(sums)
      sums = grown
    }
    sums[doc] = ((sums[doc] ?? 0) + value) | 0
  }
  return { sums, isBeyond }
}
