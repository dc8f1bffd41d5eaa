import { foldText } from './search-fold.ts'
import { Rows } from './search-rows.ts'
import { type SearchPiece, searchPieces } from './search-terms.ts'

/**
 * Whether a text is found by a query (S17): all pieces of the query are in it, in any order, each with its units in a
 * row. Words match as wholes, or by their beginning where the query says `*`; characters of scripts without spaces match
 * wherever they stand. This is the specification of search: an index may be faster, and must never say otherwise.
 *
 * Any query is legal, and one without a word, character or symbol matches nothing. A text that holds a query as it
 * stands, between spaces, is found by it.
 *
 * @example
 * ```ts
 * import { matches } from '@faircopy/store-core/backend'
 *
 * matches('CAFÉ', 'the cafe opens') // true
 * matches('用', '最新iPhone用ケース') // true
 * matches('foo::bar', 'call foo::bar()') // true
 * ```
 */
export function matches(query: string | readonly SearchPiece[], text: string): boolean {
  const pieces = typeof query === 'string' ? searchPieces(query) : query
  if (pieces.length === 0) return false
  const rows = new Rows(foldText(text))
  return pieces.every((piece) => rows.hold(piece))
}

/**
 * How well a matching text fits a query, for `order: 'best'`: how often its pieces occur, with ever less to gain, in a
 * text that is not longer than it must be. It is BM25 without the part that needs to know all other texts, so that every
 * backend agrees. 0 where the text does not match.
 *
 * Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), k1 = 1.2, b = 0.75.
 */
export function relevance(query: string | readonly SearchPiece[], text: string): number {
  const pieces = typeof query === 'string' ? searchPieces(query) : query
  const rows = new Rows(foldText(text))
  const often = pieces.map((piece) => rows.count(piece))
  if (often.includes(0)) return 0
  const length = 1.2 * (0.25 + (0.75 * rows.length) / TYPICAL_LENGTH)
  return often.reduce((sum, count) => sum + (count * 2.2) / (count + length), 0)
}

/** Units of an average message: what takes the place of the collection's mean. */
const TYPICAL_LENGTH = 100
