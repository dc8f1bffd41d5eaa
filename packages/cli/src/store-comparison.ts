import {
  compareSession,
  type DifferenceCode,
  type ImportTarget,
  type LegacySource,
  type SessionComparison,
} from '@faircopy/legacy-jsonl'
import type { Context } from './context.ts'
import type { Ink } from './ink.ts'
import { plural } from './plural.ts'
import { sessionName } from './session-name.ts'
import { type Cell, table } from './table.ts'

const SHOWN = 50

/** What each difference means, for people who read the code for the first time. */
export const DIFFERENCE_WORDS: { readonly [C in DifferenceCode]: string } = {
  'not-in-store': 'the store does not have the session: it was not imported',
  'source-only': 'messages that only the source has',
  'store-only': 'messages that only the store has: written since, or found by an import elsewhere',
  withdrawn: 'messages that the source tells and that were undone or compacted away',
  order: 'messages that both have, in another order',
  fields: 'messages with members that the store lacks or has otherwise',
  undecided: "the source's file and database can't be merged; its database was compared",
  unreadable: 'a side could not be read',
}

/** Holds every session of the sources against the store. Of several that tell one session, each is. */
export async function compareSources(
  { signal }: Context,
  sources: readonly LegacySource[],
  store: ImportTarget,
): Promise<readonly SessionComparison[]> {
  const comparisons: SessionComparison[] = []
  for (const source of sources) {
    for await (const session of source.sessions()) {
      signal.throwIfAborted()
      comparisons.push(await compareSession(session, store, signal))
    }
  }
  return comparisons
}

/** How many sessions say the same, and a line for each that does not. */
export function comparisonLines(ink: Ink, comparisons: readonly SessionComparison[]): string[] {
  const differing = comparisons.filter(({ same }) => !same)
  const rows = differing
    .slice(0, SHOWN)
    .map((comparison): Cell[] => [
      [sessionName(comparison), 'bold'],
      comparison.differences
        .map(({ code, messages }) => (messages > 0 ? `${code} ${messages.toLocaleString('en')}` : code))
        .join(', '),
    ])
  const codes = new Set(differing.flatMap(({ differences }) => differences.map(({ code }) => code)))
  const more = differing.length - rows.length
  return [
    `  The same in store and source: ${ink.plain(plural(comparisons.length - differing.length, 'session'))}; different: ${ink.plain(differing.length)}.`,
    ...table(ink, [{ heading: '' }, { heading: '' }], rows),
    ...(more > 0 ? [`  and ${plural(more, 'more session')}; --json lists all`] : []),
    ...[...codes].map((code) => ink.dim(`  ${code}: ${DIFFERENCE_WORDS[code]}`)),
  ]
}
