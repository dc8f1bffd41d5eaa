import type { SearchPiece } from './search-terms.ts'
import { beginsWord, UnitReader, unitKind, WORD } from './search-units.ts'

/** The units of a folded text, in which rows of units are looked for. They are read only where a row may stand. */
export class Rows {
  readonly #text: string
  #units: readonly string[] | null = null
  #length: number | null = null

  constructor(folded: string) {
    this.#text = folded
  }

  /** How many units the text has. */
  get length(): number {
    if (this.#length === null) {
      this.#length = 0
      for (const reader = new UnitReader(this.#text); reader.next(); ) this.#length++
    }
    return this.#length
  }

  /** Whether a piece stands in the text. */
  hold(piece: SearchPiece): boolean {
    return this.#seek(piece, 1) > 0
  }

  /** How often it does, where no two occurrences share a unit. */
  count(piece: SearchPiece): number {
    return this.#seek(piece, Number.POSITIVE_INFINITY)
  }

  #seek(piece: SearchPiece, most: number): number {
    return seekInText(this.#text, piece, most) ?? seekInUnits(this.#all(), piece, most)
  }

  #all(): readonly string[] {
    if (!this.#units) {
      const units: string[] = []
      for (const reader = new UnitReader(this.#text); reader.next(); ) units.push(reader.unit)
      this.#units = units
    }
    return this.#units
  }
}

/**
 * Counts the occurrences of a piece by looking for its first unit. Null: it is cheaper to read all units, because rows
 * that begin like it overlap (`a a a b` in a long row of `a`), or a word is longer than any unit.
 */
function seekInText(text: string, piece: SearchPiece, most: number): number | null {
  const [first = ''] = piece.units
  if (first === '') return 0
  const isWord = unitKind(first.codePointAt(0) as number) === WORD
  let left = 2 * text.length
  let count = 0
  for (let at = text.indexOf(first); at !== -1; ) {
    const begins = !isWord || beginsWord(text, at)
    if (begins === null || left < 0) return null
    const reader = new UnitReader(text, at)
    const stands = begins && isRow(reader, piece)
    left -= reader.end - at
    if (stands && ++count >= most) break
    at = text.indexOf(first, stands ? reader.end : at + 1)
  }
  return count
}

/** Whether the units that come next are those of a piece. */
function isRow(reader: UnitReader, { units, prefix }: SearchPiece): boolean {
  return units.every((unit, i) => {
    if (!reader.next() || !reader.text.startsWith(unit, reader.start)) return false
    const length = reader.end - reader.start
    return prefix && i === units.length - 1 ? length >= unit.length : length === unit.length
  })
}

/** The same in units that were read: no unit holds a space. */
function seekInUnits(units: readonly string[], { units: wanted, prefix }: SearchPiece, most: number): number {
  const text = ` ${units.join(' ')} `
  const part = ` ${wanted.join(' ')}${prefix ? '' : ' '}`
  let count = 0
  // A space may end one occurrence and begin the next.
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length - 1)) {
    if (++count >= most) break
  }
  return count
}
