import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_NAMESPACE, type NewSession, type Session } from '@faircopy/store-core'
import { type Memory, memoryOf, type Note } from '../ledger/note.ts'
import type { FactsReport } from '../ledger/session-report.ts'
import type { LegacySession } from '../source/legacy-source.ts'

const NAMES = ['origin', 'parent', 'title', 'startedAt', 'endedAt', 'endReason'] as const
const META = 'meta.'

/** What a source tells of a session; each fact, `meta` as a whole, by its database and index before the lines of its file. */
export function toldFacts(
  { about }: Pick<LegacySession, 'about'>,
  file: { readonly about: NewSession } | null,
): NewSession {
  return { ...file?.about, ...about }
}

/** What a note remembers of told facts. */
export function rememberFacts(told: NewSession): Pick<Memory, 'told'> {
  const digests = [...byName(told)].map(([name, value]) => [name, digestOf(value)])
  return digests.length > 0 ? { told: Object.fromEntries(digests) } : {}
}

/** One text for told facts. */
export function factsDigest(facts: NewSession): string {
  return digestOf([...byName(facts)])
}

/** The told facts that no note remembers as they are told now. */
export function newFacts(told: NewSession, notes: readonly Note[]): NewSession {
  const isKnown = (name: string, value: unknown): boolean =>
    notes.some((note) => {
      const { told: known = {} } = memoryOf(note)
      return Object.hasOwn(known, name) && known[name] === digestOf(value)
    })
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
