import type { InSteps } from './give-way.ts'

/**
 * The form in which texts are compared: width and compatibility forms (NFKC), case, and accents are folded.
 *
 * Of Latin, Greek, Cyrillic, Hebrew and Arabic, marks go (é → e, й → и, vowel points), and so do the tatweel and
 * invisible characters (soft hyphen, joiners, variation selectors, direction marks), skin tones, and the stroke of ø đ ł.
 * Marks of other scripts stay: in Thai, Devanagari or kana they are letters. Folding twice changes nothing.
 */
export function foldText(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  // In scripts full of marks it is cheaper to fold the whole.
  let hard = text.length >> 5
  let folded = ''
  let done = 0
  let hasCapitals = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = FOLDINGS[code] || foldingOf(code)
    if (kind === SAME) continue
    if (kind === CAPITAL) {
      hasCapitals = true
      continue
    }
    let end = at + 1
    while (end < text.length && isHard(text.charCodeAt(end))) end++
    const alone = kind === MAPPED && end === at + 1
    // What folds by itself no more once a mark follows begins the part that is folded whole.
    const begin = kind === HARD && at > done ? at - 1 : at
    if (!alone && --hard < 0) return foldWhole(text)
    const before = text.slice(done, begin)
    folded += hasCapitals ? before.toLowerCase() : before
    folded += alone ? MAPPINGS.get(code) : foldWhole(text.slice(begin, end))
    hasCapitals = false
    done = end
    at = end - 1
  }
  if (done === 0) return hasCapitals ? text.toLowerCase() : text
  const rest = text.slice(done)
  return folded + (hasCapitals ? rest.toLowerCase() : rest)
}

/** So many UTF-16 units are folded in a step. */
const STEP_UNITS = 8 * 1024

/** {@link foldText} in steps. Only where nothing can change what is before it, a text may be cut. */
export function* foldInSteps(text: string): InSteps<string> {
  let folded = ''
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = from + STEP_UNITS
    while (to < text.length && isHard(text.charCodeAt(to))) to++
    folded += foldText(text.slice(from, to))
    yield
  }
  return folded
}

/** Folds a text whose characters may change each other: O(length), but many times the cost. */
function foldWhole(text: string): string {
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

/** Folds to itself, whatever stands beside it. So do the other kinds but the last; marks always belong to the last. */
const SAME = 1
/** Folds to its small letter. */
const CAPITAL = 2
/** Folds to what {@link MAPPINGS} says. */
const MAPPED = 3
/** Changes what is before it, or is changed by it. */
const HARD = 4

/** How the characters fold that any text had so far, by their UTF-16 unit; 0 for those that none had. */
const FOLDINGS = new Uint8Array(0x10000)
const MAPPINGS = new Map<number, string>()

/** A mark, or the vowel or end of a Korean syllable: what may join the character before it. Surrogates are looked at in pairs. */
const JOINS = /^[\p{M}\u1160-\u11ff\ud800-\udfff]/u

function isHard(code: number): boolean {
  return (FOLDINGS[code] || foldingOf(code)) === HARD
}

function foldingOf(code: number): number {
  const character = String.fromCharCode(code)
  const folded = foldWhole(character)
  const kind = foldingTo(character, folded)
  if (kind === MAPPED) MAPPINGS.set(code, folded)
  FOLDINGS[code] = kind
  return kind
}

function foldingTo(character: string, folded: string): number {
  if (folded === '' || JOINS.test(character.normalize('NFKD')) || JOINS.test(folded.normalize('NFKD')))
    return HARD
  const small = character.toLowerCase()
  if (folded === character && small === character) return SAME
  // A text's last Σ has another small letter.
  return folded === small && character !== 'Σ' ? CAPITAL : MAPPED
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}
