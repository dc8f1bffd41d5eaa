import {
  compareSession,
  DIFFERENCE_CODES,
  type ImportTarget,
  type LegacySource,
  listSessions,
  type SessionComparison,
} from '@faircopy/legacy-jsonl'
import type { Context } from '../context/context.ts'
import type { Ink } from '../text/ink.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { type Cell, table } from '../text/table.ts'

const SHOWN = 50

/** Holds every session of the sources against the store. */
export async function compareSources(
  { signal }: Context,
  sources: readonly LegacySource[],
  store: ImportTarget,
): Promise<readonly SessionComparison[]> {
  const comparisons: SessionComparison[] = []
  for (const source of sources) {
    for (const session of (await listSessions(source, signal)).values()) {
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
    ...[...codes].map((code) => ink.dim(`  ${code}: ${DIFFERENCE_CODES[code].meaning}`)),
  ]
}
