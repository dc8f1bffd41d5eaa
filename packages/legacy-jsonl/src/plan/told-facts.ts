import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  DEFAULT_NAMESPACE,
  isJsonObject,
  type JsonObject,
  type LedgerRecord,
  type NewSession,
  type Session,
} from '@faircopy/store-core'
import type { LegacySession } from '../source/legacy-source.ts'

/** What a source tells of a session and the store did not have so, by names: `title`, `origin`, `meta.hermes`, … */
export interface FactsReport {
  /** The store had none of them, and has them now. */
  readonly filled: readonly string[]
  /** The store has another one, which stays. Members of `meta` are not compared. */
  readonly kept: readonly string[]
}

const NAMES = ['origin', 'parent', 'title', 'startedAt', 'endedAt', 'endReason'] as const
const META = 'meta.'

/** What a source tells of a session; each fact, `meta` as a whole, by its database and index before the lines of its file. */
export function toldFacts(
  { about }: Pick<LegacySession, 'about'>,
  file: { readonly about: NewSession } | null,
): NewSession {
  return { ...file?.about, ...about }
}

/** What a note remembers of told facts, in the member `told` of its report: a digest of each. */
export function rememberFacts(told: NewSession): JsonObject {
  const digests = [...byName(told)].map(([name, value]) => [name, digestOf(value)])
  return digests.length > 0 ? { told: Object.fromEntries(digests) } : {}
}

/** The key of the note which says that these facts were told beside what the note under `key` is about. */
export function factsKey(key: string, facts: NewSession): string {
  return `${key} facts ${digestOf([...byName(facts)])}`
}

/** The told facts that no note remembers as they are told now. */
export function newFacts(told: NewSession, notes: readonly LedgerRecord[]): NewSession {
  const isKnown = (name: string, value: unknown): boolean =>
    notes.some(
      ({ report: { told: known } }) =>
        isJsonObject(known) && Object.hasOwn(known, name) && known[name] === digestOf(value),
    )
  return withNames(told, (name, value) => !isKnown(name, value))
}

/** Without an end: of a session that was gone on with since. */
export function withoutEnd(told: NewSession): NewSession {
  return withNames(told, (name) => name !== 'endedAt' && name !== 'endReason')
}

/** What an import makes of told facts. */
export function compareFacts(told: NewSession, existing: Session): FactsReport {
  const facts = byName(told)
  const known = byName(existing)
  const names = [...facts.keys()]
  return {
    filled: names.filter((name) => !known.has(name)),
    kept: names.filter(
      (name) =>
        known.has(name) && !name.startsWith(META) && !isDeepStrictEqual(facts.get(name), known.get(name)),
    ),
  }
}

function withNames(told: NewSession, isWanted: (name: string, value: unknown) => boolean): NewSession {
  const wanted = [...byName(told)].filter(([name, value]) => isWanted(name, value))
  const meta = wanted.flatMap(([name, value]) =>
    name.startsWith(META) ? [[name.slice(META.length), value]] : [],
  )
  return {
    ...Object.fromEntries(wanted.filter(([name]) => !name.startsWith(META))),
    ...(meta.length > 0 ? { meta: Object.fromEntries(meta) } : {}),
  }
}

function byName({ meta = {}, ...about }: NewSession): ReadonlyMap<string, unknown> {
  const parent = about.parent && { namespace: DEFAULT_NAMESPACE, entry: null, ...about.parent }
  const facts = { ...about, parent }
  return new Map<string, unknown>([
    ...NAMES.flatMap((name): [string, unknown][] => (facts[name] == null ? [] : [[name, facts[name]]])),
    ...Object.entries(meta).map(([name, value]): [string, unknown] => [`${META}${name}`, value]),
  ])
}

function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value)).slice(0, 32)
}
