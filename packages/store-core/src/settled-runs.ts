import type { LedgerRecord } from './importer.ts'

/** The runs whose quarantined lines of a session are settled, by the session's notes. */
export function settledRuns(notes: Iterable<Pick<LedgerRecord, 'report'>>): ReadonlySet<string> {
  const settled = new Set<string>()
  for (const { report } of notes) {
    const runs = report['settles']
    for (const run of Array.isArray(runs) ? runs : []) if (typeof run === 'string') settled.add(run)
  }
  return settled
}
