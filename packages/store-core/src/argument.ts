import { z } from 'zod'
import { isJsonObject, type JsonObject } from './json.ts'
import { utf8Length } from './record-text.ts'
import { isRefusal } from './refusal.ts'

const MAX_NAME_BYTES = 255

/** What a {@link checkArgument} goes by. */
export type ArgumentSchema<T> = z.ZodType<T>

/**
 * What an argument may be, for {@link checkArgument}: so that whoever works on a store refuses what it is given as the
 * store does, by name and before anything is done. A member that may be left out is `exactOptional()`.
 */
export const argument = {
  /** An object with these members and no other: one that is misspelt is refused, and one that is undefined is absent. */
  members<T>(members: { readonly [M in keyof T]-?: z.ZodType<T[M]> }): z.ZodType<T> {
    return z.preprocess(
      (value) => readMembers(members, value),
      z.strictObject(members),
    ) as unknown as z.ZodType<T>
  },
  /** An object with these methods; what else it has is its own. */
  having<T>(...methods: readonly (keyof T & string)[]): z.ZodType<T> {
    return z.custom<T>(
      (value) => {
        const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
        return isObject && methods.every((name) => isMethod((value as Partial<T>)[name]))
      },
      `expected an object with ${methods.map((name) => `${name}()`).join(', ')}`,
    )
  },
  /** A function of whatever kind: what it takes and gives is known when it is called. */
  // biome-ignore lint/suspicious/noExplicitAny: any function is one
  call<F extends (...given: any) => unknown>(): z.ZodType<F> {
    return z.custom<F>((value) => typeof value === 'function', 'expected a function')
  },
  /** Text of 1 to 255 bytes that can be kept as a name. */
  name(what: string): z.ZodType<string> {
    return z
      .string()
      .min(1, `${what} is empty`)
      .refine((text) => text.isWellFormed(), `${what} has an unpaired surrogate`)
      .refine((text) => !text.includes('\0'), `${what} contains NUL`)
      .refine((text) => utf8Length(text) <= MAX_NAME_BYTES, `${what} is longer than ${MAX_NAME_BYTES} bytes`)
  },
  /** Any text. */
  string: z.string() as z.ZodType<string>,
  /** Any text but none. */
  text(what: string): z.ZodType<string> {
    return z.string().min(1, `${what} is empty`)
  },
  /** A whole number from `least` on. */
  count(least = 0): z.ZodType<number> {
    return z.number().int().min(least)
  },
  /** Any number that is one. */
  number: z.number() as z.ZodType<number>,
  /** What a JSON object is made of. */
  object: z.custom<JsonObject>(isJsonObject, 'expected an object') as z.ZodType<JsonObject>,
  flag: z.boolean() as z.ZodType<boolean>,
  signal: z.custom<AbortSignal>(
    (value) => value instanceof AbortSignal,
    'is no AbortSignal',
  ) as z.ZodType<AbortSignal>,
  /** A length of time. */
  ms: z.number().min(0) as z.ZodType<number>,
  /** A point in time. */
  epochMs: z.number().int().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER) as z.ZodType<number>,
  oneOf<const W extends string>(...words: readonly W[]): z.ZodType<W> {
    return z.enum(words) as unknown as z.ZodType<W>
  },
  /** An object whose members have names of the caller's own. */
  tableOf<T>(one: z.ZodType<T>): z.ZodType<Readonly<Record<string, T>>> {
    return z.record(z.string(), one)
  },
  /** What is checked elsewhere. */
  any<T>(): z.ZodType<T> {
    return z.custom<T>(() => true)
  },
}

/**
 * The members of an object, those named and whatever else it has of its own, as a copy: each is read once, and one that is
 * undefined is absent. What is no object is left as it is.
 */
export function readMembers(names: object, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const read: [string, unknown][] = []
  const take = (name: string): void => {
    const member: unknown = Reflect.get(value, name)
    if (member !== undefined) read.push([name, member])
  }
  for (const name in names) take(name)
  for (const name of Object.keys(value)) if (!Object.hasOwn(names, name)) take(name)
  return Object.fromEntries(read)
}

function isMethod(member: unknown): boolean {
  return typeof member === 'function' && !isRefusal(member)
}
