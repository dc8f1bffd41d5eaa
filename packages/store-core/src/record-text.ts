import { InvalidRecord } from './errors.ts'
import { isJsonObject, type JsonObject } from './json.ts'

/** What a record may measure (S12). */
export interface RecordLimits {
  /** Bytes of UTF-8. Default 16 MiB. */
  readonly maxBytes: number
  /** Levels of nesting, the record itself being the first. Default 200. */
  readonly maxDepth: number
}

/** The limits a store has unless told otherwise. */
export const DEFAULT_RECORD_LIMITS: RecordLimits = { maxBytes: 16 * 1024 * 1024, maxDepth: 200 }

/**
 * The exact text of a record: what the store keeps and gives back byte for byte (S12).
 *
 * Text is taken as it is, with one exception that no encoding can avoid: an unpaired surrogate, which UTF-8 cannot
 * carry, is written as its JSON escape (`\ud83c`), the same string to every JSON reader. A value is serialised by
 * `JSON.stringify`, which does the same. Fails with `InvalidRecord`.
 */
export function recordText(
  record: string | JsonObject,
  limits: RecordLimits = DEFAULT_RECORD_LIMITS,
): string {
  const text = typeof record === 'string' ? escapeLoneSurrogates(record) : serialise(record)
  if (
    text.length > limits.maxBytes ||
    (text.length * 3 > limits.maxBytes && utf8Length(text) > limits.maxBytes)
  ) {
    throw new InvalidRecord('too-large', `The record is larger than ${limits.maxBytes} bytes`)
  }
  if (isDeeperThan(text, limits.maxDepth)) {
    throw new InvalidRecord('too-deep', `The record is nested deeper than ${limits.maxDepth} levels`)
  }
  if (typeof record === 'string') parseRecord(text)
  return text
}

/** Parses a record's text. `__proto__` is an own member here, as in any JSON. Fails with `InvalidRecord`. */
export function parseRecord(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, so it is not kept as the cause.
    throw new InvalidRecord('not-json', 'The record is not JSON')
  }
  if (!isJsonObject(value)) throw new InvalidRecord('not-object', 'The record is not a JSON object')
  return value
}

/** Whether brackets nest deeper than `levels`, found without parsing, so that hostile depth cannot exhaust the stack. */
function isDeeperThan(text: string, levels: number): boolean {
  if (!mayBeDeeperThan(text, levels)) return false
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > levels) return true
    } else if (c === 0x7d || c === 0x5d) depth--
  }
  return false
}

function mayBeDeeperThan(text: string, levels: number): boolean {
  let opened = 0
  for (const bracket of ['{', '[']) {
    for (let i = text.indexOf(bracket); i !== -1; i = text.indexOf(bracket, i + 1)) {
      if (++opened > levels) return true
    }
  }
  return false
}

function serialise(record: JsonObject): string {
  if (!isJsonObject(record)) throw new InvalidRecord('not-object', 'The record is not a JSON object')
  let text: string | undefined
  try {
    text = JSON.stringify(record)
  } catch (error) {
    if (error instanceof RangeError)
      throw new InvalidRecord('too-deep', 'The record is nested too deep to serialise')
    throw new InvalidRecord('not-json', 'The record cannot be serialised as JSON')
  }
  if (text === undefined || !text.startsWith('{')) {
    throw new InvalidRecord('not-object', 'The record does not serialise to a JSON object')
  }
  return text
}

function escapeLoneSurrogates(text: string): string {
  if (text.isWellFormed()) return text
  return text.replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)
}

/** How many bytes of UTF-8 a well-formed text takes. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 0x7f) bytes += c > 0x7ff && (c < 0xd800 || c > 0xdfff) ? 2 : 1
  }
  return bytes
}
