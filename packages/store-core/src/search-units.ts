import { LONGEST_WORD } from './search-limits.ts'

/** What a code point is to search: it separates, is a part of a word, or stands for itself. */
export type UnitKind = typeof SEPARATOR | typeof WORD | typeof CHARACTER | typeof SYMBOL

/** Spaces, punctuation, `_`, the symbols of ASCII, lines of tables. */
export const SEPARATOR = 0
/** A letter, digit or mark of a script that puts spaces between words. */
export const WORD = 1
/** A letter, digit or mark of a script that does not. */
export const CHARACTER = 2
/** An emoji, an arrow, a currency sign. */
export const SYMBOL = 3

/** Reads the units of a folded text one after the other. Cost: O(length), without a string for each. */
export class UnitReader {
  readonly text: string
  /** Where the unit begins and ends. */
  start = 0
  end: number
  kind: UnitKind = SEPARATOR

  /** `from` must not lie within a unit. */
  constructor(text: string, from = 0) {
    this.text = text
    this.end = from
  }

  /** Goes to the next unit. False: there is none. */
  next(): boolean {
    const { text } = this
    let at = this.end
    for (; at < text.length; at++) {
      const code = text.codePointAt(at) as number
      const kind = unitKind(code)
      if (kind !== SEPARATOR) {
        this.start = at
        this.kind = kind
        this.end = kind === WORD ? endOfWord(text, at) : at + widthOf(code)
        return true
      }
      if (code > 0xffff) at++
    }
    this.end = at
    return false
  }

  /** The unit itself. */
  get unit(): string {
    return this.text.slice(this.start, this.end)
  }
}

/** Whether a unit begins at a letter of a word; null where so much of the word is before it that it may be cut there. */
export function beginsWord(text: string, at: number): boolean | null {
  let before = at
  for (let letters = 0; letters < LONGEST_WORD; letters++) {
    const width = before >= 2 && isPair(text, before - 2) ? 2 : 1
    if (before === 0 || unitKind(text.codePointAt(before - width) as number) !== WORD) return letters === 0
    before -= width
  }
  return null
}

/** What a code point of a folded text is. */
export function unitKind(code: number): UnitKind {
  const page = PAGES[code >> 8] ?? kindsOf(code >> 8)
  return page[code & 0xff] as UnitKind
}

function endOfWord(text: string, from: number): number {
  let at = from
  for (let letters = 0; letters < LONGEST_WORD && at < text.length; letters++) {
    const code = text.codePointAt(at) as number
    if (unitKind(code) !== WORD) break
    at += widthOf(code)
  }
  return at
}

function widthOf(code: number): number {
  return code > 0xffff ? 2 : 1
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) as number) > 0xffff
}

const IS_CHARACTER =
  /[[\p{L}\p{N}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Lana}\p{scx=Talu}\p{scx=Tavt}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}]]/v
const IS_LETTER = /[\p{L}\p{N}\p{M}]/v
/** Symbols beyond ASCII, without box drawing, blocks and Braille: what programs draw with. */
const IS_SYMBOL = /[[\p{S}\p{Extended_Pictographic}]--[\0-\x7f\u{2500}-\u{259f}\u{2800}-\u{28ff}]]/v

/** The kinds of code points, by their upper bits, as far as any text has asked for them. */
const PAGES: (Uint8Array | undefined)[] = new Array(0x1100).fill(undefined)

function kindsOf(number: number): Uint8Array {
  const page = Uint8Array.from({ length: 256 }, (_, low) => kindOf(String.fromCodePoint(number * 256 + low)))
  PAGES[number] = page
  return page
}

function kindOf(character: string): UnitKind {
  if (IS_CHARACTER.test(character)) return CHARACTER
  if (IS_LETTER.test(character)) return WORD
  return IS_SYMBOL.test(character) ? SYMBOL : SEPARATOR
}
