import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'
import type { ModelMendCode } from './model-mend.ts'

const DEEPEST = 200

/** A call's arguments as the one object that the Messages API takes, and what had to be done for it. */
export function toolInput(given: JsonValue): { input: JsonObject; mends: ReadonlySet<ModelMendCode> } {
  if (given === null || given === '') return { input: {}, mends: new Set() }
  const mends = new Set<ModelMendCode>()
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  const value = wellFormed(typeof given === 'string' ? parsed(given, mends) : given, mends)
  if (isJsonObject(value)) return { input: value, mends }
  mends.add('arguments-wrapped')
  const kept = value === undefined ? wellFormed(text, mends) : value
  return { input: { arguments: kept ?? null }, mends }
}

/** A call's arguments as the text that Chat Completions takes: the record's own where it has one. */
export function toolArguments(given: JsonValue): string {
  if (typeof given === 'string') return given === '' ? '{}' : given
  return given === null ? '{}' : JSON.stringify(given)
}

/** A value with every text in it well-formed; undefined where there is none, or one nested too deep to be sent. */
export function wellFormed(
  value: JsonValue | undefined,
  mends: Set<ModelMendCode>,
  levels: number = DEEPEST,
): JsonValue | undefined {
  if (typeof value === 'string') {
    if (value.isWellFormed()) return value
    mends.add('text-repaired')
    return value.toWellFormed()
  }
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => wellFormed(item, mends, levels - 1))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const members = Object.entries(value).map(
    ([name, member]) => [name.toWellFormed(), wellFormed(member, mends, levels - 1)] as const,
  )
  return members.every((member): member is [string, JsonValue] => member[1] !== undefined)
    ? Object.fromEntries(members)
    : undefined
}

function parsed(text: string, mends: Set<ModelMendCode>): JsonValue | undefined {
  const exact = (_name: string, value: JsonValue, context?: { readonly source?: string }): JsonValue => {
    const source = context?.source
    if (typeof value !== 'number' || source === undefined || holds(value, source)) return value
    mends.add('number-as-text')
    return source
  }
  try {
    // A reviver is slow, and only a long run of digits or an exponent can need it.
    return /\d{16}|\d[eE]/.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
  } catch {
    return undefined
  }
}

function holds(value: number, source: string): boolean {
  return Number.isFinite(value) && (!/^-?\d+$/.test(source) || Number.isSafeInteger(value))
}
