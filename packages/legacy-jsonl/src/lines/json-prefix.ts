/**
 * What bytes that `JSON.parse` refused are, if they are nearly JSON.
 *
 * - `prefix`: cut off; some JSON object begins exactly so
 * - `several`: two or more whole JSON values one after the other
 */
export type NearlyJson = 'prefix' | 'several' | 'neither'

const LF = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

const ENDED = -1
const WRONG = -2

/**
 * Decides it exactly, by the grammar of RFC 8259, in one pass and without recursion. Bytes of 0x80 and above are
 * taken as they come within strings: whether they are UTF-8 is another question.
 */
export function nearlyJson(bytes: Uint8Array): NearlyJson {
  let values = 0
  let at = skipSpace(bytes, 0)
  while (at < bytes.length) {
    const isObject = bytes[at] === OPEN_OBJECT
    at = skipValue(bytes, at)
    if (at === ENDED) return values === 0 && isObject ? 'prefix' : 'neither'
    if (at === WRONG) return 'neither'
    values++
    at = skipSpace(bytes, at)
  }
  return values > 1 ? 'several' : 'neither'
}

/**
 * Whether bytes begin with one JSON document and no JSON Lines: an array with nothing behind it, or a value over several
 * lines with nothing behind it. The bytes may end before it does.
 */
export function isJsonDocument(bytes: Uint8Array): boolean {
  const from = skipSpace(bytes, 0)
  if (bytes[from] !== OPEN_ARRAY && bytes[from] !== OPEN_OBJECT) return false
  const end = skipValue(bytes, from)
  if (end === WRONG || (end !== ENDED && skipSpace(bytes, end) < bytes.length)) return false
  if (bytes[from] === OPEN_ARRAY) return true
  let last = bytes.length - 1
  while (isJsonSpace(bytes[last] ?? 0)) last--
  const lineEnd = bytes.indexOf(LF, from)
  return lineEnd !== -1 && lineEnd < last
}

/** Where the whole JSON object ends that stands here, behind any space; null if there is none. */
export function endOfObject(bytes: Uint8Array, from: number): number | null {
  const begin = skipSpace(bytes, from)
  const end = bytes[begin] === OPEN_OBJECT ? skipValue(bytes, begin) : WRONG
  return end < 0 ? null : end
}

/** Where the value that begins here ends; ENDED if the bytes end first, WRONG if it is none. */
function skipValue(bytes: Uint8Array, from: number): number {
  const open: number[] = []
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      const inside = skipSpace(bytes, at + 1)
      if (inside >= bytes.length) return ENDED
      if (bytes[inside] !== closing(byte)) {
        open.push(byte)
        at = byte === OPEN_OBJECT ? skipName(bytes, inside) : inside
        if (at < 0) return at
        continue
      }
      at = inside + 1
    } else {
      at = skipScalar(bytes, at)
      if (at < 0) return at
    }

    for (;;) {
      const container = open.at(-1)
      if (container === undefined) return at
      at = skipSpace(bytes, at)
      if (at >= bytes.length) return ENDED
      if (bytes[at] !== closing(container)) {
        if (bytes[at] !== COMMA) return WRONG
        at = skipSpace(bytes, at + 1)
        if (container === OPEN_OBJECT) at = skipName(bytes, at)
        if (at < 0) return at
        if (at >= bytes.length) return ENDED
        break
      }
      open.pop()
      at++
    }
  }
}

/** A member's name, its colon, and the space behind it. */
function skipName(bytes: Uint8Array, from: number): number {
  if (from >= bytes.length) return ENDED
  if (bytes[from] !== QUOTE) return WRONG
  const end = skipString(bytes, from)
  if (end < 0) return end
  const colon = skipSpace(bytes, end)
  if (colon >= bytes.length) return ENDED
  if (bytes[colon] !== COLON) return WRONG
  const value = skipSpace(bytes, colon + 1)
  return value >= bytes.length ? ENDED : value
}

function skipScalar(bytes: Uint8Array, from: number): number {
  switch (bytes[from]) {
    case QUOTE:
      return skipString(bytes, from)
    case 0x74:
      return skipLiteral(bytes, from, 'true')
    case 0x66:
      return skipLiteral(bytes, from, 'false')
    case 0x6e:
      return skipLiteral(bytes, from, 'null')
    default:
      return skipNumber(bytes, from)
  }
}

function skipString(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) return at + 1
    if (byte < 0x20) return WRONG
    if (byte !== BACKSLASH) continue
    if (++at >= bytes.length) return ENDED
    if (bytes[at] !== 0x75) {
      if (!'"\\/bfnrt'.includes(String.fromCharCode(bytes[at] ?? 0))) return WRONG
      continue
    }
    for (let digit = 0; digit < 4; digit++) {
      if (++at >= bytes.length) return ENDED
      if (!isHexDigit(bytes[at] ?? 0)) return WRONG
    }
  }
  return ENDED
}

function skipLiteral(bytes: Uint8Array, from: number, literal: string): number {
  for (let i = 0; i < literal.length; i++) {
    if (from + i >= bytes.length) return ENDED
    if (bytes[from + i] !== literal.charCodeAt(i)) return WRONG
  }
  return from + literal.length
}

function skipNumber(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === 0x2d ? from + 1 : from
  if (at >= bytes.length) return ENDED
  if (bytes[at] === 0x30) at++
  else at = skipDigits(bytes, at)
  if (at < 0) return at
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1)
  if (at < 0) return at
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at++
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++
    at = skipDigits(bytes, at)
  }
  return at
}

/** At least one digit. */
function skipDigits(bytes: Uint8Array, from: number): number {
  if (from >= bytes.length) return ENDED
  let at = from
  while (isDigit(bytes[at] ?? 0)) at++
  return at === from ? WRONG : at
}

/** Where something else than space stands; the length of the bytes if nothing does. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (isJsonSpace(bytes[at] ?? 0)) at++
  return at
}

function closing(open: number): number {
  return open === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
}

/** Space, tab, line feed, carriage return: what JSON allows between its tokens. */
export function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
}
