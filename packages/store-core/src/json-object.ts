import { z } from 'zod'
import type { JsonObject, JsonValue } from './json.ts'
import { DEFAULT_RECORD_LIMITS, utf8Length } from './record-text.ts'

/** No unit of a text takes more bytes in JSON: the escape of a control character. */
const MOST_BYTES = 6

/**
 * A JSON object that a caller hands over beside a record, as a copy of its own: every own member, `__proto__` among
 * them, and 0 for -0, as JSON has it. What is no JSON, deeper than a record may be, or larger than `maxBytes` of UTF-8
 * is refused.
 */
export function jsonObjectSchema(maxBytes: number = DEFAULT_RECORD_LIMITS.maxBytes): z.ZodType<JsonObject> {
  return z.unknown().transform((value, context) => {
    try {
      const copy = new Copying(maxBytes).object(value)
      if (copy) return copy
      context.addIssue('expected an object')
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      context.addIssue(error.message)
    }
    return z.NEVER
  })
}

class Refused extends Error {}

const NOT_JSON = 'holds what JSON does not have'

class Copying {
  readonly #maxBytes: number
  /** At least how many bytes it takes, and the units of its texts. */
  #bytes = 0
  #units = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  object(value: unknown): JsonObject | null {
    if (!isPlainObject(value)) return null
    const copy = this.#object(value, 1)
    const mayBeLarger = this.#bytes + this.#units * (MOST_BYTES - 1) > this.#maxBytes
    if (mayBeLarger && utf8Length(JSON.stringify(copy)) > this.#maxBytes) this.#refuseSize()
    return copy
  }

  #value(value: unknown, depth: number): JsonValue {
    if (typeof value === 'string') {
      this.#units += value.length
      this.#add(value.length + 2)
      return value
    }
    this.#add(1)
    if (value === null || typeof value === 'boolean') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value + 0
    if (depth > DEFAULT_RECORD_LIMITS.maxDepth) {
      throw new Refused(`is nested deeper than ${DEFAULT_RECORD_LIMITS.maxDepth} levels`)
    }
    // `map` would leave out the holes of a sparse array.
    if (Array.isArray(value)) return Array.from(value, (item) => this.#value(item, depth + 1))
    if (isPlainObject(value)) return this.#object(value, depth)
    throw new Refused(NOT_JSON)
  }

  #object(value: object, depth: number): JsonObject {
    if (Object.getOwnPropertySymbols(value).length > 0) throw new Refused(NOT_JSON)
    const members = Object.entries(value).map(([name, member]) => {
      this.#units += name.length
      this.#add(name.length + 3)
      return [name, this.#value(member, depth + 1)] as const
    })
    return Object.fromEntries(members)
  }

  #add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#maxBytes) this.#refuseSize()
  }

  #refuseSize(): never {
    throw new Refused(`is larger than ${this.#maxBytes} bytes as JSON`)
  }
}

/** Neither an array nor of a class; objects of another realm are plain as well. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
