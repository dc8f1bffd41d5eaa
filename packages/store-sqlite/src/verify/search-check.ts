import type { Codec } from '@faircopy/store-core'
import { type EntryRange, type InSteps, pushRange, SEARCH_VERSION } from '@faircopy/store-core/backend'
import { statOrNull } from '../file/location.ts'
import { entryKey } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'
import { readStoreId } from '../file/store-row.ts'
import type { Change } from '../rows/change-log.ts'
import { codecOf, pendingPart, termsOf } from '../search/search-feed.ts'
import { INDEX_MARK, INDEX_SCHEMA, INDEX_TABLES } from '../search/search-file.ts'
import { type Findings, NOWHERE } from './findings.ts'
import { checkValueOf, type IndexContent, type IndexFeed } from './index-reading.ts'
import { Snapshot } from './snapshot.ts'

/** So many changes are read at a time. */
const PAGE_CHANGES = 500

/** What was read of a search index, and where. */
export interface FoundIndex {
  readonly path: string
  readonly content: IndexContent | 'damaged'
}

/** The search index of a store; null where there is none. */
export function indexPath({ path }: StoreFile): string | null {
  return statOrNull(`${path}.search`)?.isFile() ? `${path}.search` : null
}

/**
 * Checks the search index beside a store: its structure, and that it holds of each entry which it took exactly the terms
 * that the entry has (S17, S18). One that a search would make anew is not looked at, nor is one compared with a store that
 * is damaged itself.
 */
export async function checkSearchIndex(
  file: StoreFile,
  { content }: FoundIndex,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const snapshot = await Snapshot.open(file, signal)
  try {
    const isWrong = content === 'damaged' || (await isOther(snapshot, content, findings.size === 0))
    if (isWrong)
      findings.add('search-index-damaged', NOWHERE, 'The search index is damaged: searches may miss entries')
  } finally {
    snapshot.close()
  }
}

/** Whether an index is not what was made. `compares`: whether the store is sound, so that it can be compared. */
async function isOther(snapshot: Snapshot, content: IndexContent, compares: boolean): Promise<boolean> {
  const { feed, version, application, schema } = content
  if (schema.length === 0 || application !== INDEX_MARK || version > INDEX_SCHEMA) return false
  if (!isAsMade(content)) return true
  if (feed?.store !== readStoreId(snapshot.connection) || feed?.terms !== SEARCH_VERSION) return false
  return compares && feed !== null && (await differs(snapshot, content, feed))
}

/** Whether the tables are those that were made: another tokenizer would find other terms. An older schema is made anew. */
function isAsMade({ schema, version }: IndexContent): boolean {
  const known = new Map(schema)
  return version < INDEX_SCHEMA || INDEX_TABLES.every(([name, sql]) => known.get(name) === sql)
}

/** Whether the index holds something else of what it took than the store has. */
async function differs(snapshot: Snapshot, content: IndexContent, feed: IndexFeed): Promise<boolean> {
  if (content.isBeyond) return true
  const documents = new Documents(content, feed.doc, (key) => isStored(snapshot, key))
  let same = true
  for (let after = 0; ; ) {
    const page = snapshot.connection.all<Change>(
      'SELECT number, session, what, first, last FROM change WHERE number > ? ORDER BY number LIMIT ?',
      after,
      PAGE_CHANGES,
    )
    // What holds a redacted text is made anew with the next search.
    if (page.some(({ what, number }) => what === 'redacted' && number > feed.since)) return false
    for (const range of takenOf(page, feed)) {
      const codec = codecOf(snapshot.connection, range.owner)
      await snapshot.eachInSteps(
        {
          table: 'entry',
          keys: ['key'],
          columns: ['kind', 'record'],
          first: entryKey(range.owner, range.first),
          through: entryKey(range.owner, range.last),
        },
        function* ([key, kind, record]) {
          const entry = { kind: String(kind), record: String(record) }
          if (documents.sumOf(Number(key)) !== (yield* sumOf(entry, range.owner, codec))) same = false
        },
        () => {},
      )
      if (!same) return true
    }
    const last = page.at(-1)
    if (!last) return !documents.isAtEnd()
    if (last.number <= after) return false
    after = last.number
    await snapshot.breathe()
    snapshot.renew()
  }
}

/** The sum of the terms that an index has of an entry. */
function* sumOf(
  entry: { readonly kind: string; readonly record: string },
  owner: number,
  codec: Codec,
): InSteps<number> {
  const terms = yield* termsOf(entry, codec)
  let sum = terms.size > 0 ? checkValueOf(`_${owner}`) : 0
  for (const term of terms) sum = (sum + checkValueOf(term)) | 0
  return sum
}

/** The entries of some changes that an index has taken. */
function takenOf(changes: readonly Change[], feed: IndexFeed): EntryRange[] {
  const ranges: EntryRange[] = []
  for (const change of changes) {
    if (change.number > feed.change || change.first === null || change.what === 'redacted') continue
    const { change: number, through } = feed
    const isLast = change.number === number
    const left = isLast ? pendingPart(change, { change: number, through }) : null
    const last = left?.first != null ? left.first - 1 : (change.last ?? 0)
    if (change.first <= last) pushRange(ranges, { owner: change.session, first: change.first, last })
  }
  return ranges
}

function isStored(snapshot: Snapshot, key: number): boolean {
  return snapshot.find('SELECT 1 FROM entry WHERE key = ?', key) !== null
}

/** The documents of an index, passed in the order in which their entries were taken. */
class Documents {
  readonly #content: IndexContent
  readonly #last: number
  readonly #isStored: (key: number) => boolean
  #doc = 0
  #run = -1

  constructor(content: IndexContent, last: number, isStored: (key: number) => boolean) {
    this.#content = content
    this.#last = last
    this.#isStored = isStored
  }

  /** The sum of the next document, which must be that of an entry; null where it is not. Documents of pruned entries are passed over. */
  sumOf(key: number): number | null {
    for (let next = this.#next(); next !== null; next = this.#next()) {
      if (next === key) return this.#content.sums[this.#doc] ?? 0
      if (this.#isStored(next)) return null
    }
    return null
  }

  /** Whether no document is left that an entry would have to stand behind. */
  isAtEnd(): boolean {
    for (let next = this.#next(); next !== null; next = this.#next()) if (this.#isStored(next)) return false
    return true
  }

  /** The key of the next document's entry; null behind the last. */
  #next(): number | null {
    const { runs } = this.#content
    if (this.#doc >= this.#last) return null
    this.#doc++
    while ((runs[2 * (this.#run + 1)] ?? Number.POSITIVE_INFINITY) <= this.#doc) this.#run++
    const [doc, key] = [runs[2 * this.#run], runs[2 * this.#run + 1]]
    return doc === undefined || key === undefined ? null : key + this.#doc - doc
  }
}
