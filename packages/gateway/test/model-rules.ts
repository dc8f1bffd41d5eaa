import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'

/** Refuses what a provider would refuse. */
export class Refused extends Error {}

export function rule(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Refused(what)
}

export function members(
  value: JsonObject,
  required: readonly string[],
  optional: readonly string[] = [],
): void {
  for (const name of required) rule(value[name] !== undefined, `${name} is required`)
  for (const name of Object.keys(value)) {
    rule(required.includes(name) || optional.includes(name), `extra inputs are not permitted: ${name}`)
  }
}

export function objects(value: JsonValue | undefined, what: string): JsonObject[] {
  rule(Array.isArray(value), `${what} is a list`)
  return value.map((item: JsonValue) => {
    rule(isJsonObject(item), `${what} holds objects`)
    return item
  })
}

/** The request body as the provider's JSON parser reads it: one that refuses half a surrogate pair. */
export function received(body: unknown): JsonObject {
  const text = JSON.stringify(body)
  const value: unknown = JSON.parse(text, (name, member: unknown) => {
    rule(name.isWellFormed(), 'no low surrogate in string')
    rule(typeof member !== 'string' || member.isWellFormed(), 'no low surrogate in string')
    return member
  })
  rule(isJsonObject(value), 'the body is an object')
  return value
}
