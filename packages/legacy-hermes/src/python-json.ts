import { isUtf8 } from 'node:buffer'
import type { JsonObject, JsonValue } from '@faircopy/store-core'

/** Levels of nesting, the outermost value being the first. A session's `meta` has 200, and puts an entry a few deep. */
const MAX_DEPTH = 190
/** The longest text of a number that a double gives back. */
const DOUBLE_CHARS = 24

/** In UTF-8, byte by byte. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf'
const SPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y
const WORD = /true|false|null|NaN|-?Infinity/y
const WORDS: { readonly [word: string]: JsonValue } = {
  true: true,
  false: false,
  null: null,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** Text that is not what Python's `json` reads. */
export class NoPythonJson extends Error {}

/**
 * Reads JSON as Python's `json` does: with `NaN`, `Infinity` and `-Infinity`, which it writes as well; the last of equal
 * names counts. A number whose digits a double can't hold is given as its text.
 *
 * A byte order mark is skipped. Works on bytes, each of them a character of Latin-1, so that a place in the text is an offset in the file and a string
 * that is no UTF-8 is a fault of its own.
 */
export class PythonJson {
  readonly #text: string
  /** Where it reads next. */
  at: number

  constructor(text: string) {
    this.#text = text
    this.at = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0
  }

  /** The next character that is no space; empty at the end. */
  peek(): string {
    this.#match(SPACE)
    return this.#text.charAt(this.at)
  }

  /** Reads that character if it is this one. */
  take(character: string): boolean {
    if (this.peek() !== character) return false
    this.at++
    return true
  }

  /** Reads a name and its colon. Fails with {@link NoPythonJson}. */
  name(): string {
    this.peek()
    const name = this.#string()
    this.#expect(':')
    return name
  }

  /** Reads a value. Fails with {@link NoPythonJson}. */
  value(depth = 1): JsonValue {
    const first = this.peek()
    if (first === '{') return Object.fromEntries(this.#members(depth))
    if (first === '[') return this.#items(depth)
    if (first === '"') return this.#string()
    const word = this.#match(WORD)
    if (word !== null) return WORDS[word] ?? null
    const number = this.#match(NUMBER)
    if (number === null) throw new NoPythonJson()
    return exactNumber(number)
  }

  #members(depth: number): [string, JsonValue][] {
    const members: [string, JsonValue][] = []
    this.#list('}', depth, () => members.push([this.name(), this.value(depth + 1)]))
    return members
  }

  #items(depth: number): JsonValue[] {
    const items: JsonValue[] = []
    this.#list(']', depth, () => items.push(this.value(depth + 1)))
    return items
  }

  #list(end: string, depth: number, item: () => void): void {
    if (depth > MAX_DEPTH) throw new NoPythonJson()
    this.at++
    if (this.take(end)) return
    do item()
    while (this.take(','))
    this.#expect(end)
  }

  #string(): string {
    const end = endOfString(this.#text, this.at)
    const bytes = Buffer.from(this.#text.slice(this.at, end), 'latin1')
    if (!isUtf8(bytes)) throw new NoPythonJson()
    try {
      const string: unknown = JSON.parse(bytes.toString())
      if (typeof string !== 'string') throw new NoPythonJson()
      this.at = end
      return string
    } catch {
      throw new NoPythonJson()
    }
  }

  #expect(character: string): void {
    if (!this.take(character)) throw new NoPythonJson()
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at
    const [found = null] = pattern.exec(this.#text) ?? []
    if (found !== null) this.at += found.length
    return found
  }
}

/** Parses one object, and nothing besides it; null where that is not what stands there. */
export function parsePythonObject(text: string): JsonObject | null {
  const json = new PythonJson(Buffer.from(text).toString('latin1'))
  try {
    if (json.peek() !== '{') return null
    const object = json.value()
    return json.peek() === '' ? (object as JsonObject) : null
  } catch (error) {
    if (error instanceof NoPythonJson) return null
    throw error
  }
}

/** The value as JSON has it: `NaN` and the infinities are texts. */
export function asJson<T extends JsonValue>(value: T): T
export function asJson(value: JsonValue): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: JsonValue) => asJson(item))
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asJson(member)]))
}

/** Behind the quote that ends the string which begins there; the end of the text if there is none. */
export function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at + 1
  }
  return text.length
}

function exactNumber(text: string): number | string {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return text
  const isExact = text.length <= DOUBLE_CHARS && decimal(text) === decimal(String(value))
  return isExact ? value : text
}

/** A number's digits and the power of ten of the last one, in one way for each number; an infinity is none. */
function decimal(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return whole === '' ? '' : '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}
