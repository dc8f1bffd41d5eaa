import { atOnce, type InSteps } from './give-way.ts'
import { foldInSteps, foldText } from './search-fold.ts'
import { LONGEST_QUERY, SHORTEST_PREFIX } from './search-limits.ts'
import { CHARACTER, type UnitKind, UnitReader, unitKind, WORD } from './search-units.ts'

/**
 * The units that a text is compared by, in order. A unit is one of
 *
 * - a word: letters, digits and marks of the scripts that put spaces between words; longer ones than
 *   `LONGEST_WORD` characters in pieces of that length;
 * - a character of a script that does not (Han, kana, Hangul, Thai, Lao, Khmer, Myanmar, …);
 * - a symbol: an emoji, an arrow, a currency sign.
 *
 * Everything else (spaces, punctuation, `_`, the symbols of ASCII, lines of tables) only separates. Units are folded: see
 * {@link foldText}. Any text is legal. Cost: O(length).
 */
export function searchUnits(text: string): string[] {
  const units: string[] = []
  for (const reader = new UnitReader(foldText(text)); reader.next(); ) units.push(reader.unit)
  return units
}

/** A part of a query that must stand in a text in one piece: units in a row, whatever separates them there. */
export interface SearchPiece {
  readonly units: readonly string[]
  /** Whether the last unit may be the beginning of a word: `deploy*`. */
  readonly prefix: boolean
}

/** The version of all of this: an index that was made by another one has other terms. */
export const SEARCH_VERSION = 1

/**
 * What a query asks for: every piece must be found. A piece is what stands between spaces, or between double quotes.
 * Any text is legal; one without a word, character or symbol has no pieces and finds nothing.
 *
 * @example
 * ```ts
 * import { searchPieces } from '@faircopy/store-core/backend'
 *
 * searchPieces('foo::bar deploy*') // [{ units: ['foo', 'bar'], prefix: false }, { units: ['deploy'], prefix: true }]
 * ```
 */
export function searchPieces(query: string): readonly SearchPiece[] {
  const pieces = new Map<string, SearchPiece>()
  let left = LONGEST_QUERY
  for (const [, quoted, bare] of foldText(query).matchAll(PIECES)) {
    if (left === 0) break
    const reader = new UnitReader(quoted ?? bare ?? '')
    const units: string[] = []
    let kind: UnitKind | undefined
    let isStarred = false
    while (units.length < left && reader.next()) {
      units.push(reader.unit)
      kind = reader.kind
      isStarred = reader.text[reader.end] === '*'
    }
    const last = units.at(-1)
    if (last === undefined) continue
    left -= units.length
    const prefix = isStarred && !reader.next() && kind === WORD && [...last].length >= SHORTEST_PREFIX
    pieces.set(`${units.join(' ')}${prefix ? '*' : ''}`, { units, prefix })
  }
  return [...pieces.values()]
}

/** A term of an index: a word, a character, or a pair of neighbouring characters. */
export interface SearchTerm {
  readonly text: string
  /** Whether any term that begins with it will do. */
  readonly prefix: boolean
}

/**
 * The terms that an index keeps of a text, each once: every unit, and every pair of characters that follow each other.
 * A text that {@link matches} a query has all its {@link queryTerms}; one that has them need not match. They hold
 * nothing but letters, digits, marks and symbols: of ASCII, only `a`–`z` and `0`–`9`.
 */
export function indexTerms(text: string): Set<string> {
  return atOnce(indexTermsInSteps(text))
}

/** So many units are looked at in a step. */
const STEP_UNITS = 512

/** {@link indexTerms} in steps: a long text takes longer than the event loop is to be held for (S20). */
export function* indexTermsInSteps(text: string): InSteps<Set<string>> {
  const terms = new Set<string>()
  let before = ''
  let units = 0
  for (const reader = new UnitReader(yield* foldInSteps(text)); reader.next(); ) {
    if (++units % STEP_UNITS === 0) yield
    const { unit } = reader
    terms.add(unit)
    const character = reader.kind === CHARACTER ? unit : ''
    if (before !== '' && character !== '') terms.add(before + character)
    before = character
  }
  return terms
}

/** The fewest terms that every text which matches these pieces has: pairs stand in for the characters in them. */
export function queryTerms(pieces: readonly SearchPiece[]): readonly SearchTerm[] {
  const terms = new Map<string, SearchTerm>()
  for (const { units, prefix } of pieces) {
    for (const [i, unit] of units.entries()) {
      const pair = isCharacter(unit)
      const next = units[i + 1]
      if (pair && next !== undefined && isCharacter(next)) add(unit + next, false)
      else if (!pair || i === 0 || !isCharacter(units[i - 1] ?? ''))
        add(unit, prefix && i === units.length - 1)
    }
  }
  return [...terms.values()]

  function add(text: string, prefix: boolean): void {
    if (!prefix || !terms.has(text)) terms.set(text, { text, prefix })
  }
}

const PIECES = /"([^"]*)"|([^\s"]+)/g

function isCharacter(unit: string): boolean {
  return unitKind(unit.codePointAt(0) as number) === CHARACTER
}
