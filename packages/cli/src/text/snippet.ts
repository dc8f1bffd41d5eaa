import { foldText, searchPieces } from '@faircopy/store-core/backend'
import { visibleText } from '@faircopy/store-core/visible-text'
import { truncate } from './display-width.ts'

const BEFORE = 24
/** Matches further in are shown from the text's beginning. */
const LOOKED_AT = 100_000
/** No column takes more units than this, whatever marks a character wears. */
const UNITS_PER_COLUMN = 16

/** The part of a text around the first match of a query, on one line that can be shown. */
export function snippet(text: string, query: string, columns: number): string {
  const line = text.slice(0, LOOKED_AT).replaceAll(/\s+/g, ' ').trim()
  const start = startBefore(
    line,
    firstPlace(
      line,
      searchPieces(query).flatMap(({ units }) => units),
    ),
  )
  const part = line.slice(start, start + columns * UNITS_PER_COLUMN)
  return truncate(visibleText(start === 0 ? part : `…${part}`), columns)
}

/** The beginning of a word, a little before a place. */
function startBefore(line: string, place: number): number {
  if (place <= BEFORE) return 0
  const word = line.indexOf(' ', place - BEFORE) + 1
  return word > 0 && word <= place ? word : place
}

/** Where the first of some folded words stands in a text as it is; 0 where none does. */
function firstPlace(line: string, words: readonly string[]): number {
  let folded = ''
  const origins: number[] = []
  let at = 0
  for (const character of line) {
    const piece = foldText(character)
    for (let i = 0; i < piece.length; i++) origins.push(at)
    folded += piece
    at += character.length
  }
  const places = words.map((word) => folded.indexOf(word)).filter((place) => place !== -1)
  return origins[Math.min(...places)] ?? 0
}
