/**
 * What search says (S17), written for nothing but to be read: the whole text is folded, cut into its units by one
 * expression, and compared. The real one must say the same of every text.
 */

import { LONGEST_QUERY, LONGEST_WORD, SHORTEST_PREFIX } from '../src/search-limits.ts'

export interface PlainPiece {
  readonly units: readonly string[]
  readonly prefix: boolean
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

const DROPPED =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\p{Default_Ignorable_Code_Point}\p{Cf}\p{Emoji_Modifier}]/gu

export function plainFold(text: string): string {
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

const CHARACTER =
  /[[\p{L}\p{N}\p{M}]&&[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Lana}\p{scx=Talu}\p{scx=Tavt}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}]]/v
const WORD = new RegExp(`[[\\p{L}\\p{N}\\p{M}]--${CHARACTER.source}]`, 'v')
const SYMBOL = /[[\p{S}\p{Extended_Pictographic}]--[\0-\x7f\u{2500}-\u{259f}\u{2800}-\u{28ff}]]/v
const UNITS = new RegExp(`${WORD.source}{1,${LONGEST_WORD}}|${CHARACTER.source}|${SYMBOL.source}`, 'gv')
const STARRED = new RegExp(`${WORD.source}\\*[^${WORD.source}${CHARACTER.source}${SYMBOL.source}]*$`, 'v')
const ONE_CHARACTER = new RegExp(`^${CHARACTER.source}$`, 'v')

export function plainUnits(text: string): string[] {
  return plainFold(text).match(UNITS) ?? []
}

export function plainPieces(query: string): PlainPiece[] {
  const pieces = new Map<string, PlainPiece>()
  let left = LONGEST_QUERY
  for (const [, quoted, bare] of plainFold(query).matchAll(/"([^"]*)"|([^\s"]+)/g)) {
    if (left === 0) break
    const text = quoted ?? bare ?? ''
    const all: string[] = text.match(UNITS) ?? []
    const units = all.slice(0, left)
    const last = units.at(-1)
    if (last === undefined) continue
    left -= units.length
    const prefix =
      units.length === all.length &&
      STARRED.test(text) &&
      WORD.test(last) &&
      [...last].length >= SHORTEST_PREFIX
    pieces.set(`${units.join(' ')}${prefix ? '*' : ''}`, { units, prefix })
  }
  return [...pieces.values()]
}

export function plainMatches(query: string, text: string): boolean {
  const pieces = plainPieces(query)
  const units = inARow(plainUnits(text))
  return pieces.length > 0 && pieces.every((piece) => units.includes(inARow(piece.units, piece.prefix)))
}

export function plainRelevance(query: string, text: string): number {
  const all = plainUnits(text)
  const length = 1.2 * (0.25 + (0.75 * all.length) / 100)
  let sum = 0
  for (const piece of plainPieces(query)) {
    const often = occurrences(inARow(all), inARow(piece.units, piece.prefix))
    if (often === 0) return 0
    sum += (often * 2.2) / (often + length)
  }
  return sum
}

export function plainTerms(text: string): string[] {
  const units = plainUnits(text)
  const isCharacter = (unit = ''): boolean => ONE_CHARACTER.test(unit)
  const pairs = units.flatMap((unit, i) => {
    const next = units[i + 1] ?? ''
    return isCharacter(unit) && isCharacter(next) ? [unit + next] : []
  })
  return [...new Set([...units, ...pairs])]
}

function inARow(units: readonly string[], prefix = false): string {
  return ` ${units.join(' ')}${prefix ? '' : ' '}`
}

function occurrences(text: string, part: string): number {
  let count = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length - 1)) count++
  return count
}
