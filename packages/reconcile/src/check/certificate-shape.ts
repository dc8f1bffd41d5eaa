import type { Certificate } from '../terms/certificate.ts'
import { type InSteps, STRIDE } from '../terms/in-steps.ts'

/** Whether something has the members of a certificate of version 1, with values of their types. */
export function* isCertificate(value: unknown): InSteps<boolean> {
  if (!hasMembers(value, MEMBERS)) return false
  const { contested, ...certificate } = value as unknown as Certificate
  const [one, two] = contested?.orders ?? [[], []]
  for (const [name, isElement] of Object.entries(ELEMENTS))
    if (!(yield* isListOf(certificate[name as keyof typeof ELEMENTS], isElement))) return false
  return (yield* isListOf(one, isRun)) && (yield* isListOf(two, isRun))
}

type Test = (value: unknown) => boolean

const isIndex: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isText: Test = (value) => typeof value === 'string'
const isList: Test = (value) => Array.isArray(value)

function isRun(value: unknown): boolean {
  const length: Test = (v) => isIndex(v) && (v as number) > 0
  switch ((value as { from?: unknown } | null)?.from) {
    case 'both':
      return hasMembers(value, {
        from: isText,
        canonical: isIndex,
        legacy: isIndex,
        length,
        certain: (v) => typeof v === 'boolean',
      })
    case 'canonical':
      return hasMembers(value, { from: isText, canonical: isIndex, length })
    case 'legacy':
      return hasMembers(value, { from: isText, legacy: isIndex, length })
    default:
      return false
  }
}

function hasMembers(value: unknown, tests: { readonly [name: string]: Test }): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const members = value as { readonly [name: string]: unknown }
  return (
    Object.keys(members).every((name) => Object.hasOwn(tests, name)) &&
    Object.entries(tests).every(([name, test]) => test(members[name]))
  )
}

function shape(tests: { readonly [name: string]: Test }): Test {
  return (value) => hasMembers(value, tests)
}

function* isListOf(list: readonly unknown[], test: Test): InSteps<boolean> {
  for (let i = 0; i < list.length; i++) {
    if (i % STRIDE === 0) yield
    if (!test(list[i])) return false
  }
  return true
}

function orNull(test: Test): Test {
  return (value) => value === null || test(value)
}

function optional(test: Test): Test {
  return (value) => value === undefined || test(value)
}

function oneOf(...words: readonly string[]): Test {
  return (value) => words.includes(value as string)
}

const MEMBERS: { readonly [name in keyof Certificate]-?: Test } = {
  version: (v) => v === 1,
  verdict: oneOf('identical', 'imported', 'kept', 'extended', 'merged', 'ambiguous', 'unreadable'),
  reason: optional(oneOf('several-orders', 'no-evidence', 'too-different')),
  digests: shape({ canonical: orNull(isText), legacy: orNull(isText) }),
  runs: isList,
  length: orNull(isIndex),
  withdrawn: isList,
  repeats: isList,
  metas: isList,
  absorbed: isList,
  anchors: isList,
  contested: optional(shape({ orders: (v) => Array.isArray(v) && v.length === 2 && v.every(isList) })),
}

/** What each element of a list is. */
const ELEMENTS = {
  runs: isRun,
  withdrawn: shape({ legacy: isIndex, history: isIndex }),
  repeats: isIndex,
  metas: shape({ canonical: orNull(isIndex), legacy: orNull(isIndex), stands: oneOf('canonical', 'legacy') }),
  absorbed: isIndex,
  anchors: shape({ kind: oneOf('entry', 'block'), canonical: isIndex, legacy: isIndex }),
}
