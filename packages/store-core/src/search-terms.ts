/**
 * The units that a text is compared by, in order. A unit is one of
 *
 * - a word: letters, digits and marks of the scripts that put spaces between words; longer ones than
 *   {@link LONGEST_WORD} characters in pieces of that length;
 * - a character of a script that does not (Han, kana, Hangul, Thai, Lao, Khmer, Myanmar, …);
 * - a symbol: an emoji, an arrow, a currency sign.
 *
 * Everything else (spaces, punctuation, `_`, the symbols of ASCII, lines of tables) only separates. Units are folded: see
 * {@link foldText}. Any text is legal. Cost: O(length).
 */
export function searchUnits(text: string): string[] {
  return unitsOf(foldText(text))
}

/** The units of a folded text. */
function unitsOf(folded: string): string[] {
  return folded.match(isAscii(folded) ? ASCII_UNITS : UNITS) ?? []
}

/** A part of a query that must stand in a text in one piece: units in a row, whatever separates them there. */
export interface SearchPiece {
  readonly units: readonly string[]
  /** Whether the last unit may be the beginning of a word: `deploy*`. */
  readonly prefix: boolean
}

/** The version of all of this: an index that was made by another one has other terms. */
export const SEARCH_VERSION = 1

/** Of a query so many units count, and what follows is not looked for. */
export const LONGEST_QUERY = 1000

/** A word longer than this, in code points, is taken in pieces of this length. */
export const LONGEST_WORD = 64

/** A `*` behind a shorter beginning than this, in code points, says nothing: too many words would begin with it. */
export const SHORTEST_PREFIX = 3

/**
 * What a query asks for: every piece must be found. A piece is what stands between spaces, or between double quotes.
 * Any text is legal; one without a word, character or symbol has no pieces and finds nothing.
 *
 * @example
 * ```ts
 * import { searchPieces } from '@faircopy/store-core'
 *
 * searchPieces('foo::bar deploy*') // [{ units: ['foo', 'bar'], prefix: false }, { units: ['deploy'], prefix: true }]
 * ```
 */
export function searchPieces(query: string): readonly SearchPiece[] {
  const pieces = new Map<string, SearchPiece>()
  let left = LONGEST_QUERY
  for (const [, quoted, bare] of foldText(query).matchAll(PIECES)) {
    if (left === 0) break
    const text = quoted ?? bare ?? ''
    const all = unitsOf(text)
    const units = all.slice(0, left)
    const last = units.at(-1)
    if (last === undefined) continue
    left -= units.length
    const prefix =
      units.length === all.length &&
      BEGINNING.test(text) &&
      isWord(last) &&
      [...last].length >= SHORTEST_PREFIX
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
  const terms = new Set<string>()
  let before = ''
  for (const unit of searchUnits(text)) {
    terms.add(unit)
    const character = isCharacter(unit) ? unit : ''
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

/**
 * The form in which texts are compared: width and compatibility forms (NFKC), case, and accents are folded.
 *
 * Of Latin, Greek, Cyrillic, Hebrew and Arabic, marks go (é → e, й → и, vowel points), and so do the tatweel and
 * invisible characters (soft hyphen, joiners, variation selectors, direction marks), skin tones, and the stroke of ø đ ł.
 * Marks of other scripts stay: in Thai, Devanagari or kana they are letters. Folding twice changes nothing.
 */
export function foldText(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text
    .replace(/\u200b/g, ' ')
    .normalize('NFKD')
    .replace(DROPPED, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(DROPPED, '')
    .replace(/[ςæœøđðħıĸłŧþ]/g, (letter) => STROKES[letter] ?? letter)
    .normalize('NFKC')
}

const STROKES: Readonly<Record<string, string>> = {
  ς: 'σ',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ĸ: 'k',
  ł: 'l',
  ŧ: 't',
  þ: 'th',
}

/** Marks that are accents or vowel points, by block. */
const MARKS = [
  String.raw`\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f`,
  String.raw`\u0483-\u0487`,
  String.raw`\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7`,
  String.raw`\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed`,
].join('')
const DROPPED = new RegExp(
  String.raw`[${MARKS}]|\p{Default_Ignorable_Code_Point}|\p{Cf}|\p{Emoji_Modifier}`,
  'gu',
)

const CHARACTER =
  /[[\p{L}\p{N}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Lana}\p{scx=Talu}\p{scx=Tavt}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}]]/v
const WORD = new RegExp(`[[\\p{L}\\p{N}\\p{M}]--${CHARACTER.source}]`, 'v')
/** Symbols beyond ASCII, without box drawing, blocks and Braille: what programs draw with. */
const SYMBOL = /[[\p{S}\p{Extended_Pictographic}]--[\0-\x7f\u{2500}-\u{259f}\u{2800}-\u{28ff}]]/v

const ASCII_UNITS = new RegExp(`[a-z0-9]{1,${LONGEST_WORD}}`, 'g')
const UNITS = new RegExp(`${WORD.source}{1,${LONGEST_WORD}}|${CHARACTER.source}|${SYMBOL.source}`, 'gv')
const PIECES = /"([^"]*)"|([^\s"]+)/g
const BEGINNING = new RegExp(`${WORD.source}\\*[^${WORD.source}${CHARACTER.source}${SYMBOL.source}]*$`, 'v')
const ONE_CHARACTER = new RegExp(`^${CHARACTER.source}$`, 'v')
const FIRST_WORD = new RegExp(`^${WORD.source}`, 'v')

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

function isCharacter(unit: string): boolean {
  return unit.length <= 2 && unit > '\x7f' && ONE_CHARACTER.test(unit)
}

function isWord(unit: string): boolean {
  return FIRST_WORD.test(unit)
}
