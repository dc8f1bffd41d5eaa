import { z } from 'zod'
import type { JsonObject, JsonValue } from './json.ts'
import { DEFAULT_RECORD_LIMITS, utf8Length } from './record-text.ts'

/** Levels of nesting, the object itself being the first: as a record has them. */
const MAX_DEPTH = DEFAULT_RECORD_LIMITS.maxDepth

/**
 * A JSON object that a caller hands over beside a record, as a copy of its own: every own member, `__proto__` among
 * them. What JSON does not have, what is nested deeper than 200 levels, and what is larger than `maxBytes` of UTF-8 is
 * refused, before more than that is made of it.
 */
export function jsonObjectSchema(maxBytes: number): z.ZodType<JsonObject> {
  return z.unknown().transform((value, context) => {
    // Without an error: a member that may be left out comes here as undefined, at every call that leaves it out.
    if (!isPlainObject(value)) {
      context.addIssue('expected an object')
      return z.NEVER
    }
    try {
      const text = JSON.stringify(new Copying(maxBytes).value(value, 1))
      if (utf8Length(text) > maxBytes) throw new TooLarge(maxBytes)
      return JSON.parse(text) as JsonObject
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      context.addIssue(error.message)
      return z.NEVER
    }
  })
}

class Refused extends Error {}

class TooLarge extends Refused {
  constructor(maxBytes: number) {
    super(`is larger than ${maxBytes} bytes as JSON`)
  }
}

/** Copies a value, each member read once; looks for what JSON does not have, and counts the bytes that it takes at least. */
class Copying {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  value(value: unknown, depth: number): JsonValue {
    this.#add(typeof value === 'string' ? value.length + 2 : 1)
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (depth > MAX_DEPTH) throw new Refused(`is nested deeper than ${MAX_DEPTH} levels`)
    // The loop meets the holes of a sparse array, which `forEach` would pass over.
    if (Array.isArray(value)) {
      this.#add(closed(value.length))
      const items: JsonValue[] = []
      for (const item of value) items.push(this.value(item, depth + 1))
      return items
    }
    if (isPlainObject(value)) return this.#members(value, depth)
    throw new Refused('holds what JSON does not have')
  }

  #members(value: object, depth: number): JsonObject {
    if (Object.getOwnPropertySymbols(value).length > 0) throw new Refused('holds what JSON does not have')
    const members: [string, JsonValue][] = []
    const entries = Object.entries(value)
    this.#add(closed(entries.length))
    for (const [name, member] of entries) {
      this.#add(name.length + 3)
      members.push([name, this.value(member, depth + 1)])
    }
    return Object.fromEntries(members)
  }

  #add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) throw new TooLarge(this.#maxBytes)
  }
}

/** The bytes of the commas between so many, and of the bracket at the end. */
function closed(count: number): number {
  return Math.max(1, count)
}

/** Neither an array nor of a class; objects of another realm are plain as well. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
